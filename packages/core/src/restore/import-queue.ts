import pLimit, { type LimitFunction } from 'p-limit';
import {
  BackupError,
  cancelled,
  isBackupError,
  joinSignals,
  sleep,
  throwIfAborted,
} from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionName } from '../filter/types.js';
import { type Logger, silentLogger } from '../log.js';
import type { ImportInput, ImportJobInput, ImportState, MilvusGateway } from '../milvus/gateway.js';
import { jobNumber } from '../milvus/import-jobs.js';

/** Milliseconds between rounds of polling. */
const pollEvery = 400;
/** Jobs asked in every round: Milvus works in the order of arrival, so the oldest end first. */
const oldestAsked = 4;
/** Every other job is asked within this time (milliseconds) too, since newer servers work on many at once. */
const everyJobWithin = 4_000;
/** Refusals in a row after which a question is taken for refused for good: Milvus answers so amid a failover, and goes on. */
const refusalsBorne = 25;
/** Milliseconds before Milvus is asked to take one more job, when it holds as many as it may and some are ours. */
const fullPause = 2_000;
/** Milliseconds without progress after which the log says so, again each time; there is no end to the patience. */
const quietFor = 60 * 60 * 1_000;
/**
 * Milliseconds without progress after which an import is lost that was under way when Milvus went away. Milvus 2.3 has forgotten what it
 * was at when it is started anew, and says "started" of it for a quarter of an hour.
 */
const lostAfter = 60_000;

interface Job {
  readonly at: CollectionName;
  readonly id: string;
  readonly onState: (state: ImportState) => void;
  readonly signal: AbortSignal;
  readonly mayBeLost: boolean;
  readonly settle: (outcome: ImportState | { readonly error: unknown }) => void;
  /** In a row. */
  refusals: number;
  percent: number;
  /** Milliseconds of polling without progress. */
  quiet: number;
  /** Of Milvus, at the last look. */
  outages: number;
  /** Whether Milvus may have been started anew since the import began. */
  disturbed: boolean;
}

/** A call of gRPC, or a job of REST, which has `folders`. */
export type AnyImport = ImportInput | ImportJobInput;

export interface ImportRunOptions {
  /** The id of an import that was started earlier: it is watched, none is started. */
  readonly job?: string | undefined;
  /** Told with an empty id before Milvus is asked, and with the id behind it; the import waits for it. */
  readonly onStart?: ((job: string) => Promise<void>) | undefined;
  readonly onState: (state: ImportState) => void;
  /** Whether one that stands still after Milvus was away is given up, and not waited for until Milvus does so. */
  readonly mayBeLost?: boolean | undefined;
  /** Told before another import can take this one's place. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
  /** Ends this one alone. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The import calls of one restore. Hands them to Milvus at once, up to a limit, so that its queue is never empty, and
 * watches all of them with one poller.
 */
export class ImportQueue {
  readonly #milvus: MilvusGateway;
  readonly #signal: AbortSignal;
  readonly #limit: LimitFunction;
  readonly #jobs: Job[] = [];
  readonly #logger: Logger;
  /** Jobs that Milvus has taken from this queue, and that have not ended. */
  #held = 0;
  #next = 0;
  #polling = false;

  /** @param jobsAtOnce import calls that Milvus may hold at one time */
  constructor(milvus: MilvusGateway, jobsAtOnce: number, signal: AbortSignal, logger: Logger = silentLogger) {
    this.#milvus = milvus;
    this.#signal = signal;
    this.#limit = pLimit(jobsAtOnce);
    this.#logger = logger;
  }

  /**
   * Runs one import to its end, or watches one that runs.
   * @throws BackupError `IMPORT_FAILED` with Milvus's reason
   */
  run(at: CollectionName, input: AnyImport, options: ImportRunOptions): Promise<ImportState> {
    const { job, onStart, onState, onFailure, mayBeLost = false } = options;
    const signal = joinSignals(this.#signal, options.signal);
    return this.#limit(async () => {
      try {
        throwIfAborted(signal);
        const id = job ?? (await this.#start(at, input, signal, onStart));
        const disturbed = job !== undefined;
        const state = await this.#watch({ at, id, onState, signal, mayBeLost, disturbed }).finally(() => {
          if (job === undefined) this.#held -= 1;
        });
        if (state.status === 'failed') throw importFailed(at, input, id, state);
        return state;
      } catch (error) {
        onFailure?.(error);
        throw error;
      }
    });
  }

  async #start(
    at: CollectionName,
    input: AnyImport,
    signal: AbortSignal,
    onStart: ImportRunOptions['onStart'],
  ): Promise<string> {
    await onStart?.('');
    const id = await this.#ask(at, input, signal);
    await onStart?.(id);
    return id;
  }

  /** A Milvus that is full takes more when jobs have ended, which are waited for while there are any of ours. */
  async #ask(at: CollectionName, input: AnyImport, signal: AbortSignal): Promise<string> {
    for (;;) {
      try {
        const id = await ('folders' in input
          ? this.#milvus.startImportJob(at, input, { signal })
          : this.#milvus.startImport(at, input, { signal }));
        this.#held += 1;
        return id;
      } catch (error) {
        if (!isBackupError(error)) throw error;
        if (error.code === 'MILVUS_UNREACHABLE' && error.details.notSent !== true) throw unanswered(error);
        if (error.code !== 'MILVUS_RATE_LIMITED' || this.#held === 0) throw error;
        await sleep(fullPause, signal);
      }
    }
  }

  #watch(
    job: Pick<Job, 'at' | 'id' | 'onState' | 'signal' | 'mayBeLost' | 'disturbed'>,
  ): Promise<ImportState> {
    return new Promise((resolve, reject) => {
      const settle: Job['settle'] = (outcome) =>
        'error' in outcome ? reject(outcome.error) : resolve(outcome);
      const outages = this.#milvus.outages();
      this.#jobs.push({ ...job, settle, refusals: 0, percent: -1, quiet: 0, outages });
      if (this.#polling) return;
      this.#polling = true;
      void this.#poll();
    });
  }

  async #poll(): Promise<void> {
    while (this.#jobs.length > 0) {
      try {
        await sleep(pollEvery, this.#signal);
      } catch {
        for (const job of this.#jobs.splice(0)) job.settle({ error: cancelled(this.#signal) });
      }
      for (const job of this.#jobs.filter((one) => one.signal.aborted)) {
        this.#end(job, { error: cancelled(job.signal) });
      }
      for (const job of this.#jobs) this.#tellQuiet(job);
      await Promise.all(this.#pick().map((job) => this.#look(job)));
    }
    // At once with the last look at the list: a job that comes now starts a poller of its own.
    this.#polling = false;
  }

  #pick(): Job[] {
    const oldest = this.#jobs.slice(0, oldestAsked);
    const others = this.#jobs.slice(oldestAsked);
    const share = Math.ceil((others.length * pollEvery) / everyJobWithin);
    for (let taken = 0; taken < share; taken++) {
      const job = others[this.#next++ % others.length];
      if (job && !oldest.includes(job)) oldest.push(job);
    }
    return oldest;
  }

  async #look(job: Job): Promise<void> {
    try {
      const state = await this.#milvus.importState(job.at, job.id, { signal: job.signal });
      job.refusals = 0;
      if (state.percent > job.percent) job.quiet = 0;
      job.percent = Math.max(job.percent, state.percent);
      job.onState(state);
      if (state.status !== 'running') this.#end(job, state);
      else if (this.#isLost(job, state)) this.#end(job, { ...state, status: 'failed', reason: lostReason });
    } catch (error) {
      job.refusals += 1;
      const passes = isBackupError(error) && error.code === 'MILVUS_ERROR' && job.refusals < refusalsBorne;
      if (!passes) this.#end(job, { error });
    }
  }

  #isLost(job: Job, { working }: ImportState): boolean {
    const outages = this.#milvus.outages();
    if (outages !== job.outages) {
      job.outages = outages;
      job.disturbed = true;
      job.quiet = 0;
    }
    return job.mayBeLost && job.disturbed && working === true && job.quiet >= lostAfter;
  }

  #tellQuiet(job: Job): void {
    const before = job.quiet;
    job.quiet += pollEvery;
    if (Math.floor(job.quiet / quietFor) === Math.floor(before / quietFor)) return;
    const minutes = Math.round(job.quiet / 60_000);
    const { at, percent } = job;
    this.#logger.warn({ ...at, job: jobNumber(job.id), percent, minutes }, 'an import makes no progress');
  }

  #end(job: Job, outcome: Parameters<Job['settle']>[0]): void {
    const index = this.#jobs.indexOf(job);
    if (index >= 0) this.#jobs.splice(index, 1);
    job.settle(outcome);
  }
}

const lostReason = `no progress for ${lostAfter / 1000} s since Milvus was away: it has lost this import`;

/** Details of an import whose start nobody can tell the outcome of. */
const startUnknown = 'importUnanswered';

/** Whether an import may have been started that nobody knows the number of: its rows may come. */
export const isUnanswered = (error: unknown): boolean =>
  isBackupError(error) && error.details[startUnknown] === true;

function unanswered(error: BackupError): BackupError {
  const { code, message, remedy, details } = error;
  return new BackupError({
    code,
    message,
    remedy,
    retryable: true,
    cause: error,
    details: { ...details, [startUnknown]: true },
  });
}

function importFailed(at: CollectionName, input: AnyImport, id: string, state: ImportState): BackupError {
  const job = jobNumber(id);
  const folder = ('folders' in input ? input.folders[0]?.[0] : input.files[0]) ?? '';
  return new BackupError({
    code: 'IMPORT_FAILED',
    message: `bulk insert failed: ${state.reason || 'Milvus gives no reason'} (${nameKey(at)}, job ${job})`,
    remedy:
      'read the reason; "no binlog to import" means that Milvus does not see the files: compare bucket and root path ' +
      'of milvus.storage with what Milvus itself uses',
    details: { database: at.database, collection: at.collection, job, folder },
  });
}
