import { randomUUID } from 'node:crypto';
import { BackupError, invalidKey, type ObjectInfo } from '@milvus-backup/core/driver';
import type { Stats } from 'ssh2';

const temporaryPrefix = '.milvus-backup-tmp-';
/** Bytes; the limit of the file systems behind SFTP servers. */
const maxNameBytes = 255;

/** A name for a file that is being written; never listed, read or taken as a key. */
export function temporaryName(): string {
  return `${temporaryPrefix}${randomUUID()}`;
}

export function isTemporary(name: string): boolean {
  return name.startsWith(temporaryPrefix);
}

/** @throws BackupError `INVALID_KEY` for keys that no file can have */
export function checkKey(key: string): void {
  const reason = invalidKey(key) ?? invalidName(key);
  if (reason !== null) throw badKey(key, reason);
}

export function badKey(key: string, reason: string): BackupError {
  return new BackupError({
    code: 'INVALID_KEY',
    message: `the key "${key}" ${reason}`,
    remedy: 'use another name, or an object store',
    details: { key },
  });
}

/**
 * SFTP 3 tells times in seconds. The etag still changes with every write, since a write gives the file a later second than
 * that of the file it replaces.
 */
export function infoOf(key: string, { size, mtime }: Pick<Stats, 'size' | 'mtime'>): ObjectInfo {
  const etag = `${mtime.toString(16)}-${size.toString(16)}`;
  return { key, size, etag, lastModified: new Date(mtime * 1000) };
}

function invalidName(key: string): string | null {
  if (key.endsWith('/')) return 'ends with a slash, which no file can';
  for (const part of key.split('/')) {
    if (Buffer.byteLength(part) > maxNameBytes) return `has a part of more than ${maxNameBytes} bytes`;
    if (isTemporary(part)) return `has a part that begins with ${temporaryPrefix}, kept for unfinished files`;
  }
  return null;
}
