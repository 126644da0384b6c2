import {
  drillRunKey,
  dropScratch,
  findLeftScratch,
  forgetScratch,
  isDroppable,
  readScratch,
  type Scratch,
} from '../drill/scratch.js';
import { isBackupError, toBackupError } from '../errors/index.js';
import type { BackupFolder } from '../inspect/types.js';
import { rootOf } from '../stores.js';
import { claim } from '../task/claim.js';
import { RecordWriter } from '../task/record-writer.js';
import { type Candidate, type CleanRun, isoTime } from './clean-run.js';

/**
 * Databases that drills which died have made in this Milvus. Only what a drill has noted as its own beside its backup is touched, and
 * nothing is waited for: whoever made it is known to have ended.
 * @param note told of what cannot be done from here, a sentence each
 */
export async function* findScratch(
  run: CleanRun,
  folders: readonly BackupFolder[],
  note: (sentence: string) => void,
): AsyncGenerator<Candidate> {
  const { backups, identity, gateway, signal } = run;
  const { driver } = backups;
  const root = rootOf(backups);
  for (const { name, state } of folders) {
    if (state !== 'committed' && state !== 'partial') continue;
    const left = await findLeftScratch(driver, root, name, identity, signal);
    if (left === null) continue;
    const { database, milvus } = left;
    if (gateway === null || milvus !== gateway.address) {
      note(
        `an interrupted drill of ${name} has left the database ${database} in the Milvus at ${milvus}: clean up with a configuration of that Milvus`,
      );
      continue;
    }
    if (!isDroppable(left)) {
      note(
        `an interrupted drill of ${name} has left the database ${database}, whose name the user chose: drop it by hand, or run that drill again with --into ${database}`,
      );
      continue;
    }
    const collections = await countCollections(run, database, note);
    if (collections === null) return;
    const info = await driver.head(drillRunKey(root, name), { signal });
    const changedAt = info?.lastModified?.getTime() ?? 0;
    yield {
      item: {
        kind: 'scratch',
        store: 'milvus',
        path: database,
        backup: name,
        objects: collections,
        bytes: 0,
        reason: `database of a drill of ${name} that was interrupted; last sign of life ${isoTime(changedAt)}`,
        changedAt,
      },
      remove: () => remove(run, name, left),
    };
  }
}

/** `null` when Milvus cannot be asked. */
async function countCollections(
  { gateway, signal }: CleanRun,
  database: string,
  note: (sentence: string) => void,
): Promise<number | null> {
  if (gateway === null) return null;
  try {
    const milvus = gateway.open();
    if (!(await milvus.listDatabases({ signal })).includes(database)) return 0;
    return (await milvus.listCollections(database, { signal })).length;
  } catch (error) {
    if (signal?.aborted) throw error;
    note(
      `Milvus at ${gateway.address} could not be asked for databases of interrupted drills: ${toBackupError(error).message}`,
    );
    return null;
  }
}

/** Under the lease of the drill: a new one of that backup may be about to make a database of the same name. */
async function remove(run: CleanRun, name: string, left: Scratch): Promise<boolean> {
  const { backups, identity, gateway, logger, signal } = run;
  if (gateway === null) return false;
  const { driver } = backups;
  const root = rootOf(backups);
  const key = drillRunKey(root, name);
  const view = run.deleteView(name);
  try {
    await claim(driver, key, view, identity, signal);
  } catch (error) {
    if (isBackupError(error) && error.code === 'BACKUP_IN_PROGRESS') return false;
    throw error;
  }
  const record = new RecordWriter({
    driver,
    key,
    identity,
    view: () => view,
    claimed: true,
    onError: (error) =>
      logger.warn({ reason: toBackupError(error).message }, 'the state of the clean-up could not be saved'),
  });
  try {
    // Read anew: now that the lease is held, nobody else changes it.
    const now = await readScratch(driver, root, name, signal);
    if (now === null || now.database !== left.database || now.milvus !== left.milvus) return false;
    await dropScratch(gateway.open(), left.database);
    await forgetScratch(driver, root, name);
    return true;
  } finally {
    await record.remove();
  }
}
