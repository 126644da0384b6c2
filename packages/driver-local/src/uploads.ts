import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfAborted, type UnfinishedUpload } from '@milvus-backup/core/driver';
import { errnoOf } from './errors.js';
import { isTemporary } from './paths.js';

/** Temporary files whose keys begin with a prefix: of writes that go on, or whose process died. Links are not followed. */
export async function* findTemporary(
  directory: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<UnfinishedUpload> {
  const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  yield* walk(directory, start, prefix, signal);
}

async function* walk(
  directory: string,
  folder: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<UnfinishedUpload> {
  throwIfAborted(signal);
  const entries = await orGone(readdir(join(directory, folder), { withFileTypes: true }), []);
  for (const entry of entries) {
    const key = folder + entry.name;
    // A temporary file stands in the folder of its key: what begins with the prefix may be the file's folder alone.
    if (entry.isDirectory() && (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`))) {
      yield* walk(directory, `${key}/`, prefix, signal);
    } else if (entry.isFile() && isTemporary(entry.name) && folder.startsWith(prefix)) {
      const stats = await orGone(lstat(join(directory, key)), null);
      if (stats) yield { key, id: key, changedAt: stats.mtime, bytes: stats.size };
    }
  }
}

/** What is renamed or removed while it is looked at is finished. */
async function orGone<T>(call: Promise<T>, gone: T): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return gone;
    throw error;
  }
}
