import type { StorageDriver } from '../driver/driver.js';
import { BackupError, isBackupError } from '../errors/index.js';
import { checkExistingBackupName, type MetaFileName, metaKey, metaPrefix } from '../layout/index.js';
import { unreadable } from './codec.js';
import { decodeFullMeta } from './files.js';
import { decodeLevelled } from './levelled.js';
import type { BackupMeta } from './types.js';
import { validateMeta } from './validate.js';

/** Bytes. The engine's longest string is 2^29 − 24 characters; a file beyond it could only be held in pieces. */
export const maxMetaFileSize = 2 ** 29 - 24;

export interface MetaCallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The metadata of one backup, checked: `full_meta.json` when it is there, else the tree joined from the four levelled files. A
 * broken `full_meta.json` is an error and no reason to fall back, as with the peer.
 * @param root cleaned
 * @throws BackupError `BACKUP_NOT_FOUND` when neither `full_meta.json` nor `backup_meta.json` is there,
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
    readMetaFile(driver, metaKey(root, name, file), file, options);
  const full = await read('full_meta.json');
  const meta = full === null ? await readLevelled(read, name) : decodeFullMeta(full);
  validateMeta(meta);
  return meta;
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
  const backup = await read('backup_meta.json');
  if (backup === null) {
    throw new BackupError({
      code: 'BACKUP_NOT_FOUND',
      message: `backup ${name} not found`,
      remedy: 'check the name with list, and the bucket and root path of the backup storage',
      details: { name },
    });
  }
  const need = async (file: MetaFileName): Promise<string> => {
    const text = await read(file);
    if (text === null) throw unreadable([file], `is missing from backup ${name}, and so is full_meta.json`);
    return text;
  };
  const [collection, partition, segment] = await Promise.all([
    need('collection_meta.json'),
    need('partition_meta.json'),
    need('segment_meta.json'),
  ]);
  return decodeLevelled({ backup, collection, partition, segment });
}

/** @returns null when the object is absent */
async function readMetaFile(
  driver: StorageDriver,
  key: string,
  file: MetaFileName,
  options: MetaCallOptions,
): Promise<string | null> {
  try {
    const { body, info } = await driver.get(key, options);
    if (info.size > maxMetaFileSize) body.destroy();
    refuseTooLarge(file, info.size);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      refuseTooLarge(file, size);
      chunks.push(chunk);
    }
    // as the peer: bytes that are no UTF-8 become U+FFFD, which old default values hold
    return new TextDecoder().decode(Buffer.concat(chunks, size));
  } catch (error) {
    if (isBackupError(error) && error.code === 'OBJECT_NOT_FOUND') return null;
    throw error;
  }
}

function refuseTooLarge(file: MetaFileName, size: number): void {
  if (size <= maxMetaFileSize) return;
  throw new BackupError({
    code: 'META_UNREADABLE',
    message: `${file}: is larger than ${maxMetaFileSize} bytes`,
    remedy: 'back up fewer collections at once, so that each backup has less metadata',
    details: { file, size },
  });
}
