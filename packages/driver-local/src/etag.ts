import type { BigIntStats } from 'node:fs';
import type { ObjectInfo } from '@milvus-backup/core/driver';

/** Changes with every write: a write makes a new inode, an edit in place a new time. */
export function etagOf(stats: BigIntStats): string {
  return [stats.mtimeNs, stats.size, stats.ino].map((value) => value.toString(16)).join('-');
}

export function infoOf(key: string, stats: BigIntStats): ObjectInfo {
  return { key, size: Number(stats.size), etag: etagOf(stats), lastModified: stats.mtime };
}
