import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { StorageDriver, StorageSection } from '@milvus-backup/core/driver';
import { freePort, makeCertificate, type S3Server, startS3 } from '@milvus-backup/test-support';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { driverPlugin } from '../src/index.js';
import { sectionOf } from './sections.js';
import { type ConnectProxy, type Front, startConnectProxy, startTlsFront } from './tls-front.js';

const bucket = 'secure';
const name = 'store.example';
let server: S3Server;
let front: Front;
let proxy: ConnectProxy;
let folder: string;
const open: StorageDriver[] = [];

beforeAll(async () => {
  const certificate = makeCertificate(new Date(), ['localhost', name]);
  folder = await mkdtemp(join(tmpdir(), 'driver-s3-'));
  await writeFile(join(folder, 'ca.pem'), certificate.cert);
  server = await startS3({ buckets: [bucket] });
  front = await startTlsFront(certificate, server);
  proxy = await startConnectProxy(front);
});
afterEach(async () => {
  for (const driver of open.splice(0)) await driver.close();
  proxy.tunnels.length = 0;
});
afterAll(async () => {
  await proxy?.close();
  await front?.close();
  await server?.stop();
  await rm(folder, { recursive: true });
});

function openDriver(changes: Partial<StorageSection>, env: Record<string, string> = {}): StorageDriver {
  const section = { ...sectionOf(server, bucket), port: front.port, useSSL: true, ...changes };
  const driver = driverPlugin.createDriver(section, { env, cwd: folder });
  open.push(driver);
  return driver;
}

const trusted = { options: { caFile: 'ca.pem' } };
const content = Buffer.alloc(20_000_000, 'some content');

async function roundTrip(driver: StorageDriver): Promise<void> {
  await driver.put('key', content);
  expect(Buffer.compare(await buffer((await driver.get('key')).body), content)).toBe(0);
  await driver.copyFrom(driver, 'key', 'copy');
  expect((await driver.head('copy'))?.size).toBe(content.length);
  await driver.delete(['key', 'copy']);
  expect(await driver.head('key')).toBeNull();
}

describe('a certificate of an own authority', () => {
  it('that is trusted', async () => {
    await roundTrip(openDriver(trusted));
  });

  it('that is not', async () => {
    await expect(openDriver({}).head('key')).rejects.toMatchObject({
      code: 'STORAGE_UNREACHABLE',
      remedy: expect.stringContaining('backup.storage.options.caFile'),
    });
  });
});

describe('through a proxy', () => {
  const env = (): Record<string, string> => ({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });

  it('a name that only the proxy knows, connections kept', async () => {
    await roundTrip(openDriver({ ...trusted, address: name }, env()));
    expect(new Set(proxy.tunnels)).toEqual(new Set([`${name}:${front.port}`]));
    expect(proxy.tunnels.length).toBeLessThanOrEqual(3);
  });

  it('the certificate is checked', async () => {
    await expect(openDriver({ address: name }, env()).head('key')).rejects.toMatchObject({
      code: 'STORAGE_UNREACHABLE',
    });
    const other = openDriver({ ...trusted, address: 'other.example' }, env());
    await expect(other.head('key')).rejects.toMatchObject({ code: 'STORAGE_UNREACHABLE' });
  });

  it('not for this machine, and not for what NO_PROXY names', async () => {
    await roundTrip(openDriver({ ...trusted, address: 'localhost' }, env()));
    const exempt = openDriver({ ...trusted, address: 'no-such.invalid' }, { ...env(), NO_PROXY: '.invalid' });
    await expect(exempt.head('key')).rejects.toMatchObject({
      message: expect.stringContaining('not known to the name service'),
    });
    expect(proxy.tunnels).toEqual([]);
  });

  it('that is not there: the error names it', async () => {
    const driver = openDriver({ address: name }, { HTTPS_PROXY: `http://127.0.0.1:${await freePort()}` });
    await expect(driver.head('key')).rejects.toMatchObject({
      code: 'STORAGE_UNREACHABLE',
      message: expect.stringContaining('through the proxy 127.0.0.1'),
    });
  });
});
