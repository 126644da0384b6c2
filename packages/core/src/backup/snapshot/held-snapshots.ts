import { z } from 'zod';
import type { MilvusSection } from '../../config/types.js';
import type { StorageDriver } from '../../driver/driver.js';
import { sleep, toBackupError } from '../../errors/index.js';
import type { CollectionName } from '../../filter/types.js';
import { tsKey } from '../../layout/index.js';
import type { Logger } from '../../log.js';
import type { MilvusGateway } from '../../milvus/gateway.js';
import { readText } from '../../transfer/read-text.js';

/** Tries to drop a snapshot, and the milliseconds between them. */
const dropTries = 10;
const dropPause = 1_000;
/** Milliseconds that one try may take: who cancels a run does not wait for a Milvus that is gone. */
const dropTimeout = 10_000;
const maxBytes = 64 * 1024;

const noteSchema = z.object({
  version: z.literal(1),
  database: z.string(),
  collection: z.string(),
  snapshot: z.string(),
  /** The Milvus that holds it. */
  milvus: z.string(),
});

const notesPrefix = (root: string, name: string): string => tsKey(root, name, 'snapshots', '');

/** As the Go tool names the snapshots of a backup. */
export const snapshotNameOf = (backup: string): string => `mbk_${backup}`;

/** By which the Milvus of a configuration is told from others. */
export const addressOf = ({ grpc }: Pick<MilvusSection, 'grpc'>): string => `${grpc.address}:${grpc.port}`;

export interface HeldSnapshotsInit {
  readonly driver: StorageDriver;
  readonly root: string;
  readonly name: string;
  readonly milvus: Pick<MilvusGateway, 'dropSnapshot'>;
  /** `address:port` of that Milvus: backups of several may lie in one store. */
  readonly address: string;
  readonly logger: Logger;
}

/**
 * The snapshots that a backup holds in Milvus, noted in the backup store before each is made (`meta/ts/snapshots/…`): they keep the
 * files of their collections from being removed, so that what a killed run has left must be found again.
 */
export class HeldSnapshots {
  readonly #init: HeldSnapshotsInit;
  /** Sentences for the outcome. */
  readonly left: string[] = [];

  constructor(init: HeldSnapshotsInit) {
    this.#init = init;
  }

  /**
   * Runs with a snapshot of a collection noted, and drops it afterwards, whatever has happened. Detached from cancellation.
   * @param id of the collection, for the key of the note
   */
  async during<T>(at: CollectionName, id: bigint, run: (snapshot: string) => Promise<T>): Promise<T> {
    const { driver, root, name, address } = this.#init;
    const snapshot = snapshotNameOf(name);
    const key = `${notesPrefix(root, name)}${id}.json`;
    const { database, collection } = at;
    const note = { version: 1, database, collection, snapshot, milvus: address };
    await driver.put(key, new TextEncoder().encode(JSON.stringify(note)));
    try {
      return await run(snapshot);
    } finally {
      if (await this.#drop(at, snapshot, dropTries)) await this.#forget(key);
    }
  }

  /**
   * Drops what dead runs of this backup have left. What cannot be dropped is told, and stays noted.
   * @param tries to drop each
   */
  async dropLeft(signal: AbortSignal | undefined, tries = dropTries): Promise<void> {
    const { driver, root, name, address, logger } = this.#init;
    for await (const entry of driver.list(notesPrefix(root, name), { signal })) {
      if (entry.type !== 'object') continue;
      const note = parse(await readText(driver, entry.key, maxBytes, signal));
      if (note === null) continue;
      if (note.milvus !== address) {
        this.#tell(note, note.snapshot, `it is in another Milvus, ${note.milvus}`);
        continue;
      }
      logger.info(
        { database: note.database, collection: note.collection, snapshot: note.snapshot },
        'dropping the snapshot that an interrupted run has left in Milvus',
      );
      if (await this.#drop(note, note.snapshot, tries)) await this.#forget(entry.key);
    }
  }

  async #drop(at: CollectionName, snapshot: string, tries: number): Promise<boolean> {
    const { milvus, logger } = this.#init;
    for (let left = tries - 1; ; left -= 1) {
      try {
        const { database, collection } = at;
        const signal = AbortSignal.timeout(dropTimeout);
        await milvus.dropSnapshot({ database, collection }, snapshot, { signal });
        return true;
      } catch (error) {
        const { message } = toBackupError(error);
        if (left > 0) {
          logger.debug({ ...at, snapshot, left, reason: message }, 'a snapshot could not be dropped');
          await sleep(dropPause);
          continue;
        }
        this.#tell(at, snapshot, message);
        return false;
      }
    }
  }

  #tell({ database, collection }: CollectionName, snapshot: string, reason: string): void {
    const sentence = `Milvus holds snapshot ${snapshot} of ${database}.${collection}, which could not be dropped: ${reason}`;
    const remedy = 'drop it by hand: while it is there, Milvus keeps the files of that collection';
    this.#init.logger.warn({ remedy }, sentence);
    this.left.push(`${sentence}; ${remedy}`);
  }

  /** The note of a snapshot that is gone does no harm. */
  async #forget(key: string): Promise<void> {
    const { driver, logger } = this.#init;
    await driver.delete([key]).catch((error: unknown) => {
      logger.debug({ reason: toBackupError(error).message }, 'the note of a snapshot could not be removed');
    });
  }
}

/** A damaged note is as none. */
function parse(text: string | null): z.infer<typeof noteSchema> | null {
  try {
    return text === null ? null : noteSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
