import type { StorageDriver } from '../driver/driver.js';
import { BackupError } from '../errors/index.js';
import { cancelledByUser, takeCancelRequest } from './cancel.js';
import { inProgress } from './claim.js';
import { type TaskRecord, toRecord } from './record.js';
import { encodeRecord, isSameRun, type RunIdentity, readRecord } from './record-store.js';
import type { TaskView } from './types.js';

/** Milliseconds between renewals of a running record. */
const renewEvery = 5_000;
/**
 * Milliseconds after which a run that could not renew its record stops by itself. Others take it for dead only some time later
 * (`deadAfter` of the record store), so that no two write at one time.
 */
const stopAfter = 45_000;
/** Milliseconds after the last renewal in which the record is this run's without another look: a few renewals. */
const freshFor = 20_000;

export interface RecordWriterInit {
  readonly driver: StorageDriver;
  readonly key: string;
  readonly identity: RunIdentity;
  readonly view: () => TaskView;
  /** Whether the record was claimed, so that another run may have taken it when this process stood still for long. */
  readonly claimed: boolean;
  /** The record is written only while this object is there: that of a restore goes with its backup. */
  readonly anchor?: string;
  /** Told of the first of several renewals that failed; the run goes on. */
  readonly onError: (error: unknown) => void;
}

/** Writes a run's record now and then, in the background, until it is ended. */
export class RecordWriter {
  readonly #init: RecordWriterInit;
  readonly #timer: NodeJS.Timeout;
  readonly #lost = new AbortController();
  #writing: Promise<void> = Promise.resolve();
  #failing = false;
  #renewedAt: number;
  #proof: Promise<void> | null = null;

  constructor(init: RecordWriterInit) {
    this.#init = init;
    this.#renewedAt = init.identity.now();
    this.#timer = setInterval(() => void this.#write().catch(() => {}), renewEvery);
    this.#timer.unref();
  }

  /**
   * Aborts when a claimed record is no longer this run's, or could not be renewed for so long that others may take it; and when
   * another process asked for this run to be cancelled. The reason tells which.
   */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Writes the state as it is now. @throws BackupError of the store, `BACKUP_IN_PROGRESS` when the record was lost */
  save(): Promise<void> {
    return this.#write();
  }

  /**
   * Whether a claimed record is still this run's. Costs a call to the store only when the last renewal is not recent: after the
   * process stood still, or while the store does not answer.
   * @throws BackupError of the store, `BACKUP_IN_PROGRESS` when the record was lost
   */
  async held(): Promise<void> {
    if (this.#lost.signal.aborted) throw this.#lost.signal.reason;
    const { claimed, identity } = this.#init;
    if (!claimed || identity.now() - this.#renewedAt < freshFor) return;
    // All that wait for it share one look.
    this.#proof ??= this.#write().finally(() => {
      this.#proof = null;
    });
    await this.#proof;
  }

  /** Writes the last state. Never rejects: the run's own outcome matters more. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#write().catch(() => {});
  }

  /** Ends without a last state and removes the record, if it is still this run's. Never rejects. */
  async remove(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing.catch(() => {});
    const { driver, key, identity, view, onError } = this.#init;
    try {
      const mine = toRecord(view(), identity.owner, identity.now());
      const held = await readRecord(driver, key);
      if (!held || !isSameRun(held, mine)) return;
      await this.#lookForCancel(mine);
      await driver.delete([key]);
    } catch (error) {
      onError(error);
    }
  }

  #write(): Promise<void> {
    let begun = this.#renewedAt;
    const next = this.#writing
      .catch(() => {})
      .then(() => {
        // Others reckon from the time in the record, which is that of the beginning.
        begun = this.#init.identity.now();
        return this.#writeNow();
      });
    this.#writing = next;
    return next.then(
      () => {
        this.#failing = false;
        this.#renewedAt = begun;
      },
      (error: unknown) => {
        const { claimed, identity } = this.#init;
        if (claimed && identity.now() - this.#renewedAt > stopAfter) this.#lost.abort(error);
        if (!this.#failing) this.#init.onError(error);
        this.#failing = true;
        throw error;
      },
    );
  }

  async #writeNow(): Promise<void> {
    const { driver, key, identity, view, claimed, anchor } = this.#init;
    if (anchor !== undefined && (await driver.head(anchor)) === null) return;
    let mine = toRecord(view(), identity.owner, identity.now());
    if (claimed) {
      const held = await readRecord(driver, key);
      if (!held || !isSameRun(held, mine)) {
        const error = held ? inProgress(held, identity.now()) : removed(mine.backupName);
        this.#lost.abort(error);
        throw error;
      }
      mine = { ...mine, fence: held.fence };
    }
    await driver.put(key, encodeRecord(mine));
    await this.#lookForCancel(mine);
  }

  /** A look that fails is told, and does not count as a renewal that failed: the next one comes in a few seconds. */
  async #lookForCancel(mine: TaskRecord): Promise<void> {
    const { driver, key, onError } = this.#init;
    try {
      if (await takeCancelRequest(driver, key, mine)) this.#lost.abort(cancelledByUser());
    } catch (error) {
      onError(error);
    }
  }
}

function removed(name: string): BackupError {
  return new BackupError({
    code: 'BACKUP_IN_PROGRESS',
    message: `the record of this run was removed: another process took it for dead and deleted ${name}`,
    remedy: 'run the command again',
    details: { name },
  });
}
