import type { StorageDriver, UnfinishedUpload } from '../driver/driver.js';
import { isBackupError } from '../errors/index.js';
import { backupNameOf, rootPrefix, stagingStart } from '../layout/index.js';
import { rootOf } from '../stores.js';
import { runKey } from '../task/record-keys.js';
import { isRunning, readRecordIfPossible } from '../task/record-store.js';
import { type Candidate, type CleanRun, isOld, isoTime } from './clean-run.js';

/** Uploads that nobody goes on with: below the backup root, and where restores stage, nowhere else. */
export async function* findUploads(run: CleanRun): AsyncGenerator<Candidate> {
  const { backups, milvus } = run;
  const root = rootOf(backups);
  // An empty root is the whole bucket: what does not look like part of a backup is somebody else's.
  const inBackup = (key: string): boolean =>
    /^[^/]+\/(binlogs|meta|bundle)\//.test(key.slice(rootPrefix(root).length));
  yield* findIn(run, run.label, backups.driver, rootPrefix(root), inBackup);
  if (milvus) yield* findIn(run, 'milvus', milvus.driver, stagingStart, () => true);
}

async function* findIn(
  run: CleanRun,
  store: string,
  driver: StorageDriver,
  prefix: string,
  fits: (key: string) => boolean,
): AsyncGenerator<Candidate> {
  if (!driver.uploads || !driver.abortUpload) return;
  const { signal } = run;
  const found: UnfinishedUpload[] = [];
  try {
    for await (const upload of driver.uploads(prefix, { signal })) {
      if (fits(upload.key) && isOld(run, upload.changedAt?.getTime() ?? 0)) found.push(upload);
    }
  } catch (error) {
    if (!isBackupError(error) || error.code !== 'UNSUPPORTED') throw error;
    return;
  }
  for (const upload of found) {
    const changedAt = upload.changedAt?.getTime() ?? 0;
    const backup = store === 'milvus' ? '' : (backupNameOf(rootOf(run.backups), upload.key) ?? '');
    if (await isWritten(run, backup)) continue;
    yield {
      item: {
        kind: 'upload',
        store,
        path: upload.key,
        backup,
        objects: 1,
        bytes: upload.bytes ?? 0,
        reason: `an upload that was not finished, of ${isoTime(changedAt)}`,
        changedAt,
      },
      remove: async () => {
        if (await isWritten(run, backup)) return false;
        await driver.abortUpload?.(upload, { signal });
        return true;
      },
    };
  }
}

/** Whether a live run holds the backup: its uploads are its own, however long they take. */
async function isWritten(run: CleanRun, backup: string): Promise<boolean> {
  if (backup === '') return false;
  const { driver } = run.backups;
  const record = await readRecordIfPossible(driver, runKey(rootOf(run.backups), backup), run.signal);
  return record !== null && isRunning(record, run.identity);
}
