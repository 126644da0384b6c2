import { z } from 'zod';
import type { StorageDriver } from '../driver/driver.js';
import { isBackupError } from '../errors/index.js';
import { listFolders } from '../inspect/list-backups.js';
import { tsKey } from '../layout/index.js';
import type { Logger } from '../log.js';
import type { MilvusGateway } from '../milvus/gateway.js';
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
});

/** A database that a drill has made. Noted before it is made, so that one that dies leaves nothing unknown. */
export type Scratch = Omit<z.infer<typeof scratchSchema>, 'version'>;

/** The lease of a drill: one at a time for a backup. */
export const drillRunKey = (root: string, name: string): string => tsKey(root, name, 'drill-run.json');
const scratchKey = (root: string, name: string): string => tsKey(root, name, 'drill-scratch.json');

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
  readonly identity: RunIdentity;
  /** The backup whose lease the caller holds: what is noted there is of a dead drill. */
  readonly held: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Drops the scratch databases that drills which died have left in this Milvus. Only what a drill has noted as its own is
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
      await dropScratch(milvus, scratch.database);
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
