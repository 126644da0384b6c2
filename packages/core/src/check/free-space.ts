import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Bytes that this user may still write in a directory, or where it would be made.
 * @param directory absolute
 * @throws Error of `statfs` other than that the directory is not there
 */
export async function freeSpace(directory: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(directory);
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!absent || parent === directory) throw error;
    return await freeSpace(parent);
  }
}
