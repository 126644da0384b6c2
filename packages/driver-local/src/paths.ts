import { randomUUID } from 'node:crypto';
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackupError, invalidKey } from '@milvus-backup/core/driver';
import { errnoOf } from './errors.js';

const temporaryPrefix = '.milvus-backup-tmp-';
/** Bytes; the limit of every file system that we know of. */
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
  if (reason === null) return;
  throw new BackupError({
    code: 'INVALID_KEY',
    message: `the key "${key}" ${reason}`,
    remedy: 'use another name, or an object store',
    details: { key },
  });
}

/** Where the file of a key stands; not yet proven to be inside the directory. */
export function pathOf(directory: string, key: string): string {
  return join(directory, ...key.split('/'));
}

/**
 * Proves that the folder of `path` is reached from `directory` without a symbolic link.
 * @throws BackupError `INVALID_KEY` for a link, `BUCKET_NOT_FOUND` without the directory; Node's ENOENT without the folder
 */
export async function checkFolder(directory: string, path: string): Promise<void> {
  const root = await realDirectory(directory);
  const folder = dirname(path);
  const expected = join(root, folder.slice(directory.length));
  if ((await realpath(folder)) !== expected) throw linked(folder);
}

/** A file may be replaced by another write while it is opened; then it is opened again, this many times. */
const openAttempts = 10;

/**
 * Opens a file that is proven to be inside the directory, also when somebody puts a link on the way between the look and
 * the opening.
 * @throws BackupError as {@link checkFolder}; Node's ELOOP when the file itself is a link
 */
export async function openInside(directory: string, path: string, flags: number): Promise<FileHandle> {
  for (let attempt = 1; ; attempt += 1) {
    await checkFolder(directory, path);
    const file = await open(path, flags);
    try {
      if (await standsInside(directory, path, file)) return file;
    } catch (error) {
      await file.close();
      throw error;
    }
    await file.close();
    if (attempt === openAttempts) {
      throw Object.assign(new Error(`${path} is replaced again and again`), { code: 'ESTALE' });
    }
  }
}

/** Whether an open file is the one that stands at `path`, reached without links. */
export async function standsInside(directory: string, path: string, file: FileHandle): Promise<boolean> {
  await checkFolder(directory, path);
  const [opened, standing] = await Promise.all([file.stat({ bigint: true }), lstat(path, { bigint: true })]);
  return opened.dev === standing.dev && opened.ino === standing.ino;
}

export function linked(path: string): BackupError {
  return new BackupError({
    code: 'INVALID_KEY',
    message: `${path} is a symbolic link, or below one`,
    remedy: 'links could lead out of the directory and are refused; put the file itself there',
    details: { path },
  });
}

/** The directory itself may be a link: whoever wrote the configuration chose it. */
async function realDirectory(directory: string): Promise<string> {
  try {
    return await realpath(directory);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw missingDirectory(directory, error);
    throw error;
  }
}

export function missingDirectory(directory: string, cause?: unknown): BackupError {
  return new BackupError({
    code: 'BUCKET_NOT_FOUND',
    message: `there is no directory ${directory}`,
    remedy: 'create the directory, or correct rootPath in the configuration',
    cause,
    details: { directory },
  });
}

function invalidName(key: string): string | null {
  if (key.endsWith('/')) return 'ends with a slash, which no file can';
  for (const part of key.split('/')) {
    if (Buffer.byteLength(part) > maxNameBytes) return `has a part of more than ${maxNameBytes} bytes`;
    if (isTemporary(part)) return `has a part that begins with ${temporaryPrefix}, kept for unfinished files`;
  }
  return null;
}
