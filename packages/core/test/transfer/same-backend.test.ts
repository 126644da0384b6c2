import { describe, expect, test } from 'vitest';
import type { StorageSection } from '../../src/config/types.js';
import { isSameBackend, isSameBucket } from '../../src/transfer/same-backend.js';
import { makeSection } from './sections.js';

describe('isSameBackend', () => {
  test.each<[string, Partial<StorageSection>, boolean]>([
    ['the very same', {}, true],
    ['another bucket and root', { bucketName: 'b-bucket', rootPath: 'other' }, true],
    ['other credentials', { auth: { ...makeSection().auth, accessKeyID: 'other' } }, true],
    ['another name for S3', { provider: 's3' }, true],
    ['a host in other letters', { address: 'LocalHost' }, true],
    ['another host', { address: 'elsewhere' }, false],
    ['another port', { port: 9001 }, false],
    ['TLS', { useSSL: true }, false],
    ['another region', { region: 'eu-west-1' }, false],
    ['another kind of store', { provider: 'azure' }, false],
    ['a disk', { provider: 'local' }, false],
    ['a driver of its own', { driver: '@acme/driver' }, false],
  ])('%s', (_what, given, same) => {
    expect(isSameBackend(makeSection(), makeSection(given))).toBe(same);
    expect(isSameBackend(makeSection(given), makeSection())).toBe(same);
  });

  test('accounts part Azure stores, folders do not part a disk', () => {
    const azure = makeSection({ provider: 'azure', accountName: 'one' });
    expect(isSameBackend(azure, { ...azure, accountName: 'two' })).toBe(false);
    const disk = makeSection({ provider: 'local', rootPath: '/data' });
    expect(isSameBackend(disk, { ...disk, rootPath: '/backup', address: 'ignored' })).toBe(true);
  });
});

describe('isSameBucket', () => {
  test.each<[string, Partial<StorageSection>, boolean]>([
    ['another root', { rootPath: 'backup' }, true],
    ['another bucket', { bucketName: 'b-bucket' }, false],
    ['a bucket of that name elsewhere', { address: 'elsewhere' }, false],
  ])('%s', (_what, given, same) => {
    expect(isSameBucket(makeSection(), makeSection(given))).toBe(same);
  });

  test('on a disk the folder is the bucket', () => {
    const disk = makeSection({ provider: 'local', rootPath: '/data' });
    expect(isSameBucket(disk, { ...disk, bucketName: 'ignored' })).toBe(true);
    expect(isSameBucket(disk, { ...disk, rootPath: '/backup' })).toBe(false);
  });
});
