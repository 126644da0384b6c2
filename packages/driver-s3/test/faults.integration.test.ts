import { buffer } from 'node:stream/consumers';
import {
  createManagedDriver,
  isBackupError,
  type StorageDriver,
  type StorageSection,
} from '@milvus-backup/core/driver';
import { freePort, type S3Server, startS3 } from '@milvus-backup/test-support';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { driverPlugin } from '../src/index.js';
import { type FaultProxy, startFaultProxy } from './fault-proxy.js';
import { sectionOf } from './sections.js';

let server: S3Server;
let proxy: FaultProxy;
const open: StorageDriver[] = [];

beforeAll(async () => {
  server = await startS3({ buckets: ['faults'] });
});
afterAll(() => server?.stop());
beforeEach(async () => {
  proxy = await startFaultProxy(server);
});
afterEach(async () => {
  for (const driver of open.splice(0)) await driver.close();
  await proxy.close();
});

function openDriver(changes: Partial<StorageSection> = {}): StorageDriver {
  const section = { ...sectionOf(server, 'faults'), port: proxy.port, ...changes };
  const driver = driverPlugin.createDriver(section, { env: {}, cwd: '/' });
  open.push(driver);
  return driver;
}

const errorOf = async (call: Promise<unknown>): Promise<object> =>
  call.then(
    () => ({ code: 'resolved' }),
    (error: unknown) => (isBackupError(error) ? error : { code: 'foreign', error }),
  );

const content = Buffer.alloc(3_000_000, 'some content');

describe('downloads', () => {
  it('a connection that is cut fails the stream, retryable', async () => {
    const driver = openDriver();
    await driver.put('key', content);
    proxy.decide = (method) => (method === 'GET' ? { kind: 'cut', after: 1_000_000 } : undefined);
    const { body } = await driver.get('key');
    expect(await errorOf(buffer(body))).toMatchObject({ code: 'STORAGE_UNREACHABLE', retryable: true });
  });

  it('the managed driver goes on at the offset', async () => {
    const driver = createManagedDriver(openDriver());
    await driver.put('key', content);
    let cuts = 3;
    proxy.decide = (method) => {
      if (method !== 'GET' || cuts === 0) return undefined;
      cuts -= 1;
      return { kind: 'cut', after: 500_000 };
    };
    const { body } = await driver.get('key');
    expect(Buffer.compare(await buffer(body), content)).toBe(0);
    expect(proxy.seen.filter((line) => line.startsWith('GET '))).toHaveLength(4);
  });
});

describe('uploads', () => {
  it('a part that is refused for a while is sent again', async () => {
    const driver = openDriver();
    let refusals = 2;
    proxy.decide = (_method, path) => {
      if (!path.includes('partNumber=2') || refusals === 0) return undefined;
      refusals -= 1;
      return { kind: 'answer', status: 503, code: 'SlowDown' };
    };
    const large = Buffer.alloc(20_000_000, 'large');
    await driver.put('large', large);
    expect(Buffer.compare(await buffer((await driver.get('large')).body), large)).toBe(0);
  });

  it.each(['put', 'copy'])('when the last step of a %s fails, the upload is taken back', async (kind) => {
    const driver = openDriver();
    const large = Buffer.alloc(20_000_000, 'large');
    await driver.put('source', large);
    proxy.decide = (method, path) =>
      method === 'POST' && path.includes('uploadId=')
        ? { kind: 'answer', status: 403, code: 'AccessDenied' }
        : undefined;
    const call =
      kind === 'put'
        ? driver.put('target', large)
        : driver.copyFrom(driver, 'source', 'target', { multipartThreshold: 1 });
    expect(await errorOf(call)).toMatchObject({ code: 'STORAGE_AUTH' });
    expect(proxy.seen.filter((line) => line.startsWith('DELETE '))).toHaveLength(1);
    expect(await driver.head('target')).toBeNull();
  });
});

describe('stores that lack something', () => {
  it.each([
    [501, 'NotImplemented'],
    [405, 'MethodNotAllowed'],
    [400, 'MissingContentMD5'],
  ])('batch delete answered %i %s: keys are deleted one by one', async (status, code) => {
    const driver = openDriver();
    await Promise.all(['a', 'b', 'c'].map((key) => driver.put(key, Buffer.from('x'))));
    proxy.decide = (method) => (method === 'POST' ? { kind: 'answer', status, code } : undefined);
    await driver.delete(['a', 'b', 'absent']);
    await driver.delete(['c']);
    expect(await driver.head('a')).toBeNull();
    expect(await driver.head('c')).toBeNull();
    expect(proxy.seen.filter((line) => line.startsWith('POST '))).toHaveLength(1);
  });

  it('batch delete switched off is not tried', async () => {
    const driver = openDriver({ options: { batchDelete: false } });
    await driver.put('a', Buffer.from('x'));
    await driver.delete(['a', 'absent']);
    expect(await driver.head('a')).toBeNull();
    expect(proxy.seen.filter((line) => line.startsWith('POST '))).toHaveLength(0);
  });

  it('copying by ranges switched off copies in one request', async () => {
    const driver = openDriver({ options: { multipartCopy: false } });
    await driver.put('source', content);
    proxy.seen.length = 0;
    await driver.copyFrom(driver, 'source', 'target', { size: content.length, multipartThreshold: 1 });
    expect(proxy.seen).toEqual(['PUT /faults/target?x-id=CopyObject']);
  });

  it('keys that could not be deleted are counted, and the others are gone', async () => {
    const driver = openDriver({ options: { batchDelete: false } });
    await Promise.all(['a', 'b', 'c'].map((key) => driver.put(key, Buffer.from('x'))));
    proxy.decide = (method, path) =>
      method === 'DELETE' && !path.includes('/b')
        ? { kind: 'answer', status: 403, code: 'AccessDenied' }
        : undefined;
    expect(await errorOf(driver.delete(['a', 'b', 'c']))).toMatchObject({
      code: 'STORAGE_AUTH',
      details: { failed: 2 },
    });
    expect(await driver.head('b')).toBeNull();
    expect(await driver.head('a')).not.toBeNull();
  });
});

describe('wrong settings', () => {
  it('an access key that the store does not know', async () => {
    const { auth } = sectionOf(server, 'faults');
    const driver = openDriver({ auth: { ...auth, accessKeyID: 'nobody' } });
    expect(await errorOf(driver.bucketExists())).toMatchObject({
      code: 'STORAGE_AUTH',
      message: expect.stringContaining('does not know the access key'),
    });
  });

  it('a wrong secret, which appears nowhere', async () => {
    const { auth } = sectionOf(server, 'faults');
    const driver = openDriver({ auth: { ...auth, secretAccessKey: 'planted-secret' } });
    const error = await errorOf(driver.get('key'));
    expect(error).toMatchObject({ code: 'STORAGE_AUTH', message: expect.stringContaining('signature') });
    expect(JSON.stringify(error) + String(error)).not.toContain('planted-secret');
  });

  it('a port where nothing listens', async () => {
    const driver = openDriver({ port: await freePort() });
    expect(await errorOf(driver.head('key'))).toMatchObject({ code: 'STORAGE_UNREACHABLE', retryable: true });
  });

  it('TLS at a plain port', async () => {
    const driver = openDriver({ port: server.port, useSSL: true });
    expect(await errorOf(driver.head('key'))).toMatchObject({
      code: 'STORAGE_UNREACHABLE',
      remedy: expect.stringContaining('useSSL'),
    });
  });

  it('a host that does not exist', async () => {
    const driver = openDriver({ address: 'no-such-host.invalid' });
    expect(await errorOf(driver.head('key'))).toMatchObject({ code: 'STORAGE_UNREACHABLE' });
  });
});
