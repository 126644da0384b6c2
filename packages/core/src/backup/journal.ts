import type { StorageDriver } from '../driver/driver.js';
import { isBackupError, toBackupError } from '../errors/index.js';
import { tsKey } from '../layout/index.js';
import type { Logger } from '../log.js';
import { decodeItems, encodeItems, type ManifestItem, type ManifestObject } from '../manifest/index.js';
import { readText } from '../transfer/read-text.js';

/** A piece is written when it has so many lines, or when the last one is so many milliseconds old. */
const pieceLines = 1_000;
const pieceAge = 5_000;
/** Far above what {@link pieceLines} need. */
const maxPieceBytes = 32 * 1024 * 1024;

export interface JournalInit {
  readonly driver: StorageDriver;
  readonly root: string;
  readonly name: string;
  /** Tells the pieces of this run from those of an earlier one. */
  readonly run: string;
  readonly now: () => number;
  readonly logger: Logger;
}

/**
 * What was copied, noted in the backup store while it is copied (`meta/ts/journal/<collection>/<run>-<attempt>-<piece>`): a
 * run that goes on knows what it need not copy again, and the manifest of the backup is made of it.
 */
export class Journal {
  readonly #init: JournalInit;
  readonly #attempts = new Map<bigint, CollectionJournal>();
  #count = 0;

  constructor(init: JournalInit) {
    this.#init = init;
  }

  /** Begins one collection, or begins it once more. */
  begin(collection: bigint): CollectionJournal {
    const attempt = new CollectionJournal(this.#init, collection, this.#count++);
    this.#attempts.set(collection, attempt);
    return attempt;
  }

  /** What the last attempts at these collections noted, in that order. @throws BackupError */
  async *items(collections: Iterable<bigint>): AsyncGenerator<ManifestItem> {
    for (const id of collections) {
      const attempt = this.#attempts.get(id);
      if (attempt) yield* attempt.items();
    }
  }
}

export class CollectionJournal {
  readonly #init: JournalInit;
  readonly #prefix: string;
  readonly #attempt: number;
  readonly #pieces: string[] = [];
  #pending: ManifestItem[] = [];
  #writing: Promise<void> = Promise.resolve();
  #writtenAt: number;

  constructor(init: JournalInit, collection: bigint, attempt: number) {
    this.#init = init;
    this.#prefix = `${journalPrefix(init.root, init.name)}${collection}/`;
    this.#attempt = attempt;
    this.#writtenAt = init.now();
  }

  /**
   * What earlier runs and attempts noted of this collection, by the object's key. A damaged piece is as none: its objects
   * are copied again.
   */
  async earlier(signal: AbortSignal): Promise<ReadonlyMap<string, ManifestObject>> {
    const { driver, logger } = this.#init;
    const found = new Map<string, ManifestObject>();
    for await (const entry of driver.list(this.#prefix, { signal })) {
      if (entry.type !== 'object') continue;
      try {
        const text = (await readText(driver, entry.key, maxPieceBytes, signal)) ?? '';
        for (const item of decodeItems(text, entry.key))
          if (item.type === 'object') found.set(item.key, item);
      } catch (error) {
        if (!isBackupError(error) || error.code !== 'META_UNREADABLE') throw error;
        logger.warn({ key: entry.key, reason: error.message }, 'a piece of the journal is damaged');
      }
    }
    return found;
  }

  /** Notes what has arrived. Written in the background; a failure is met by `close`. */
  note(item: ManifestItem): void {
    this.#pending.push(item);
    const { now, logger } = this.#init;
    if (this.#pending.length < pieceLines && now() - this.#writtenAt < pieceAge) return;
    this.#write().catch((error: unknown) => {
      logger.warn({ reason: toBackupError(error).message }, 'the journal of the run could not be written');
    });
  }

  /** Writes what is left. @throws BackupError of the store */
  async close(): Promise<void> {
    await this.#writing.catch(() => {});
    if (this.#pending.length > 0) await this.#write();
  }

  async *items(): AsyncGenerator<ManifestItem> {
    for (const key of this.#pieces) {
      const text = await readText(this.#init.driver, key, maxPieceBytes);
      yield* decodeItems(text ?? '', key);
    }
  }

  #write(): Promise<void> {
    const items = this.#pending;
    this.#pending = [];
    this.#writtenAt = this.#init.now();
    const next = this.#writing.catch(() => {}).then(() => this.#put(items));
    this.#writing = next;
    return next;
  }

  async #put(items: readonly ManifestItem[]): Promise<void> {
    const { driver, run } = this.#init;
    const key = `${this.#prefix}${run}-${this.#attempt}-${this.#pieces.length}.ndjson`;
    const bytes = encodeItems(items);
    try {
      await driver.put(key, bytes, { size: bytes.byteLength });
    } catch (error) {
      this.#pending.unshift(...items);
      throw error;
    }
    this.#pieces.push(key);
  }
}

/** `…/meta/ts/journal/` of a backup. */
export function journalPrefix(root: string, name: string): string {
  return tsKey(root, name, 'journal', '');
}
