import { cancelled, joinSignals, throwIfAborted, toBackupError } from '../errors/index.js';
import { type CheckGroup, type CheckItem, type CheckOptions, checkGroups } from '../service-types.js';
import { type Finding, failed, failure, seconds, skipped } from './finding.js';

export interface ProbeSettings {
  /** Milliseconds; default that of the run. */
  readonly timeout?: number;
  /** What an error of this probe counts as. Default `failed`. */
  readonly severity?: 'failed' | 'warning';
}

export interface CheckRunInit extends Pick<CheckOptions, 'signal' | 'onItem' | 'onGroupEnd'> {
  /** Milliseconds that a probe may take. */
  readonly timeout: number;
}

/** The lines of one check: runs probes, each with a limit of time, and tells their findings as they come. */
export class CheckRun {
  readonly #init: CheckRunInit;
  readonly #items: CheckItem[] = [];
  /** Calls that ran out of time; what they write may still appear. */
  readonly #late = new Set<Promise<unknown>>();

  constructor(init: CheckRunInit) {
    this.#init = init;
  }

  /** Milliseconds that a probe may take. */
  get timeout(): number {
    return this.#init.timeout;
  }

  get signal(): AbortSignal | undefined {
    return this.#init.signal;
  }

  /** All lines so far, by group; within one in the order they came. */
  get items(): readonly CheckItem[] {
    const rank = (item: CheckItem): number =>
      checkGroups.findIndex((group) => item.name.startsWith(`${group}.`));
    return this.#items.toSorted((a, b) => rank(a) - rank(b));
  }

  /**
   * Runs a probe and tells its line. An error, or no answer in time, is a line too.
   * @throws BackupError `CANCELLED` when the check is cancelled
   */
  async probe(
    name: string,
    work: (signal: AbortSignal) => Promise<Finding>,
    { timeout = this.#init.timeout, severity = 'failed' }: ProbeSettings = {},
  ): Promise<CheckItem> {
    throwIfAborted(this.signal);
    try {
      return this.tell(name, await this.limited(work, timeout));
    } catch (error) {
      throwIfAborted(this.signal);
      return this.tell(
        name,
        error instanceof OutOfTime ? { ...noAnswer(timeout), status: severity } : failure(error, severity),
      );
    }
  }

  /**
   * Runs something without a line of its own, within the time of a probe. Does not wait for a call that ignores its signal.
   * @throws OutOfTime; BackupError of the work, or `CANCELLED`
   */
  async limited<T>(work: (signal: AbortSignal) => Promise<T>, timeout = this.#init.timeout): Promise<T> {
    const clock = new AbortController();
    const signal = joinSignals(this.signal, clock.signal);
    let timer: NodeJS.Timeout | undefined;
    let onAbort: (() => void) | undefined;
    const stopped = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new OutOfTime());
        clock.abort();
      }, timeout);
      onAbort = (): void => {
        if (this.signal?.aborted) reject(cancelled(this.signal));
      };
      signal.addEventListener('abort', onAbort, { once: true });
    });
    const working = work(signal);
    const settled = working.then(
      () => undefined,
      // It is told by the race below, or came too late for anybody.
      () => undefined,
    );
    this.#late.add(settled);
    settled.finally(() => this.#late.delete(settled));
    try {
      return await Promise.race([working, stopped]);
    } finally {
      clearTimeout(timer);
      if (onAbort) signal.removeEventListener('abort', onAbort);
    }
  }

  tell(name: string, finding: Finding): CheckItem {
    const item = { ...finding, name };
    this.#items.push(item);
    this.#init.onItem?.(item);
    return item;
  }

  skip(group: CheckGroup, probes: readonly string[], why: string): void {
    for (const probe of probes) this.tell(`${group}.${probe}`, skipped(why));
  }

  endGroup(group: CheckGroup): void {
    this.#init.onGroupEnd?.(group);
  }

  /** Waits a moment for calls that ran out of time or were cancelled, so that a clean-up finds what they wrote. */
  async settle(milliseconds: number): Promise<void> {
    if (this.#late.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    await Promise.race([Promise.all(this.#late), over]);
    clearTimeout(timer);
  }
}

/** Inside a check alone: a probe had no answer in its time. */
export class OutOfTime extends Error {}

export function noAnswer(timeout: number): Finding {
  return failed(
    `no answer within ${seconds(timeout)}`,
    'check address, port and the firewall on the way; a store or a Milvus that is overloaded answers late, too',
  );
}

/** The message of an error for a sentence of ours. */
export function reasonOf(error: unknown): string {
  return error instanceof OutOfTime ? 'no answer in time' : toBackupError(error).message;
}
