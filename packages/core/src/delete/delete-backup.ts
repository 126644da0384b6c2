import type { StorageDriver } from '../driver/driver.js';
import { BackupError } from '../errors/index.js';
import { backupPrefix, metaKey, metaPrefix, tsKey } from '../layout/index.js';
import { inProgress } from '../task/claim.js';
import { isRunning, type RunIdentity, readRecordIfPossible } from '../task/record-store.js';

const batch = 1_000;

/** The record of the run that wrote, or writes, a backup. */
export const runKey = (root: string, name: string): string => tsKey(root, name, 'run.json');
const tombstoneKey = (root: string, name: string): string => tsKey(root, name, 'tombstone.json');

/**
 * Removes a backup, whole or not. First it becomes unlisted, for the Go tool too; then its objects go, the metadata last.
 * An interrupted delete is finished by the next one.
 * @param onRemoved told how many objects are gone by now
 * @throws BackupError `BACKUP_NOT_FOUND`, `BACKUP_IN_PROGRESS` while a run writes it
 */
export async function deleteBackup(
  driver: StorageDriver,
  root: string,
  name: string,
  identity: RunIdentity,
  onRemoved: (count: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const run = await readRecordIfPossible(driver, runKey(root, name), signal);
  if (run && isRunning(run, identity)) throw inProgress(run);
  if (await isEmpty(driver, backupPrefix(root, name), signal)) throw notFound(name);
  await driver.put(tombstoneKey(root, name), new TextEncoder().encode('{"version":1}'), { signal });
  await driver.delete([metaKey(root, name, 'full_meta.json'), metaKey(root, name, 'backup_meta.json')], {
    signal,
  });
  const removed = await removeFolder(
    driver,
    backupPrefix(root, name),
    metaPrefix(root, name),
    onRemoved,
    signal,
  );
  await removeFolder(
    driver,
    metaPrefix(root, name),
    tombstoneKey(root, name),
    (count) => onRemoved(removed + count),
    signal,
  );
  await driver.delete([tombstoneKey(root, name)], { signal });
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

async function isEmpty(driver: StorageDriver, prefix: string, signal?: AbortSignal): Promise<boolean> {
  for await (const _entry of driver.list(prefix, { signal })) return false;
  return true;
}

function notFound(name: string): BackupError {
  return new BackupError({
    code: 'BACKUP_NOT_FOUND',
    message: `backup ${name} not found`,
    remedy: 'see the names with `list`',
    details: { name },
  });
}
