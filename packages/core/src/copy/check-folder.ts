import { BackupError, isBackupError } from '../errors/index.js';
import { backupPrefix } from '../layout/index.js';
import type { BackupMeta, CollectionMeta } from '../meta/types.js';
import { listBackupLogs, sortLogs } from '../restore/backup-logs.js';
import { runAll } from '../transfer/run-all.js';
import type { CopyEnd } from './copy-run.js';
import { measureFolder } from './folder.js';

const checkedAtOnce = 8;

/**
 * Looks for every file that the metadata names, at one end of the copy.
 * @returns what the folder holds
 * @throws BackupError `VERIFY_FAILED` naming the first file that is missing or has another size
 */
export async function checkFolder(
  end: CopyEnd,
  meta: BackupMeta,
  signal: AbortSignal,
): ReturnType<typeof measureFolder> {
  await runAll(
    meta.collection_backups,
    checkedAtOnce,
    async (collection, inner) => {
      await checkSnapshot(end, collection, inner);
      const logs = await listBackupLogs(end.driver, end.root, end.name, collection.collection_id, inner);
      try {
        sortLogs(collection, logs);
      } catch (error) {
        throw isBackupError(error) && error.code === 'VERIFY_FAILED' ? short(end, error) : error;
      }
    },
    signal,
  );
  return await measureFolder(end, signal);
}

async function checkSnapshot(
  end: CopyEnd,
  { snapshot_backup: snapshot }: CollectionMeta,
  signal: AbortSignal,
): Promise<void> {
  if (snapshot === null) return;
  const path = snapshot.metadata_path;
  if ((await end.driver.head(backupPrefix(end.root, end.name) + path, { signal })) !== null) return;
  const message = `${path}, the metadata of a snapshot, is missing`;
  throw short(end, new BackupError({ code: 'VERIFY_FAILED', message, details: { key: path } }));
}

function short(end: CopyEnd, cause: BackupError): BackupError {
  return new BackupError({
    code: 'VERIFY_FAILED',
    message: `backup ${end.name} in ${end.label} is not whole: ${cause.message}`,
    remedy: 'copy another backup, or take this one again; no backup was made at the target',
    cause,
    details: cause.details,
  });
}
