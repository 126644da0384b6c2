import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BackupError } from '@milvus-backup/core/driver';
import { errnoOf } from './errors.js';

/**
 * Makes the directory that stands for a bucket.
 * @throws BackupError `STORAGE_ERROR` where the file system takes no new folders; else what `mkdir` throws
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await makeFolders(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw new BackupError({
      code: 'STORAGE_ERROR',
      message: `the file system lets nobody make the directory ${path}`,
      remedy: 'choose a directory on a disk, or look whether the disk is mounted',
      cause: error,
    });
  }
}

/**
 * Makes a folder and the missing ones above it, and gives the topmost that was made; nothing when all were there. Node's own
 * `recursive` never ends where a file system answers ENOENT for a name in a folder that is there (/proc, automounts).
 * @throws what `mkdir` throws; ENOENT also when a folder above vanished meanwhile
 */
export async function makeFolders(path: string): Promise<string | undefined> {
  let above: string | undefined;
  try {
    return (await makeOne(path)) ? path : undefined;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    above = await makeFolders(dirname(path));
  }
  return (await makeOne(path)) ? (above ?? path) : above;
}

async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' && (await stat(path)).isDirectory()) return false;
    throw error;
  }
}
