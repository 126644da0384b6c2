import type { DriverCapabilities } from '../driver/capabilities.js';
import type {
  CallOptions,
  GetOptions,
  GetResult,
  ListEntry,
  ListOptions,
  ObjectInfo,
  PutBody,
  PutOptions,
  StorageDriver,
} from '../driver/driver.js';
import { BackupError, isBackupError } from '../errors/index.js';
import type { Logger } from '../log.js';

/** A driver whose credentials end. */
export interface Lent {
  readonly driver: StorageDriver;
  /** Milliseconds since 1970; `null`: not told. */
  readonly expiresAt: number | null;
}

export interface RenewingInit {
  readonly first: Lent;
  /** Opens the same store with credentials that are fresh. */
  readonly renew: (signal: AbortSignal | undefined) => Promise<Lent>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
}

interface Held extends Lent {
  readonly issuedAt: number;
  /** Whether the store has accepted them: what it refuses later has ended. */
  accepted: boolean;
}

/** Milliseconds before their end in which credentials are used for nothing new; of short-lived ones a fifth of their life. */
const margin = 5 * 60_000;

/**
 * A store that is lent for a time: fresh credentials are fetched when those at hand are about to end, and when the store refuses
 * them although it took them before, as clocks differ. Calls under way keep theirs; a body that was refused midway is an error that
 * may be tried again.
 */
export class RenewingDriver implements StorageDriver {
  readonly name: string;
  readonly capabilities: DriverCapabilities;
  readonly #init: RenewingInit;
  readonly #opened: StorageDriver[];
  #held: Held;
  #stale = false;
  #renewing: Promise<Held> | undefined;

  constructor(init: RenewingInit) {
    const { driver } = init.first;
    this.name = driver.name;
    // A copy inside the store would need one driver for both its ends.
    this.capabilities = { ...driver.capabilities, serverSideCopy: false, multipartCopy: false };
    this.#init = init;
    this.#opened = [driver];
    this.#held = this.#hold(init.first);
  }

  head(key: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    return this.#use(options.signal, true, (driver) => driver.head(key, options));
  }

  get(key: string, options: GetOptions = {}): Promise<GetResult> {
    return this.#use(options.signal, true, (driver) => driver.get(key, options));
  }

  put(key: string, body: PutBody, options: PutOptions = {}): Promise<ObjectInfo> {
    const again = body instanceof Uint8Array;
    return this.#use(options.signal, again, (driver) => driver.put(key, body, options));
  }

  async copyFrom(): Promise<ObjectInfo> {
    throw new BackupError({ code: 'UNSUPPORTED', message: 'a lent store is streamed to' });
  }

  delete(keys: readonly string[], options: CallOptions = {}): Promise<void> {
    return this.#use(options.signal, true, (driver) => driver.delete(keys, options));
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ListEntry> {
    const open = async (driver: StorageDriver) => {
      const entries = driver.list(prefix, options)[Symbol.asyncIterator]();
      return { entries, first: await entries.next() };
    };
    const { entries, first } = await this.#use(options.signal, true, open);
    try {
      for (let step = first; !step.done; step = await entries.next()) yield step.value;
    } finally {
      await entries.return?.();
    }
  }

  bucketExists(options: CallOptions = {}): Promise<boolean> {
    return this.#use(options.signal, true, (driver) => driver.bucketExists(options));
  }

  async createBucket(): Promise<void> {
    throw new BackupError({ code: 'UNSUPPORTED', message: 'a lent store has its bucket' });
  }

  async close(): Promise<void> {
    await this.#renewing?.catch(() => {});
    await Promise.all(this.#opened.splice(0).map((driver) => driver.close()));
  }

  async #use<T>(
    signal: AbortSignal | undefined,
    again: boolean,
    call: (driver: StorageDriver) => Promise<T>,
  ): Promise<T> {
    const held = await this.#fresh(signal);
    try {
      const value = await call(held.driver);
      held.accepted = true;
      return value;
    } catch (error) {
      if (!isBackupError(error) || error.code !== 'STORAGE_AUTH' || !held.accepted) throw error;
      if (this.#held === held) this.#stale = true;
      if (again) return await this.#use(signal, false, call);
      throw new BackupError({
        code: error.code,
        message: error.message,
        remedy: error.remedy,
        details: error.details,
        cause: error,
        retryable: true,
      });
    }
  }

  /** All that find the credentials old wait for one renewal. */
  async #fresh(signal: AbortSignal | undefined): Promise<Held> {
    if (!this.#stale && !this.#isEnding()) return this.#held;
    this.#renewing ??= this.#renew(signal).finally(() => {
      this.#renewing = undefined;
    });
    return await this.#renewing;
  }

  async #renew(signal: AbortSignal | undefined): Promise<Held> {
    const lent = await this.#init.renew(signal);
    this.#opened.push(lent.driver);
    this.#held = this.#hold(lent);
    this.#stale = false;
    this.#init.logger.info(
      { expiresAt: lent.expiresAt === null ? '' : new Date(lent.expiresAt).toISOString() },
      'the credentials of the volume were renewed',
    );
    return this.#held;
  }

  #hold(lent: Lent): Held {
    return { ...lent, issuedAt: this.#init.now(), accepted: false };
  }

  /** What had ended by this machine's clock when it came tells of the clock: the store itself will say when it is over. */
  #isEnding(): boolean {
    const { expiresAt, issuedAt } = this.#held;
    if (expiresAt === null || expiresAt <= issuedAt) return false;
    return this.#init.now() >= expiresAt - Math.min(margin, (expiresAt - issuedAt) / 5);
  }
}
