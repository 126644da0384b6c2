import type { StorageSection } from '../config/types.js';

/**
 * Whether one store serves both sections, so that it can copy between them by itself: same kind of driver at
 * the same endpoint. Buckets may differ. Names of providers are not compared: `minio` and `s3` at one address are one store.
 */
export function isSameBackend(a: StorageSection, b: StorageSection): boolean {
  if (driverKind(a) !== driverKind(b)) return false;
  if (a.provider === 'local' && b.provider === 'local') return true;
  return (
    a.address.toLowerCase() === b.address.toLowerCase() &&
    a.port === b.port &&
    a.useSSL === b.useSSL &&
    a.region === b.region &&
    a.accountName === b.accountName
  );
}

/** Whether an object of one is an object of the other under the same key: Milvus can import in place. */
export function isSameBucket(a: StorageSection, b: StorageSection): boolean {
  if (!isSameBackend(a, b)) return false;
  return a.provider === 'local' ? a.rootPath === b.rootPath : a.bucketName === b.bucketName;
}

const s3Family = new Set(['minio', 's3', 'aws', 'gcp', 'aliyun', 'tencent', 'hwc']);

function driverKind(section: StorageSection): string {
  if (section.driver) return section.driver;
  return s3Family.has(section.provider) ? 's3' : section.provider;
}
