import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import {
  ContainerClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { isBackupError, type StorageDriver, type StorageSection } from '@milvus-backup/core/driver';
import { type AzuriteServer, freePort, startAzurite } from '@milvus-backup/test-support';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { driverPlugin } from '../src/index.js';
import { authFor, sectionOf } from './sections.js';

let server: AzuriteServer;
const open: StorageDriver[] = [];

beforeAll(async () => {
  server = await startAzurite({ containers: ['data', 'more'] });
  await server.createContainer('data', 'account2');
});
afterAll(() => server?.stop());
afterEach(async () => {
  for (const driver of open.splice(0)) await driver.close();
});

function openDriver(changes: Partial<StorageSection> = {}, account = 0): StorageDriver {
  const section = { ...sectionOf(server, 'data', account), ...changes };
  const driver = driverPlugin.createDriver(section, { env: {}, cwd: '/' });
  open.push(driver);
  return driver;
}

const credentialOf = (account: number): StorageSharedKeyCredential => {
  const { accountName = '', accountKey = '' } = server.accounts[account] ?? {};
  return new StorageSharedKeyCredential(accountName, accountKey);
};

function sasOf(rights: string, account = 0, hours = 1): string {
  return generateBlobSASQueryParameters(
    {
      containerName: 'data',
      permissions: ContainerSASPermissions.parse(rights),
      startsOn: new Date(Date.now() - 7_200_000),
      expiresOn: new Date(Date.now() + hours * 3_600_000),
    },
    credentialOf(account),
  ).toString();
}

const bySas = (rights: string, account = 0): StorageDriver =>
  openDriver({ auth: authFor({}), options: { sasToken: sasOf(rights, account) } }, account);

const readAll = async (driver: StorageDriver, key: string): Promise<Buffer> =>
  buffer((await driver.get(key)).body);

/** The error, in which no secret may be found. */
async function errorOf(call: Promise<unknown>, ...secrets: readonly string[]): Promise<object> {
  const error = await call.then(
    () => ({ code: 'resolved' }),
    (failure: unknown) => (isBackupError(failure) ? failure : { code: 'foreign', failure }),
  );
  const text = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error);
  for (const secret of ['sig=', ...server.accounts.map(({ accountKey }) => accountKey), ...secrets]) {
    expect(text).not.toContain(secret);
  }
  return error;
}

const large = Buffer.alloc(40_000_000, 'some content of some length');

describe('credentials', () => {
  it('a shared access signature of the container', async () => {
    const driver = bySas('racwdl');
    expect(await driver.bucketExists()).toBe(true);
    await driver.put('by-sas', Buffer.from('content'));
    expect((await readAll(driver, 'by-sas')).toString()).toBe('content');
    await driver.copyFrom(driver, 'by-sas', 'by-sas-copy');
    await driver.delete(['by-sas', 'by-sas-copy', 'absent']);
    expect(await driver.head('by-sas')).toBeNull();
  });

  it('connection strings with a key and with a signature', async () => {
    const [account] = server.accounts;
    const sas = `BlobEndpoint=${account?.url};SharedAccessSignature=${sasOf('racwdl')}`;
    for (const connectionString of [account?.connectionString, sas]) {
      const driver = openDriver({ auth: authFor({}), address: 'not.used', options: { connectionString } });
      await driver.put('by-string', Buffer.from('content'));
      expect((await readAll(driver, 'by-string')).toString()).toBe('content');
    }
  });

  it('a whole endpoint', async () => {
    const driver = openDriver({ address: 'not.used', options: { endpoint: `${server.accounts[0]?.url}/` } });
    expect(await driver.bucketExists()).toBe(true);
  });
});

describe('copies from another account', () => {
  it.each([
    ['by a key', (): StorageDriver => openDriver()],
    ['by a signature', (): StorageDriver => bySas('racwdl')],
  ])('%s, whole and by ranges, with the checksum', async (_name, openSource) => {
    const source = openSource();
    const target = openDriver({}, 1);
    await source.put('from odd name + % é', large);
    for (const multipartThreshold of [500 * 1024 * 1024, 1]) {
      const key = `to ${multipartThreshold}`;
      await target.copyFrom(source, 'from odd name + % é', key, { multipartThreshold });
      expect(Buffer.compare(await readAll(target, key), large)).toBe(0);
      const md5 = createHash('md5').update(large).digest('base64');
      expect(await target.head(key)).toMatchObject({ size: large.length, checksum: { value: md5 } });
    }
  });

  it('without the right to read at the source nothing is sent', async () => {
    const port = await freePort();
    const source = openDriver({ port, auth: authFor({}), options: { sasToken: sasOf('l') } });
    const call = openDriver({}, 1).copyFrom(source, 'key', 'key');
    expect(await errorOf(call)).toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('a source key that is too long for the header is refused before', async () => {
    const driver = openDriver();
    const key = '語'.repeat(300);
    await driver.put(key, Buffer.from('x'));
    expect(await errorOf(driver.copyFrom(driver, key, 'copy'))).toMatchObject({ code: 'UNSUPPORTED' });
    await driver.delete([key]);
  });

  it('tells a missing source, a missing container there and one here apart', async () => {
    const source = openDriver();
    const target = openDriver({}, 1);
    const size = 3;
    expect(await errorOf(target.copyFrom(source, 'absent', 'key', { size }))).toMatchObject({
      code: 'OBJECT_NOT_FOUND',
      message: expect.stringContaining('"absent"'),
    });
    const nowhere = openDriver({ bucketName: 'nowhere' });
    expect(await errorOf(target.copyFrom(nowhere, 'key', 'key', { size }))).toMatchObject({
      code: 'BUCKET_NOT_FOUND',
      message: expect.stringContaining('"nowhere"'),
    });
    await source.put('there', Buffer.from('abc'));
    const elsewhere = openDriver({ bucketName: 'elsewhere' }, 1);
    expect(await errorOf(elsewhere.copyFrom(source, 'there', 'key', { size }))).toMatchObject({
      code: 'BUCKET_NOT_FOUND',
      message: expect.stringContaining('"elsewhere"'),
    });
  });
});

describe('deleting', () => {
  it('by one request for many, an absent key among them', async () => {
    const driver = openDriver({ options: { batchDelete: true } });
    const keys = ['batch/a', 'batch/b c+%é', 'batch/d'];
    for (const key of keys) await driver.put(key, Buffer.from('x'));
    await driver.delete([...keys, 'batch/a', 'batch/absent']);
    for (const key of keys) expect(await driver.head(key)).toBeNull();
  });

  it.each([true, false])('counts what could not be deleted, batch %s', async (batchDelete) => {
    const writer = openDriver();
    await writer.put('kept-1', Buffer.from('x'));
    await writer.put('kept-2', Buffer.from('x'));
    const options = { sasToken: sasOf('rl'), batchDelete };
    const call = openDriver({ auth: authFor({}), options }).delete(['kept-1', 'kept-2']);
    expect(await errorOf(call)).toMatchObject({ code: 'STORAGE_AUTH', details: { failed: 2 } });
    expect(await writer.head('kept-1')).not.toBeNull();
  });
});

describe('what goes wrong', () => {
  const planted = Buffer.from('planted-secret-of-some-length').toString('base64');

  it('a wrong account key', async () => {
    const driver = openDriver({ auth: authFor({ type: 'sharedKey', accountKey: planted }) });
    const calls = [driver.bucketExists(), driver.head('key'), driver.put('key', Buffer.from('x'))];
    for (const error of await Promise.all(calls.map((call) => errorOf(call, planted, 'planted-secret')))) {
      expect(error).toMatchObject({
        code: 'STORAGE_AUTH',
        retryable: false,
        remedy: expect.stringContaining('account key'),
      });
    }
  });

  it('a signature that was tampered with, one that is over, and one without the right', async () => {
    const wrong = `${sasOf('racwdl').replace(/sig=[^&]*/, 'sig=planted')}`;
    for (const sasToken of [wrong, sasOf('racwdl', 0, -1), sasOf('r')]) {
      const driver = openDriver({ auth: authFor({}), options: { sasToken } });
      expect(await errorOf(driver.bucketExists(), 'planted')).toMatchObject({
        code: 'STORAGE_AUTH',
        remedy: expect.stringMatching(/signature|new one/),
      });
    }
  });

  it('a container name that Azure does not take', async () => {
    const driver = openDriver({ bucketName: 'No' });
    expect(await errorOf(driver.createBucket())).toMatchObject({
      code: 'INVALID_ARGUMENT',
      remedy: expect.stringContaining('bucketName'),
    });
  });

  it('an account that is not there: no such host, and no such path', async () => {
    const noHost = openDriver({ address: 'store.invalid', options: { maxAttempts: 1 } });
    expect(await errorOf(noHost.head('key'))).toMatchObject({
      code: 'STORAGE_UNREACHABLE',
      remedy: expect.stringContaining('accountName'),
    });
    const auth = authFor({ type: 'sharedKey', accountKey: planted });
    expect(await errorOf(openDriver({ accountName: 'nobody', auth }).bucketExists())).toMatchObject({
      code: 'STORAGE_AUTH',
    });
  });

  it('a port where nothing listens, and TLS at a plain port', async () => {
    const nothing = openDriver({ port: await freePort(), options: { maxAttempts: 1 } });
    expect(await errorOf(nothing.head('key'))).toMatchObject({
      code: 'STORAGE_UNREACHABLE',
      retryable: true,
    });
    const secure = openDriver({ useSSL: true });
    expect(await errorOf(secure.head('key'))).toMatchObject({
      code: 'STORAGE_UNREACHABLE',
      remedy: expect.stringContaining('http'),
    });
  });
});

it('an object whose bytes are not those of its Content-MD5 fails at its end', async () => {
  const { url = '' } = server.accounts[0] ?? {};
  const client = new ContainerClient(`${url}/more`, credentialOf(0));
  const block = client.getBlockBlobClient('damaged');
  await block.stageBlock('AAAA', 'content', 7);
  await block.commitBlockList(['AAAA'], { blobHTTPHeaders: { blobContentMD5: new Uint8Array(16) } });
  const driver = openDriver({ bucketName: 'more' });
  expect(await errorOf(readAll(driver, 'damaged'))).toMatchObject({ code: 'CHECKSUM_MISMATCH' });
  const careless = openDriver({ bucketName: 'more', options: { checksums: false } });
  expect((await readAll(careless, 'damaged')).toString()).toBe('content');
});
