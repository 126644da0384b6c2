import { BackupError } from '../../errors/index.js';
import type { BundlePlace } from './place.js';

/** Below the backup's folder. */
export const bundleFolder = 'bundle';

/**
 * Where the metadata of an exported snapshot lies, below the backup's folder. Milvus may call its place by other words than those
 * that it was told: `https://endpoint/bucket/key` for `s3://bucket/key`.
 * @param place of the bundle
 * @throws BackupError `MILVUS_ERROR` for one outside of the place
 */
export function metadataPathOf(uri: string, place: Pick<BundlePlace, 'bucket' | 'key' | 'uri'>): string {
  const start = `${place.bucket}/${place.key}/`;
  for (const path of [...bucketPaths(uri), ...bucketPaths(decoded(uri))]) {
    if (!path.startsWith(start)) continue;
    const inside = path.slice(start.length);
    if (inside !== '' && !/(?:^|\/)\.{0,2}(?:\/|$)|[\\%\p{Cc}]/u.test(inside))
      return `${bundleFolder}/${inside}`;
  }
  throw new BackupError({
    code: 'MILVUS_ERROR',
    message: `Milvus wrote the snapshot to ${uri.slice(0, 512)}, which is not below ${place.uri}`,
    remedy: 'take the backup with --format binlog, and report this version of Milvus',
  });
}

/** `bucket/key`, where the bucket is the host, or where it comes after the host. */
function bucketPaths(uri: string): string[] {
  const rest = /^[a-z][a-z0-9+.-]*:\/\/([^?#]*)$/i.exec(uri)?.[1];
  if (rest === undefined) return [];
  const slash = rest.indexOf('/');
  return slash < 0 ? [] : [rest, rest.slice(slash + 1)];
}

function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return '';
  }
}

/** The collection that a path of metadata is of; `null` where the path does not say. */
export function collectionOfMetadata(path: string): bigint | null {
  const [, id] = /\/snapshots\/(\d+)\/metadata\/[^/]+$/.exec(path) ?? [];
  return id === undefined ? null : BigInt(id);
}
