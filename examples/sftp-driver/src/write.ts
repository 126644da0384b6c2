import { posix } from 'node:path';
import { BackupError } from '@milvus-backup/core/driver';
import type { Stats } from 'ssh2';
import type { Session } from './connection.js';
import { status, statusOf } from './errors.js';
import { badKey, temporaryName } from './paths.js';

/** What every server takes in one request. */
const chunkBytes = 32 * 1024;
/** Another run may remove a folder that has just become empty; then it is made again, this many times. */
const folderAttempts = 10;

export interface WriteJob {
  readonly session: Session;
  /** The bucket; never made or removed here. */
  readonly root: string;
  readonly path: string;
  readonly key: string;
  readonly ifNoneMatch: boolean;
  readonly requestsAtOnce: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Fills a temporary file beside `path` and gives it the name in one step. Whatever fails, nothing of it stays. */
export async function writeAtomically(job: WriteJob): Promise<Pick<Stats, 'size' | 'mtime'>> {
  const { path } = job;
  if (job.ifNoneMatch) await refuseExisting(job);
  const temporary = posix.join(posix.dirname(path), temporaryName());
  try {
    const handle = await createInFolder(job, temporary);
    const size = await fill(job, handle);
    const mtime = await stamp(job, temporary);
    await (job.ifNoneMatch ? nameOnce(job, temporary) : replace(job, temporary));
    return { size, mtime };
  } catch (error) {
    await cleanUp(job, temporary);
    throw error;
  }
}

/** Removes folders that are empty, upwards, never the bucket. One that another run has just filled stays. */
export async function pruneFolders(session: Session, root: string, folder: string): Promise<void> {
  for (let current = folder; current.length > root.length; current = posix.dirname(current)) {
    try {
      // Some servers (rclone) take rmdir for rm, and would remove a file of that name.
      if (!(await look(session, current))?.isDirectory()) return;
      await session.ask((sftp, done) => sftp.rmdir(current, done));
    } catch (error) {
      if (statusOf(error) !== undefined) return;
      throw error;
    }
  }
}

/** Facts about a path, links not followed; `null` when there is nothing. */
export async function look(session: Session, path: string): Promise<Stats | null> {
  try {
    return await session.ask<Stats>((sftp, done) => sftp.lstat(path, done));
  } catch (error) {
    if (statusOf(error) === status.noSuchFile) return null;
    throw error;
  }
}

/** Makes the missing folders of a path below `from`, which is there. */
export async function makeFolders(session: Session, from: string, folder: string): Promise<void> {
  if (folder.length <= from.length || (await look(session, folder)) !== null) return;
  await makeFolders(session, from, posix.dirname(folder));
  try {
    await session.ask((sftp, done) => sftp.mkdir(folder, done));
  } catch (error) {
    // Made by another meanwhile, or a file is in the way: the next step tells.
    if (statusOf(error) !== status.failure) throw error;
  }
}

async function createInFolder(job: WriteJob, temporary: string): Promise<Buffer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await job.session.ask<Buffer>((sftp, done) => sftp.open(temporary, 'wx', done));
    } catch (error) {
      if (statusOf(error) === undefined || attempt === folderAttempts) throw error;
      await refuseFileAbove(job);
      if (attempt > 1 && statusOf(error) !== status.noSuchFile) throw error;
    }
    await makeFolders(job.session, job.root, posix.dirname(job.path)).catch((error: unknown) => {
      // The folder above may have been removed meanwhile; the bucket may be missing, which the last attempt tells.
      if (statusOf(error) !== status.noSuchFile) throw error;
    });
  }
}

async function refuseFileAbove({ session, root, path, key }: WriteJob): Promise<void> {
  for (let folder = posix.dirname(path); folder.length > root.length; folder = posix.dirname(folder)) {
    const found = await look(session, folder);
    if (found?.isFile()) throw badKey(key, `lies below ${folder}, which is a file`);
    if (found !== null) return;
  }
}

async function fill({ session, chunks, requestsAtOnce }: WriteJob, handle: Buffer): Promise<number> {
  let size = 0;
  const pending = new Set<Promise<void>>();
  const failures: unknown[] = [];
  try {
    for await (const chunk of chunks) {
      for (let from = 0; from < chunk.length; from += chunkBytes) {
        const part = Buffer.from(
          chunk.buffer,
          chunk.byteOffset + from,
          Math.min(chunkBytes, chunk.length - from),
        );
        const at = size;
        const write = session
          .ask((sftp, done) => sftp.write(handle, part, 0, part.length, at, done))
          .catch((error: unknown) => {
            failures.push(error);
          })
          .finally(() => pending.delete(write));
        pending.add(write);
        size += part.length;
        if (pending.size >= requestsAtOnce) await Promise.race(pending);
        if (failures.length > 0) throw failures[0];
      }
    }
  } finally {
    await Promise.all(pending);
    if (session.has('fsync')) await session.ask((sftp, done) => sftp.ext_openssh_fsync(handle, done));
    await session.ask((sftp, done) => sftp.close(handle, done));
  }
  if (failures.length > 0) throw failures[0];
  return size;
}

/** A later second than that of the file that is replaced, so that the etag changes. */
async function stamp({ session, path, key }: WriteJob, temporary: string): Promise<number> {
  const made = await session.ask<Stats>((sftp, done) => sftp.stat(temporary, done));
  const old = await look(session, path);
  if (old?.isDirectory()) throw badKey(key, 'is the name of a folder');
  if (old === null || old.mtime < made.mtime) return made.mtime;
  const later = old.mtime + 1;
  await session.ask((sftp, done) => sftp.utimes(temporary, later, later, done));
  return later;
}

async function replace({ session, path }: WriteJob, temporary: string): Promise<void> {
  if (!session.has('posix-rename')) throw unsupported('posix-rename', 'replace a file in one step');
  await session.ask((sftp, done) => sftp.ext_openssh_rename(temporary, path, done));
}

/** A hard link is made or not made, whoever else tries; a rename could replace. */
async function nameOnce(job: WriteJob, temporary: string): Promise<void> {
  const { session, path } = job;
  if (!session.has('hardlink')) throw unsupported('hardlink', 'keep two writers apart');
  try {
    await session.ask((sftp, done) => sftp.ext_openssh_hardlink(temporary, path, done));
  } catch (error) {
    if (statusOf(error) === status.failure) await refuseExisting(job);
    if (statusOf(error) === status.unsupported)
      throw unsupported('hardlink', 'keep two writers apart', error);
    throw error;
  }
  await session.ask((sftp, done) => sftp.unlink(temporary, done));
}

async function refuseExisting({ session, path, key }: WriteJob): Promise<void> {
  const found = await look(session, path);
  if (found === null) return;
  if (found.isDirectory()) throw badKey(key, 'is the name of a folder');
  throw new BackupError({
    code: 'PRECONDITION_FAILED',
    message: `the file "${key}" exists already`,
    details: { key },
  });
}

/** Nothing of a failed write stays, unless the connection itself is gone, which is then what the caller is told. */
async function cleanUp({ session, root, path }: WriteJob, temporary: string): Promise<void> {
  await session.ask((sftp, done) =>
    sftp.unlink(temporary, (error) => done(statusOf(error) === undefined ? error : null)),
  );
  await pruneFolders(session, root, posix.dirname(path));
}

function unsupported(extension: string, purpose: string, cause?: unknown): BackupError {
  return new BackupError({
    code: 'UNSUPPORTED',
    message: `the SFTP server has no ${extension}@openssh.com, without which nobody can ${purpose}`,
    remedy: 'use OpenSSH or a server with its extensions, or another store',
    cause,
  });
}
