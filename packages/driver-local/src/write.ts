import type { BigIntStats } from 'node:fs';
import { type FileHandle, link, lstat, open, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackupError } from '@milvus-backup/core/driver';
import { errnoOf } from './errors.js';
import { makeFolders } from './folders.js';
import { checkFolder, linked, standsInside, temporaryName } from './paths.js';

/** Another run may remove a folder that has just become empty; then it is made again, this many times. */
const folderAttempts = 10;

export interface WriteJob {
  readonly directory: string;
  readonly path: string;
  readonly ifNoneMatch: boolean;
}

/**
 * Makes and fills a temporary file beside `path`, makes it durable, and gives it the name in one step. Whatever
 * fails, nothing of it stays.
 */
export async function writeAtomically(
  job: WriteJob,
  create: (temporary: string) => Promise<FileHandle>,
  fill: (file: FileHandle) => Promise<void>,
): Promise<BigIntStats> {
  if (job.ifNoneMatch) await refuseExisting(job.path);
  const temporary = join(dirname(job.path), temporaryName());
  try {
    const file = await createInFolder(job, () => create(temporary));
    const stats = await finish(file, async () => {
      if (!(await standsInside(job.directory, temporary, file))) throw linked(temporary);
      await fill(file);
    });
    await checkFolder(job.directory, job.path);
    await (job.ifNoneMatch ? nameOnce(temporary, job.path) : rename(temporary, job.path));
    await syncFolder(dirname(job.path));
    return stats;
  } catch (error) {
    await rm(temporary, { force: true });
    await pruneFolders(job.directory, dirname(job.path));
    throw error;
  }
}

/** Removes folders that are empty, upwards, never the directory itself. */
export async function pruneFolders(directory: string, folder: string): Promise<void> {
  for (let current = folder; current.length > directory.length; current = dirname(current)) {
    try {
      await rmdir(current);
    } catch (error) {
      if (keepsFolder.has(errnoOf(error))) return;
      throw error;
    }
  }
}

/** Not empty, gone already, or not ours to remove: an empty folder does no harm. */
const keepsFolder: ReadonlySet<string> = new Set([
  'ENOTEMPTY',
  'EEXIST',
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'EBUSY',
  'EROFS',
]);

async function finish(file: FileHandle, fill: () => Promise<void>): Promise<BigIntStats> {
  try {
    await fill();
    await file.sync();
    return await file.stat({ bigint: true });
  } finally {
    await file.close();
  }
}

async function createInFolder<T>(job: WriteJob, create: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await makeFolder(job);
      return await create();
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || attempt === folderAttempts) throw error;
    }
  }
}

async function makeFolder({ directory, path }: WriteJob): Promise<void> {
  const folder = dirname(path);
  try {
    await checkFolder(directory, path);
    return;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  const first = await makeFolders(folder).catch((error: unknown) => explain(folder, error));
  await checkFolder(directory, path);
  if (first !== undefined) await syncFolder(dirname(first));
}

/**
 * ENOTDIR or EEXIST mean a file in the way, but also when a folder vanishes under its hands; only a look
 * at the path tells.
 */
async function explain(folder: string, error: unknown): Promise<never> {
  if (errnoOf(error) !== 'ENOTDIR' && errnoOf(error) !== 'EEXIST') throw error;
  const found = await stat(folder);
  throw Object.assign(new Error(`${folder} is in the way`, { cause: error }), {
    code: found.isDirectory() ? 'ENOENT' : 'ENOTDIR',
  });
}

/** A hard link is made or not made, whoever else tries; a rename would replace. */
async function nameOnce(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') await refuseExisting(path);
    if (!noLinks.has(errnoOf(error))) throw error;
    throw new BackupError({
      code: 'UNSUPPORTED',
      message: `the file system of ${path} has no hard links, so two writers could not be kept apart`,
      remedy: 'use a directory on another file system, or an object store',
      cause: error,
    });
  }
  await rm(temporary);
}

const noLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

async function refuseExisting(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw error;
  });
  if (found === null) return;
  throw Object.assign(new Error(`${path} exists`), { code: found.isDirectory() ? 'EISDIR' : 'EEXIST' });
}

/** Makes names durable. Not every file system lets a folder be opened for that; those do it by themselves. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!['EISDIR', 'EINVAL', 'EPERM', 'EACCES', 'ENOTSUP', 'ENOENT'].includes(errnoOf(error))) throw error;
  }
}
