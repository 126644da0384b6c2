import type { StorageSection } from '../config/types.js';
import type { ObjectInfo, StorageDriver } from '../driver/driver.js';
import { isBackupError } from '../errors/index.js';

/** One end, as far as it matters here. */
interface End {
  readonly section: StorageSection;
  readonly driver: StorageDriver;
}

/**
 * Whether an object of one is an object of the other under the same key, so that Milvus can import it in place. Both
 * the configuration must say so and the object at `key` must be the same seen from both sides: one address may serve
 * several tenants with buckets of one name. A wrong `false` costs a copy, a wrong `true` would import from a wrong place.
 */
export async function seesSameBucket(a: End, b: End, key: string, signal?: AbortSignal): Promise<boolean> {
  if (!isSameBucket(a.section, b.section)) return false;
  const [mine, other] = await Promise.all([a, b].map((end) => look(end, key, signal)));
  return (
    mine != null &&
    other != null &&
    mine.size === other.size &&
    mine.etag === other.etag &&
    mine.lastModified?.getTime() === other.lastModified?.getTime()
  );
}

/** A side that may not look gives no proof. */
async function look(
  { driver }: End,
  key: string,
  signal: AbortSignal | undefined,
): Promise<ObjectInfo | null> {
  try {
    return await driver.head(key, { signal });
  } catch (error) {
    if (isBackupError(error) && error.code === 'STORAGE_AUTH') return null;
    throw error;
  }
}

/** What the two sections say by themselves. Names of providers are not compared: `minio` and `s3` at one address are one store. */
export function isSameBucket(a: StorageSection, b: StorageSection): boolean {
  if (driverKind(a) !== driverKind(b)) return false;
  if (a.provider === 'local' && b.provider === 'local') return trimEnd(a.rootPath) === trimEnd(b.rootPath);
  // What the options of a foreign driver mean is not known here; the place may be one of them.
  if (a.driver && JSON.stringify(a.options) !== JSON.stringify(b.options)) return false;
  return endpointOf(a) === endpointOf(b) && a.accountName === b.accountName && a.bucketName === b.bucketName;
}

const s3Family = new Set(['minio', 's3', 'aws', 'gcp', 'aliyun', 'tencent', 'hwc']);

function driverKind(section: StorageSection): string {
  if (section.driver) return section.driver;
  return s3Family.has(section.provider) ? 's3' : section.provider;
}

/** The region counts only where it makes the address: under one address a bucket's name is enough. */
function endpointOf({ address, port, useSSL, region }: StorageSection): string {
  const host = address.trim().toLowerCase().replace(/\.$/, '');
  const usual = useSSL ? 443 : 80;
  return JSON.stringify([host, port || usual, useSSL, host === '' ? region : '']);
}

function trimEnd(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}
