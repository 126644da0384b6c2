import { describe, expect, test } from 'vitest';
import type { StorageSection } from '../../src/config/types.js';
import { createMemoryDriver, type MemoryStore } from '../../src/driver/memory-driver.js';
import { isSameBucket, seesSameBucket } from '../../src/transfer/same-backend.js';
import { makeSection } from './sections.js';

describe('what two sections say', () => {
  test.each<[string, Partial<StorageSection>, boolean]>([
    ['the very same', {}, true],
    ['another root', { rootPath: 'backup' }, true],
    ['other credentials', { auth: { ...makeSection().auth, accessKeyID: 'other' } }, true],
    ['another name for S3', { provider: 's3' }, true],
    ['a host in other letters', { address: 'LocalHost.' }, true],
    ['a region that is named on one side only', { region: 'us-east-1' }, true],
    ['another bucket', { bucketName: 'b-bucket' }, false],
    ['a bucket of that name elsewhere', { address: 'elsewhere' }, false],
    ['another port', { port: 9001 }, false],
    ['TLS', { useSSL: true }, false],
    ['another kind of store', { provider: 'azure' }, false],
    ['a disk', { provider: 'local' }, false],
    ['a driver of its own', { driver: '@acme/driver' }, false],
  ])('%s', (_what, given, same) => {
    expect(isSameBucket(makeSection(), makeSection(given))).toBe(same);
    expect(isSameBucket(makeSection(given), makeSection())).toBe(same);
  });

  test('a port that is not written is the usual one', () => {
    const open = makeSection({ port: 0 });
    expect(isSameBucket(open, makeSection({ port: 80 }))).toBe(true);
    expect(isSameBucket(open, makeSection({ port: 443 }))).toBe(false);
    const safe = makeSection({ useSSL: true, port: 0 });
    expect(isSameBucket(safe, makeSection({ useSSL: true, port: 443 }))).toBe(true);
  });

  test('without an address the region is the address', () => {
    const here = makeSection({ provider: 'aws', address: '', region: 'eu-west-1' });
    expect(isSameBucket(here, { ...here })).toBe(true);
    expect(isSameBucket(here, { ...here, region: 'us-east-1' })).toBe(false);
  });

  test('accounts part Azure stores, folders part a disk', () => {
    const azure = makeSection({ provider: 'azure', accountName: 'one' });
    expect(isSameBucket(azure, { ...azure, accountName: 'two' })).toBe(false);
    const disk = makeSection({ provider: 'local', rootPath: '/data' });
    expect(isSameBucket(disk, { ...disk, bucketName: 'ignored', rootPath: '/data/' })).toBe(true);
    expect(isSameBucket(disk, { ...disk, rootPath: '/backup' })).toBe(false);
  });

  test('the options of a foreign driver may hold the place', () => {
    const here = makeSection({ driver: 'x', options: { folder: 'a' } });
    expect(isSameBucket(here, { ...here, options: { folder: 'a' } })).toBe(true);
    expect(isSameBucket(here, { ...here, options: { folder: 'b' } })).toBe(false);
  });
});

describe('what the stores show', () => {
  const end = (store: MemoryStore, bucket = 'a-bucket') => ({
    section: makeSection(),
    driver: createMemoryDriver({ store, bucket }),
  });

  test('one object seen from both sides', async () => {
    const store: MemoryStore = new Map();
    const [a, b] = [end(store), end(store)];
    await a.driver.put('key', Buffer.from('meta'));
    expect(await seesSameBucket(a, b, 'key')).toBe(true);
    expect(await seesSameBucket(a, b, 'absent')).toBe(false);
  });

  test('two tenants at one address, each with a bucket and an object of that name', async () => {
    const [a, b] = [end(new Map()), end(new Map())];
    await a.driver.put('key', Buffer.from('meta'));
    expect(await seesSameBucket(a, b, 'key')).toBe(false);
    await b.driver.put('key', Buffer.from('other'));
    expect(await seesSameBucket(a, b, 'key')).toBe(false);
  });
});
