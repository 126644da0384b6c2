import { tombstoneKey } from '../delete/delete-backup.js';
import { BackupError } from '../errors/index.js';
import { metaKey } from '../layout/index.js';
import { inProgress } from '../task/claim.js';
import { runKey } from '../task/record-keys.js';
import { isRunning, type RunIdentity, readRecord } from '../task/record-store.js';
import type { CopyEnd } from './copy-run.js';
import { holdsContent } from './folder.js';

/**
 * Whether the target holds a backup of the name.
 * @throws BackupError `BACKUP_IN_PROGRESS` while a run writes it, `BACKUP_EXISTS` for what a delete or another tool has left
 */
export async function holdsBackup(
  to: CopyEnd,
  identity: RunIdentity,
  signal?: AbortSignal,
): Promise<boolean> {
  const { driver, root, name } = to;
  if (!(await driver.bucketExists({ signal }))) return false;
  const record = await readRecord(driver, runKey(root, name), signal);
  if (record && isRunning(record, identity)) throw inProgress(record);
  if ((await driver.head(tombstoneKey(root, name), { signal })) !== null) throw beingDeleted(to);
  if ((await driver.head(metaKey(root, name, 'backup_meta.json'), { signal })) !== null) return true;
  if (!record && (await holdsContent(to, signal))) throw leftOvers(to);
  return false;
}

/** @param difference what differs, to go on after a colon */
export function otherBackup({ name, label }: CopyEnd, difference: string): BackupError {
  return new BackupError({
    code: 'BACKUP_EXISTS',
    message: `${label} holds another backup with name ${name}: ${difference}`,
    remedy:
      'give the copy another name (`--as`), or remove that backup with `delete` first; nothing was changed',
    details: { name, store: label },
  });
}

function beingDeleted({ name, label }: CopyEnd): BackupError {
  return new BackupError({
    code: 'BACKUP_EXISTS',
    message: `backup ${name} in ${label} is being deleted, or its delete was interrupted`,
    remedy: 'run the delete to its end first, or give the copy another name (`--as`)',
    details: { name, store: label },
  });
}

function leftOvers({ name, label }: CopyEnd): BackupError {
  return new BackupError({
    code: 'BACKUP_EXISTS',
    message: `the folder of ${name} in ${label} holds files that no run of this tool has left`,
    remedy: 'give the copy another name (`--as`), or remove the unfinished backup with `delete` first',
    details: { name, store: label },
  });
}
