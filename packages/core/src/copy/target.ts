import { clearFolder } from '../backup/claim-name.js';
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
 * @throws BackupError `BACKUP_IN_PROGRESS` while a run writes or deletes it, `BACKUP_EXISTS` for what another tool has left
 */
export async function holdsBackup(
  to: CopyEnd,
  identity: RunIdentity,
  signal?: AbortSignal,
): Promise<boolean> {
  const { driver, root, name } = to;
  if (!(await driver.bucketExists({ signal }))) return false;
  const record = await readRecord(driver, runKey(root, name), signal);
  if (record && isRunning(record, identity)) throw inProgress(record, identity.now());
  // What an interrupted delete has left is on its way out: the copy finishes that first.
  if (await isHalfDeleted(to, signal)) return false;
  if ((await driver.head(metaKey(root, name, 'backup_meta.json'), { signal })) !== null) return true;
  if (!record && (await holdsContent(to, signal))) throw leftOvers(to);
  return false;
}

async function isHalfDeleted({ driver, root, name }: CopyEnd, signal?: AbortSignal): Promise<boolean> {
  return (await driver.head(tombstoneKey(root, name), { signal })) !== null;
}

/**
 * Ends the delete of the claimed name that was interrupted, if one was; the tombstone goes last, so that this, too, can be
 * interrupted.
 */
export async function finishDelete(to: CopyEnd, signal: AbortSignal): Promise<void> {
  if (!(await isHalfDeleted(to, signal))) return;
  const { driver, root, name } = to;
  // First of all it becomes unlisted, for the Go tool too: the delete may have come to nothing but its tombstone.
  await driver.delete([metaKey(root, name, 'backup_meta.json')], { signal });
  await driver.delete([metaKey(root, name, 'full_meta.json')], { signal });
  await clearFolder(driver, root, name, signal);
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

function leftOvers({ name, label }: CopyEnd): BackupError {
  return new BackupError({
    code: 'BACKUP_EXISTS',
    message: `the folder of ${name} in ${label} holds files that no run of this tool has left`,
    remedy: 'give the copy another name (`--as`), or remove the unfinished backup with `delete` first',
    details: { name, store: label },
  });
}
