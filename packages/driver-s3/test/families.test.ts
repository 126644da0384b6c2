import { buffer } from 'node:stream/consumers';
import { isBackupError, type StorageDriver, type StorageSection } from '@milvus-backup/core/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { driverPlugin } from '../src/index.js';
import { type RecordedRequest, type RecordingServer, startRecordingServer } from './recording-server.js';
import { sectionFor } from './sections.js';

let cloud: RecordingServer;
let drivers: StorageDriver[] = [];

beforeEach(async () => {
  cloud = await startRecordingServer();
});
afterEach(async () => {
  for (const driver of drivers) await driver.close();
  drivers = [];
  await cloud.close();
});

/** The cloud is met as an HTTP proxy, so that requests carry the host they are for. */
function openDriver(changes: Partial<StorageSection>): StorageDriver {
  const section = sectionFor({ port: 80, ...changes });
  const driver = driverPlugin.createDriver(section, { env: { HTTP_PROXY: cloud.url }, cwd: '/' });
  drivers.push(driver);
  return driver;
}

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'resolved',
    (error: unknown) => (isBackupError(error) ? error.code : String(error)),
  );

const lines = (): string[] => cloud.requests.map(({ method, url }) => `${method} ${url.split('?')[0]}`);
const headersOf = (index: number): RecordedRequest['headers'] => cloud.requests[index]?.headers ?? {};
/** Credential scope of the signature. */
const scopeOf = (index: number): string | undefined =>
  /^AWS4-HMAC-SHA256 Credential=some-key\/\d{8}\/([^,]+),/.exec(headersOf(index).authorization ?? '')?.[1];

const clouds = [
  ['aws', 's3.eu-west-1.amazonaws.com', '', 'http://bucket.s3.eu-west-1.amazonaws.com', 'eu-west-1'],
  ['s3', 'ceph.example', 'home', 'http://ceph.example/bucket', 'home'],
  ['minio', 'minio.example', '', 'http://minio.example/bucket', 'us-east-1'],
  ['gcp', 'storage.googleapis.com', '', 'http://bucket.storage.googleapis.com', 'auto'],
  [
    'aliyun',
    'oss-cn-hangzhou.aliyuncs.com',
    'cn-hangzhou',
    'http://bucket.oss-cn-hangzhou.aliyuncs.com',
    'cn-hangzhou',
  ],
  [
    'tencent',
    'cos.ap-beijing.myqcloud.com',
    'ap-beijing',
    'http://bucket.cos.ap-beijing.myqcloud.com',
    'ap-beijing',
  ],
  [
    'hwc',
    'obs.cn-north-4.myhuaweicloud.com',
    'cn-north-4',
    'http://bucket.obs.cn-north-4.myhuaweicloud.com',
    'cn-north-4',
  ],
] as const;
const own = ['aws', 's3', 'minio'];

describe.each(clouds)('%s at %s', (provider, address, region, url, signed) => {
  const open = (changes: Partial<StorageSection> = {}): StorageDriver =>
    openDriver({ provider, address, region, ...changes });
  const checksums = own.includes(provider);

  it('a put: where it goes, how it is signed, what it carries', async () => {
    await open().put('folder/a b', Buffer.from('content'));
    expect(lines()).toEqual([`PUT ${url}/folder/a%20b`]);
    expect(headersOf(0).host).toBe(new URL(url).host);
    expect(scopeOf(0)).toBe(`${signed}/s3/aws4_request`);
    expect(headersOf(0)['x-amz-checksum-crc32']).toBe(checksums ? '/sUwqQ==' : undefined);
    expect(headersOf(0)['x-amz-sdk-checksum-algorithm']).toBe(checksums ? 'CRC32' : undefined);
    expect(cloud.requests[0]?.body).toBe('content');
  });

  it('a put that streams has trailers only where they are known', async () => {
    async function* body(): AsyncGenerator<Uint8Array> {
      for (let sent = 0; sent < 10; sent += 1) yield Buffer.alloc(1024 * 1024);
    }
    await open().put('key', body(), { size: 10 * 1024 * 1024 });
    expect(headersOf(0)['x-amz-trailer']).toBe(checksums ? 'x-amz-checksum-crc32' : undefined);
    expect(headersOf(0)['content-encoding']).toBe(checksums ? 'aws-chunked' : undefined);
    if (!checksums) expect(headersOf(0)['content-length']).toBe(String(10 * 1024 * 1024));
  });

  it('deletes: by batch where the store takes today’s requests, singly elsewhere', async () => {
    cloud.answer = () => ({ body: '<DeleteResult/>' });
    await open().delete(['a', 'b']);
    expect(lines().sort()).toEqual(checksums ? [`POST ${url}/`] : [`DELETE ${url}/a`, `DELETE ${url}/b`]);
  });

  it('a listing is version 2', async () => {
    cloud.answer = () => ({ body: '<ListBucketResult/>' });
    for await (const _entry of open().list('some/')) expect.unreachable();
    expect(cloud.requests[0]?.url).toContain('list-type=2');
    expect(lines()).toEqual([`GET ${url}/`]);
  });

  it('a session token is sent and signed, or is the authorization', async () => {
    const keys = provider === 'gcp' ? { accessKeyID: '', secretAccessKey: '' } : {};
    const auth = { ...sectionFor().auth, ...keys, sessionToken: 'some-token' };
    await open({ auth }).delete(['a']);
    if (provider === 'gcp') {
      expect(headersOf(0).authorization).toBe('Bearer some-token');
      expect(Object.keys(headersOf(0)).filter((name) => name.startsWith('x-amz-'))).toEqual([]);
      return;
    }
    expect(headersOf(0)['x-amz-security-token']).toBe('some-token');
    expect(headersOf(0).authorization).toContain('x-amz-security-token');
  });
});

describe('conditional puts', () => {
  const put = (driver: StorageDriver): Promise<unknown> =>
    driver.put('key', Buffer.from('x'), { ifNoneMatch: '*' });

  it.each(['aws', 's3', 'minio'] as const)('%s: If-None-Match', async (provider) => {
    await put(openDriver({ provider, address: 'store.example' }));
    expect(headersOf(0)['if-none-match']).toBe('*');
  });

  it.each(['gcp', 'tencent', 'hwc'] as const)('%s: refused without a request', async (provider) => {
    const driver = openDriver({ provider, address: 'store.example' });
    expect(driver.capabilities.conditionalPut).toBe(false);
    expect(await codeOf(put(driver))).toBe('UNSUPPORTED');
    expect(cloud.requests).toEqual([]);
  });

  describe('aliyun: by a header of its own', () => {
    const open = (): StorageDriver =>
      openDriver({ provider: 'aliyun', address: 'oss.example', rootPath: 'root' });
    const seen = new Set<string>();
    /** What OSS does: 409 for the second of one name. */
    const forbidOverwrite = ({ method, url, headers }: RecordedRequest) => {
      if (method !== 'PUT') return {};
      const taken = seen.has(url) && headers['x-oss-forbid-overwrite'] === 'true';
      seen.add(url);
      const body = '<Error><Code>FileAlreadyExists</Code><Message>exists</Message></Error>';
      return taken ? { status: 409, body } : {};
    };
    beforeEach(() => seen.clear());

    it('which is proven once, then relied on', async () => {
      cloud.answer = forbidOverwrite;
      const driver = open();
      expect(driver.capabilities.conditionalPut).toBe(true);
      expect(await Promise.all([codeOf(put(driver)), codeOf(put(driver))])).toEqual(
        expect.arrayContaining(['resolved', 'PRECONDITION_FAILED']),
      );
      const probes = lines().filter((line) => line.includes('/root/.milvus-backup-probe-'));
      expect(probes.map((line) => line.split(' ')[0])).toEqual(['PUT', 'PUT', 'DELETE']);
      expect(lines()).toHaveLength(5);
      const puts = cloud.requests.filter(({ method }) => method === 'PUT');
      expect(puts.every(({ headers }) => headers['x-oss-forbid-overwrite'] === 'true')).toBe(true);
      expect(puts.some(({ headers }) => 'if-none-match' in headers)).toBe(false);
    });

    it('a bucket that ignores it is told', async () => {
      expect(await codeOf(put(open()))).toBe('UNSUPPORTED');
      expect(lines().map((line) => line.split(' ')[0])).toEqual(['PUT', 'PUT', 'DELETE']);
    });

    it('by parts: at the beginning and at the end', async () => {
      cloud.answer = (request) =>
        request.method === 'POST'
          ? { body: '<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>' }
          : forbidOverwrite(request);
      async function* body(): AsyncGenerator<Uint8Array> {
        for (let sent = 0; sent < 10; sent += 1) yield Buffer.alloc(1024 * 1024);
      }
      await open().put('large', body(), { ifNoneMatch: '*' });
      const steps = cloud.requests.filter(({ method }) => method === 'POST');
      expect(steps.map(({ headers }) => headers['x-oss-forbid-overwrite'])).toEqual(['true', 'true']);
    });
  });
});

describe('copies', () => {
  it('gcp: one request, whatever the size', async () => {
    cloud.answer = () => ({ body: '<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>' });
    const driver = openDriver({ provider: 'gcp', address: 'storage.googleapis.com' });
    await driver.copyFrom(driver, 'a', 'b', { size: 10 * 1024 ** 4, multipartThreshold: 1 });
    expect(lines()).toEqual(['PUT http://bucket.storage.googleapis.com/b']);
    expect(headersOf(0)['x-amz-copy-source']).toBe('bucket/a');
  });

  it.each([[{ address: 'other.example' }], [{ port: 81 }], [{ useSSL: true, port: 443 }]] as const)(
    'from %j: refused without a request',
    async (changes) => {
      const there = openDriver({ address: 'store.example', ...changes });
      const here = openDriver({ address: 'store.example' });
      expect(await codeOf(here.copyFrom(there, 'a', 'b'))).toBe('UNSUPPORTED');
      expect(cloud.requests).toEqual([]);
    },
  );

  it('the default port, capitals and the other providers of one endpoint make no difference', async () => {
    cloud.answer = () => ({ body: '<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>' });
    const there = openDriver({ provider: 's3', address: 'Store.Example', port: 0, bucketName: 'there' });
    const here = openDriver({ address: 'store.example', port: 80 });
    await here.copyFrom(there, 'a', 'b', { size: 1 });
    expect(headersOf(0)['x-amz-copy-source']).toBe('there/a');
  });
});

it('a proxy that wants a password', async () => {
  cloud.answer = () => ({ status: 407 });
  const driver = openDriver({ address: 'store.example' });
  const error = await driver.get('key').then(
    ({ body }) => buffer(body),
    (failure: unknown) => failure,
  );
  expect(error).toMatchObject({
    code: 'STORAGE_UNREACHABLE',
    message: expect.stringContaining('wants a user'),
  });
});

it('a proxy gets the user and the password of its URL, the store does not', async () => {
  const proxy = new URL(cloud.url);
  Object.assign(proxy, { username: 'us%40er', password: 'pass' });
  const section = sectionFor({ address: 'store.example' });
  const driver = driverPlugin.createDriver(section, { env: { http_proxy: proxy.href }, cwd: '/' });
  drivers.push(driver);
  await driver.delete(['a']).catch(() => undefined);
  const basic = Buffer.from('us@er:pass').toString('base64');
  expect(headersOf(0)['proxy-authorization']).toBe(`Basic ${basic}`);
});
