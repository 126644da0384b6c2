import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { removeFolder } from '../delete/remove-folder.js';
import type { StorageDriver } from '../driver/driver.js';
import { isBackupError } from '../errors/index.js';
import { listFolders } from '../inspect/list-backups.js';
import { stagingStart, tsKey } from '../layout/index.js';
import type { Logger } from '../log.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import { removeStaged } from '../restore/staging.js';
import { restoreKey } from '../task/record-keys.js';
import { isRunning, type RunIdentity, readRecordIfPossible } from '../task/record-store.js';
import { readText } from '../transfer/read-text.js';
import { runAll } from '../transfer/run-all.js';

const askedAtOnce = 16;
const maxBytes = 16 * 1024;

const scratchSchema = z.object({
  version: z.literal(1),
  database: z.string().min(1).max(255),
  /** Address and port, so that a database of that name in another Milvus is let alone. */
  milvus: z.string().max(1024),
  /** Id of the restore into it, which names what that has staged. Of a store that others may write: it may lead nowhere else. */
  restore: z
    .string()
    .regex(/^drill-[\w.-]{1,256}$/)
    .optional()
    .catch(undefined),
});

/** A database that a drill has made. Noted before it is made, so that one that dies leaves nothing unknown. */
export type Scratch = Omit<z.infer<typeof scratchSchema>, 'version'>;

/** The lease of a drill: one at a time for a backup. */
export const drillRunKey = (root: string, name: string): string => tsKey(root, name, 'drill-run.json');
const scratchKey = (root: string, name: string): string => tsKey(root, name, 'drill-scratch.json');

const generated = /^drill_\d{8}_\d{6}_[0-9a-f]{8}$/;

/** Nobody chooses such a name by chance. @param now milliseconds since 1970 */
export function makeScratchName(now: number): string {
  const time = new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');
  return `drill_${time}_${randomBytes(4).toString('hex')}`;
}

/**
 * Whether a noted database may be dropped on the word of the note alone. Whoever can write to the backup store can note any name:
 * only one that a drill has made up is taken for ours, or the one that the user has named again.
 * @param into the name that the user gave
 */
export function isDroppable({ database }: Pick<Scratch, 'database'>, into?: string): boolean {
  return generated.test(database) || (database === into && database !== 'default');
}

export async function noteScratch(
  driver: StorageDriver,
  root: string,
  name: string,
  scratch: Scratch,
): Promise<void> {
  await driver.put(scratchKey(root, name), Buffer.from(JSON.stringify({ version: 1, ...scratch })));
}

export async function forgetScratch(driver: StorageDriver, root: string, name: string): Promise<void> {
  await driver.delete([scratchKey(root, name)]);
}

/** Removes the record and the journal of the restore of a drill: the history of drills has all that is worth keeping. */
export async function forgetRestore(
  driver: StorageDriver,
  root: string,
  name: string,
  restore: string,
): Promise<void> {
  await driver.delete([restoreKey(root, name, restore)]);
  await removeFolder(driver, tsKey(root, name, 'restore-journal', restore, ''));
}

/** Removes a scratch database with all that is in it; one that is not there is no error. */
export async function dropScratch(milvus: MilvusGateway, database: string): Promise<void> {
  if (!(await milvus.listDatabases()).includes(database)) return;
  for (const collection of await milvus.listCollections(database)) {
    await milvus.dropCollection({ database, collection });
  }
  await milvus.dropDatabase(database);
}

/** After a creation whose answer was lost: what is there and empty may be ours; Milvus drops no database that holds anything. */
export async function dropUnused(milvus: MilvusGateway, database: string): Promise<void> {
  if (!(await milvus.listDatabases()).includes(database)) return;
  if ((await milvus.listCollections(database)).length === 0) await milvus.dropDatabase(database);
}

export interface Sweep {
  readonly driver: StorageDriver;
  readonly root: string;
  readonly milvus: MilvusGateway;
  /** Of this Milvus. */
  readonly address: string;
  /** The bucket of this Milvus. */
  readonly bucket: StorageDriver;
  readonly identity: RunIdentity;
  /** The name that the user gave to the scratch database of this drill. */
  readonly into: string | undefined;
  /** The backup whose lease the caller holds: what is noted there is of a dead drill. */
  readonly held: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Drops the scratch databases that drills which died have left in this Milvus, with what they have staged in its bucket. Only what a drill has noted as its own is
 * touched.
 * @returns their names
 */
export async function sweepScratch(sweep: Sweep): Promise<string[]> {
  const { driver, root, milvus, address, identity, held, logger, signal } = sweep;
  const dropped: string[] = [];
  await runAll(
    await listFolders(driver, root, signal),
    askedAtOnce,
    async (name, inner) => {
      const scratch = await readScratch(driver, root, name, inner);
      if (scratch?.milvus !== address) return;
      const record =
        name === held ? null : await readRecordIfPossible(driver, drillRunKey(root, name), inner);
      if (record && isRunning(record, identity)) return;
      if (!isDroppable(scratch, sweep.into)) {
        logger.warn(
          { database: scratch.database, backup: name },
          'an interrupted drill has left a database whose name the user chose; drop it by hand, or name it again with --into',
        );
        return;
      }
      await dropScratch(milvus, scratch.database);
      if (scratch.restore !== undefined) {
        // No import reads it any more: its collection is gone.
        await removeStaged(sweep.bucket, `${stagingStart}${scratch.restore}-`, logger);
        await forgetRestore(driver, root, name, scratch.restore);
      }
      await forgetScratch(driver, root, name);
      dropped.push(scratch.database);
      logger.info({ database: scratch.database }, 'the scratch database of an interrupted drill was dropped');
    },
    signal,
  );
  return dropped;
}

/** What an interrupted drill of a backup has left in a Milvus; `null` when there is nothing, or a drill is at work. */
export async function findLeftScratch(
  driver: StorageDriver,
  root: string,
  name: string,
  identity: RunIdentity,
  signal?: AbortSignal,
): Promise<Scratch | null> {
  const scratch = await readScratch(driver, root, name, signal);
  if (scratch === null) return null;
  const record = await readRecordIfPossible(driver, drillRunKey(root, name), signal);
  return record && isRunning(record, identity) ? null : scratch;
}

/** What a drill of a backup has noted, whether it lives or not; `null` when there is nothing readable. */
export async function readScratch(
  driver: StorageDriver,
  root: string,
  name: string,
  signal?: AbortSignal,
): Promise<Scratch | null> {
  try {
    const text = await readText(driver, scratchKey(root, name), maxBytes, signal);
    return text === null ? null : (scratchSchema.safeParse(JSON.parse(text)).data ?? null);
  } catch (error) {
    if (error instanceof SyntaxError || (isBackupError(error) && error.code === 'META_UNREADABLE'))
      return null;
    throw error;
  }
}
