import type { StorageDriver } from '../driver/driver.js';
import { BackupError } from '../errors/index.js';
import { backupPrefix, binlogsPrefix, metaFileNames, metaPrefix } from '../layout/index.js';

/** What a backup's folder, its `meta/` and its `binlogs/` may hold, whole or not, from this tool or the Go tool. */
const inFolder = new Set(['binlogs/', 'meta/', 'bundle/']);
const inMeta = new Set<string>([...metaFileNames, 'channel_cp_meta.json', 'ts/']);
const inBinlogs = new Set(['insert_log/', 'delta_log/']);

/**
 * Refuses to treat any other folder as a backup: a wrong root path may make the data of Milvus look like one.
 * @throws BackupError `BACKUP_NOT_FOUND` when nothing is there, or something that no backup holds
 */
export async function assertBackupFolder(
  driver: StorageDriver,
  root: string,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  // Some stores go on listing folders whose last object is gone.
  if (await isEmpty(driver, backupPrefix(root, name), signal)) throw notFound(name);
  const stranger = await findStranger(driver, root, name, signal);
  if (stranger !== null) throw notABackup(name, stranger);
}

/** The first thing in a folder that no backup holds, whole or not. */
export async function findStranger(
  driver: StorageDriver,
  root: string,
  name: string,
  signal?: AbortSignal,
): Promise<string | null> {
  const base = backupPrefix(root, name);
  const found = await childrenOf(driver, base, signal);
  const meta = found.includes('meta/') ? await childrenOf(driver, metaPrefix(root, name), signal) : [];
  const logs = found.includes('binlogs/') ? await childrenOf(driver, binlogsPrefix(base), signal) : [];
  return (
    found.find((child) => !inFolder.has(child)) ??
    meta.find((child) => !inMeta.has(child)) ??
    logs.find((child) => !inBinlogs.has(child)) ??
    null
  );
}

/** Whether no object lies under a prefix. */
export async function isEmpty(driver: StorageDriver, prefix: string, signal?: AbortSignal): Promise<boolean> {
  for await (const _entry of driver.list(prefix, { signal })) return false;
  return true;
}

async function childrenOf(driver: StorageDriver, prefix: string, signal?: AbortSignal): Promise<string[]> {
  const children: string[] = [];
  for await (const entry of driver.list(prefix, { delimiter: '/', signal })) {
    const key = entry.type === 'object' ? entry.key : entry.prefix;
    // Some stores keep an empty object for the folder itself.
    if (key !== prefix) children.push(key.slice(prefix.length));
  }
  return children;
}

function notFound(name: string): BackupError {
  return new BackupError({
    code: 'BACKUP_NOT_FOUND',
    message: `backup ${name} not found`,
    remedy: 'see the names with `list`',
    details: { name },
  });
}

function notABackup(name: string, stranger: string): BackupError {
  return new BackupError({
    code: 'BACKUP_NOT_FOUND',
    message: `${name} is no backup: its folder holds ${stranger}`,
    remedy:
      'check the root path of the backup storage; remove such a folder with a tool of the store, if it is to go',
    details: { name, found: stranger },
  });
}
