import { isCommitted } from '../backup/claim-name.js';
import { deleteBackup, tombstoneKey } from '../delete/delete-backup.js';
import type { StorageDriver } from '../driver/driver.js';
import { BackupError } from '../errors/index.js';
import { backupPrefix, tsPrefix } from '../layout/index.js';
import { inProgress } from '../task/claim.js';
import { runKey } from '../task/record-keys.js';
import { isRunning, type RunIdentity, readRecord } from '../task/record-store.js';
import type { CompactRun } from './compact-run.js';

/**
 * What lies where the new backup is to be. `ours`: what a dead compaction has left, with which this one can go on.
 * @throws BackupError `BACKUP_IN_PROGRESS` while a run writes or deletes it
 */
export async function inspectDestination(
  driver: StorageDriver,
  root: string,
  output: string,
  identity: RunIdentity,
  signal?: AbortSignal,
): Promise<'empty' | 'ours' | 'other'> {
  const record = await readRecord(driver, runKey(root, output), signal);
  if (record && isRunning(record, identity)) throw inProgress(record, identity.now());
  if (await isCommitted(driver, root, output, signal)) return 'other';
  // What an interrupted delete has left is on its way out.
  if ((await driver.head(tombstoneKey(root, output), { signal })) !== null) return 'ours';
  if (record?.kind === 'l0compact') return 'ours';
  const own = tsPrefix(root, output);
  for await (const entry of driver.list(backupPrefix(root, output), { signal })) {
    if (entry.type === 'object' && !entry.key.startsWith(own)) return 'other';
  }
  return 'empty';
}

/** Removes the backup, whole or not, that `--force` gives up. @throws BackupError as a delete; nothing that is no backup is removed */
export async function clearDestination(run: CompactRun, signal: AbortSignal): Promise<void> {
  const { store, root, output, identity, logger, tracker } = run;
  tracker.step(`removing ${output}, which --force gives up`);
  await deleteBackup({
    driver: store.driver,
    root,
    identity,
    view: () => ({ ...tracker.view(), kind: 'delete', backupName: output }),
    logger,
    onRemoved: () => {},
    signal,
  });
}

export function destinationNotEmpty(output: string): BackupError {
  return new BackupError({
    code: 'BACKUP_EXISTS',
    message: `destination backup ${output} is not empty, use --force to clear it`,
    remedy: 'choose another --output, or give up what is there with --force',
    details: { name: output },
  });
}
