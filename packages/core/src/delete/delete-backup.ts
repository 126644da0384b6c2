import type { StorageDriver } from '../driver/driver.js';
import { backupPrefix, metaKey, metaPrefix, tsKey } from '../layout/index.js';
import { inProgress } from '../task/claim.js';
import { restoresPrefix, runKey } from '../task/record-keys.js';
import { isRunning, type RunIdentity, readRecordIfPossible } from '../task/record-store.js';
import { assertBackupFolder } from './backup-folder.js';

const batch = 1_000;

/** There while a backup is being deleted, or after a delete that did not end. */
export const tombstoneKey = (root: string, name: string): string => tsKey(root, name, 'tombstone.json');

/**
 * Removes a backup, whole or not. First it becomes unlisted, for the Go tool too; then its objects go, the metadata last.
 * An interrupted delete is finished by the next one.
 * @param onRemoved told how many objects are gone by now
 * @throws BackupError `BACKUP_NOT_FOUND`, also for a folder that holds anything else; `BACKUP_IN_PROGRESS` while a run writes
 * or restores it
 */
export async function deleteBackup(
  driver: StorageDriver,
  root: string,
  name: string,
  identity: RunIdentity,
  onRemoved: (count: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const tombstone = tombstoneKey(root, name);
  await driver.put(tombstone, new TextEncoder().encode('{"version":1}'), { signal });
  // One by one: without backup_meta.json it is no backup here, and what is left is not taken for an older kind of one.
  await driver.delete([metaKey(root, name, 'backup_meta.json')], { signal });
  await driver.delete([metaKey(root, name, 'full_meta.json')], { signal });
  const removed = await removeFolder(
    driver,
    backupPrefix(root, name),
    metaPrefix(root, name),
    onRemoved,
    signal,
  });
  await removeFolder(driver, meta, {
    keep: (key) => key === tombstone || key === runKey(root, name),
    onRemoved: (count) => onRemoved(removed + count),
    signal,
  });
  await driver.delete([tombstone], { signal });
}

/**
 * Removes every object under a prefix, in batches, while it is listed.
 * @param keep keys that start with it stay
 * @returns how many were removed
 */
export async function removeFolder(
  driver: StorageDriver,
  prefix: string,
  keep: string | null,
  onRemoved: (count: number) => void,
  signal?: AbortSignal,
): Promise<number> {
  let removed = 0;
  let keys: string[] = [];
  const flush = async (): Promise<void> => {
    await driver.delete(keys, { signal });
    removed += keys.length;
    keys = [];
    onRemoved(removed);
  };
  for await (const entry of driver.list(prefix, { signal })) {
    if (entry.type !== 'object' || (keep !== null && entry.key.startsWith(keep))) continue;
    keys.push(entry.key);
    if (keys.length === batch) await flush();
  }
  if (keys.length > 0) await flush();
  return removed;
}

/** A backup whose restore is under way may be all that is left of the data. */
async function assertUnused(
  driver: StorageDriver,
  root: string,
  name: string,
  identity: RunIdentity,
  signal?: AbortSignal,
): Promise<void> {
  const keys = [runKey(root, name)];
  for await (const entry of driver.list(restoresPrefix(root, name), { signal })) {
    if (entry.type === 'object') keys.push(entry.key);
  }
  for (const key of keys) {
    const record = await readRecordIfPossible(driver, key, signal);
    if (record && isRunning(record, identity)) throw inProgress(record);
  }
}
