import type { StorageDriver } from '../driver/driver.js';
import { BackupError } from '../errors/index.js';
import { checkExistingBackupName, type MetaFileName, metaKey, metaPrefix } from '../layout/index.js';
import { readText } from '../transfer/read-text.js';
import { unreadable } from './codec.js';
import { decodeFullMeta } from './files.js';
import { decodeLevelled, decodeSnapshotLevelled } from './levelled.js';
import type { BackupMeta } from './types.js';
import { validateMeta } from './validate.js';

/** Bytes. The engine's longest string is 2^29 − 24 characters; a file beyond it could only be held in pieces. */
export const maxMetaFileSize = 2 ** 29 - 24;

/** Bytes of a `full_meta.json` that is read for a listing. */
const smallTree = 4 * 1024 * 1024;

export interface MetaCallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The metadata of one backup, checked: `full_meta.json` when it is there, else the tree joined from the four levelled files. A
 * broken `full_meta.json` is an error and no reason to fall back, as with the peer.
 * @param root cleaned
 * @throws BackupError `BACKUP_NOT_FOUND` without `backup_meta.json`: such a backup was not committed, or is being deleted;
 * `META_UNREADABLE` naming file and place, `META_UNSAFE`, `INVALID_BACKUP_NAME`
 */
export async function readBackupMeta(
  driver: StorageDriver,
  root: string,
  name: string,
  options: MetaCallOptions = {},
): Promise<BackupMeta> {
  checkExistingBackupName(name);
  const read = (file: MetaFileName): Promise<string | null> =>
    readText(driver, metaKey(root, name, file), maxMetaFileSize, options.signal);
  if (!(await backupMetaExists(driver, root, name, options))) throw notFound(name);
  const full = await read('full_meta.json');
  const meta = full === null ? await readLevelled(read, name) : decodeFullMeta(full);
  validateMeta(meta);
  return meta;
}

/**
 * What a listing shows of a backup: id, name, size, version. The whole tree is read, and so proven to be readable, only while it
 * is small: a listing must not hold hundreds of megabytes.
 * @throws BackupError as {@link readBackupMeta}
 */
export async function readBackupHead(
  driver: StorageDriver,
  root: string,
  name: string,
  options: MetaCallOptions = {},
): Promise<BackupMeta> {
  checkExistingBackupName(name);
  const full = await driver.head(metaKey(root, name, 'full_meta.json'), options);
  if (full === null || full.size <= smallTree) return await readBackupMeta(driver, root, name, options);
  const text = await readText(driver, metaKey(root, name, 'backup_meta.json'), smallTree, options.signal);
  if (text === null) throw notFound(name);
  return decodeFullMeta(text);
}

/** Whether the backup has its `backup_meta.json`, the file written last and the peer's test for existence. */
export async function backupMetaExists(
  driver: StorageDriver,
  root: string,
  name: string,
  options: MetaCallOptions = {},
): Promise<boolean> {
  checkExistingBackupName(name);
  return (await driver.head(metaKey(root, name, 'backup_meta.json'), options)) !== null;
}

/** Bytes of the files directly under `meta/`, what the peer calls `meta_size`; our own `meta/ts/` is not counted. */
export async function measureMeta(
  driver: StorageDriver,
  root: string,
  name: string,
  options: MetaCallOptions = {},
): Promise<number> {
  let size = 0;
  for await (const entry of driver.list(metaPrefix(root, name), { ...options, delimiter: '/' })) {
    if (entry.type === 'object') size += entry.size;
  }
  return size;
}

async function readLevelled(
  read: (file: MetaFileName) => Promise<string | null>,
  name: string,
): Promise<BackupMeta> {
  const need = async (file: MetaFileName): Promise<string> => {
    const text = await read(file);
    if (text === null) throw unreadable([file], `is missing from backup ${name}, and so is full_meta.json`);
    return text;
  };
  const [backup, collection] = await Promise.all([need('backup_meta.json'), need('collection_meta.json')]);
  if (decodeFullMeta(backup).format === 'snapshot') return decodeSnapshotLevelled({ backup, collection });
  const [partition, segment] = await Promise.all([need('partition_meta.json'), need('segment_meta.json')]);
  return decodeLevelled({ backup, collection, partition, segment });
}

function notFound(name: string): BackupError {
  return new BackupError({
    code: 'BACKUP_NOT_FOUND',
    message: `backup ${name} not found`,
    remedy: 'see the names with `list`; check the bucket and root path of the backup storage',
    details: { name },
  });
}
