import { constants } from 'node:fs';
import { copyFile, type FileHandle, open } from 'node:fs/promises';
import { errnoOf } from './errors.js';

const chunkBytes = 1024 * 1024;
const mode = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;

/**
 * Copies an open file into a new one and gives that, open. Not by name, which could mean another file by now: by Linux's
 * names for open files, so that a file system can share the blocks, and by reading where there are none.
 */
export async function copyOpenFile(source: FileHandle, target: string): Promise<FileHandle> {
  try {
    await copyFile(`/proc/self/fd/${source.fd}`, target, mode);
    return await open(target, 'r');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  return copyByReading(source, target);
}

async function copyByReading(source: FileHandle, target: string): Promise<FileHandle> {
  const file = await open(target, 'wx', (await source.stat()).mode);
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (let from = 0; ; ) {
      const { bytesRead } = await source.read(buffer, 0, chunkBytes, from);
      if (bytesRead === 0) return file;
      from += bytesRead;
      for (let offset = 0; offset < bytesRead; ) {
        offset += (await file.write(buffer, offset, bytesRead - offset)).bytesWritten;
      }
    }
  } catch (error) {
    await file.close();
    throw error;
  }
}
