import { createHash } from 'node:crypto';
import type { StorageDriver } from '../driver/driver.js';
import { isBackupError } from '../errors/index.js';
import { decodeLine, splitLines, unreadable } from './lines.js';
import type { ManifestItem } from './types.js';

/** Keys have at most 1 KiB in every store; nothing else in a line is longer. */
const maxLineBytes = 16 * 1024;

/**
 * The items of a manifest, in the order of writing. They can be trusted when the iteration has ended without an error: the
 * counts and the checksum stand in the last line.
 * @throws BackupError `META_UNREADABLE` when it is damaged or cut
 */
export async function* decodeManifest(
  chunks: AsyncIterable<Uint8Array>,
  key: string,
): AsyncGenerator<ManifestItem> {
  const hash = createHash('sha256');
  const sum = { objects: 0, bytes: 0, segments: 0, rows: 0 };
  let number = 0;
  let ended = false;
  for await (const bytes of splitLines(chunks, maxLineBytes, key)) {
    number += 1;
    if (ended) throw unreadable(key, 'goes on after its end');
    const item = decodeLine(bytes.toString('utf8'), number, key);
    if ((item.type === 'manifest') !== (number === 1)) throw unreadable(key, 'does not begin with its head');
    if (item.type === 'end') {
      const { type: _type, sha256, ...told } = item;
      const same = Object.entries(told).every(([name, value]) => sum[name as keyof typeof sum] === value);
      if (!same || hash.digest('hex') !== sha256) throw unreadable(key, 'does not have its own checksum');
      ended = true;
      continue;
    }
    hash.update(bytes).update('\n');
    if (item.type === 'object') {
      sum.objects += 1;
      sum.bytes += item.size;
      yield item;
    } else if (item.type === 'segment') {
      sum.segments += 1;
      sum.rows += item.rows;
      yield item;
    }
  }
  if (!ended) throw unreadable(key, 'is cut');
}

/**
 * The items of the manifest under a key; `null` when there is none, as in a backup of the Go tool.
 * @throws BackupError of the store; the iteration throws `META_UNREADABLE`
 */
export async function openManifest(
  driver: StorageDriver,
  key: string,
  signal?: AbortSignal,
): Promise<AsyncGenerator<ManifestItem> | null> {
  try {
    const { body } = await driver.get(key, { signal });
    return decodeManifest(body, key);
  } catch (error) {
    if (isBackupError(error) && error.code === 'OBJECT_NOT_FOUND') return null;
    throw error;
  }
}
