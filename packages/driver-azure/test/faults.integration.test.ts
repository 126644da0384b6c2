import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { createManagedDriver, isBackupError, type StorageDriver } from '@milvus-backup/core/driver';
import {
  type AzuriteServer,
  type FaultProxy,
  startAzurite,
  startFaultProxy,
} from '@milvus-backup/test-support';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { driverPlugin } from '../src/index.js';
import { sectionOf } from './sections.js';

let server: AzuriteServer;
let proxy: FaultProxy;
const open: StorageDriver[] = [];

beforeAll(async () => {
  server = await startAzurite({ containers: ['faults'] });
  proxy = await startFaultProxy({ target: server });
});
afterAll(async () => {
  await proxy?.close();
  await server?.stop();
});
afterEach(async () => {
  proxy.clear();
  for (const driver of open.splice(0)) await driver.close();
});

function openDriver(options: Record<string, unknown> = {}): StorageDriver {
  const section = { ...sectionOf(server, 'faults'), port: proxy.port, options };
  const driver = driverPlugin.createDriver(section, { env: {}, cwd: '/' });
  open.push(driver);
  return driver;
}

const errorOf = async (call: Promise<unknown>): Promise<object> =>
  call.then(
    () => ({ code: 'resolved' }),
    (error: unknown) => (isBackupError(error) ? error : { code: 'foreign', error }),
  );
const readAll = async (driver: StorageDriver, key: string): Promise<Buffer> =>
  buffer((await driver.get(key)).body);

const content = Buffer.alloc(3_000_000, 'some content');
const large = Buffer.alloc(20_000_000, 'large');
const block = /[?&]comp=block(&|$)/;

describe('downloads', () => {
  it('a connection that breaks, or an answer that ends early, fails the stream', async () => {
    const driver = openDriver();
    await driver.put('key', content);
    proxy.inject({ kind: 'drop-response', at: 1_000_000 }, { method: 'GET', times: 1 });
    expect(await errorOf(readAll(driver, 'key'))).toMatchObject({
      code: 'STORAGE_UNREACHABLE',
      retryable: true,
    });
    proxy.inject({ kind: 'truncate', at: 1_000_000, length: 'corrected' }, { method: 'GET', times: 1 });
    expect(await errorOf(readAll(driver, 'key'))).toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    proxy.inject({ kind: 'flip', at: 2_000_000, in: 'response' }, { method: 'GET', times: 1 });
    expect(await errorOf(readAll(driver, 'key'))).toMatchObject({ code: 'CHECKSUM_MISMATCH' });
  });

  it('the managed driver goes on at the offset', async () => {
    const driver = createManagedDriver(openDriver());
    await driver.put('key', content);
    proxy.inject({ kind: 'drop-response', at: 500_000 }, { method: 'GET', times: 3 });
    expect(Buffer.compare(await readAll(driver, 'key'), content)).toBe(0);
    expect(proxy.seen.filter(({ method }) => method === 'GET')).toHaveLength(4);
  });
});

describe('uploads', () => {
  it('a block that is refused for a while, or whose answer is lost, is sent again', async () => {
    const driver = openDriver();
    proxy.inject({ kind: 'answer', status: 503, code: 'ServerBusy' }, { path: block, times: 1 });
    proxy.inject({ kind: 'lost-reply' }, { path: block, skip: 2, times: 1 });
    await driver.put('large', large);
    expect(Buffer.compare(await readAll(driver, 'large'), large)).toBe(0);
  });

  it.each([
    ['whole', content],
    ['in blocks', large],
  ])('bytes that change on the way are refused, sent %s', async (_name, body) => {
    const driver = openDriver();
    proxy.inject({ kind: 'flip', at: 2_000_000, in: 'request' }, { method: 'PUT' });
    expect(await errorOf(driver.put('changed', body))).toMatchObject({
      code: 'CHECKSUM_MISMATCH',
      retryable: true,
    });
    expect(await driver.head('changed')).toBeNull();
  });

  describe('as one request with its MD5', () => {
    const md5 = createHash('md5').update(large).digest('base64');
    const known = { size: large.length, md5 };
    async function* chunks(until = large.length): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < until; at += 65_536) yield large.subarray(at, Math.min(at + 65_536, until));
    }
    const isPut = ({ method }: { method: string }): boolean => method === 'PUT';

    it('arrives without blocks', async () => {
      const driver = openDriver();
      const stored = await driver.put('one', chunks(), known);
      expect(stored).toMatchObject({ size: large.length, checksum: { algorithm: 'md5', value: md5 } });
      expect(proxy.seen.filter(isPut)).toHaveLength(1);
      expect(Buffer.compare(await readAll(driver, 'one'), large)).toBe(0);
    });

    it.each([
      ['small', content],
      ['streamed', large],
      ['in blocks of unknown number', large],
    ])('other content than the MD5 says is refused: %s', async (what, body) => {
      const driver = openDriver();
      const other = createHash('md5').update('other').digest('base64');
      const size = what.startsWith('in') ? {} : { size: body.length };
      async function* one(): AsyncGenerator<Uint8Array> {
        yield body;
      }
      const call = driver.put('other', one(), { ...size, md5: other });
      expect(await errorOf(call)).toMatchObject({ code: 'CHECKSUM_MISMATCH', retryable: true });
      expect(await driver.head('other')).toBeNull();
    });

    it.each([
      ['drop-request', 'STORAGE_UNREACHABLE'],
      ['flip', 'CHECKSUM_MISMATCH'],
    ] as const)('%s on the way is %s', async (kind, code) => {
      const driver = openDriver();
      const fault =
        kind === 'flip'
          ? ({ kind, at: 9_000_000, in: 'request' } as const)
          : ({ kind, at: 9_000_000 } as const);
      proxy.inject(fault, { method: 'PUT' });
      expect(await errorOf(driver.put('broken', chunks(), known))).toMatchObject({ code, retryable: true });
      expect(await driver.head('broken')).toBeNull();
    });

    it('a body that fails or ends early leaves nothing, with its own error', async () => {
      const driver = openDriver();
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield* chunks(10_000_000);
        throw new Error('the source broke');
      }
      expect(await errorOf(driver.put('broken', failing(), known))).toMatchObject({
        message: expect.stringContaining('the source broke'),
      });
      const short = driver.put('broken', chunks(10_000_000), known);
      expect(await errorOf(short)).toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(await driver.head('broken')).toBeNull();
    });

    it('aborted midway it is cut', async () => {
      const driver = openDriver();
      const stop = new AbortController();
      async function* endless(): AsyncGenerator<Uint8Array> {
        yield* chunks(10_000_000);
        stop.abort();
        await new Promise(() => undefined);
      }
      const call = driver.put('broken', endless(), { ...known, signal: stop.signal });
      expect(await errorOf(call)).toMatchObject({ code: 'CANCELLED' });
      expect(await driver.head('broken')).toBeNull();
    });

    it('a body that comes slowly is no time-out, one that is never answered is', async () => {
      let sent = 0;
      async function* slowly(): AsyncGenerator<Uint8Array> {
        for await (const chunk of chunks()) {
          if (++sent % 30 === 0) await new Promise((resolve) => setTimeout(resolve, 100));
          yield chunk;
        }
      }
      await openDriver({ requestTimeoutSeconds: 1 }).put('slow', slowly(), known);
      proxy.inject({ kind: 'hang' });
      const call = openDriver({ requestTimeoutSeconds: 0.5 }).put('never', chunks(), known);
      expect(await errorOf(call)).toMatchObject({ code: 'STORAGE_UNREACHABLE' });
    });
  });

  it('a store that stays busy', async () => {
    proxy.inject({ kind: 'answer', status: 503, code: 'ServerBusy' });
    expect(await errorOf(openDriver().put('busy', content))).toMatchObject({
      code: 'STORAGE_BUSY',
      retryable: true,
      details: { status: 503, vendorCode: 'ServerBusy' },
    });
  });

  it('a lost answer is not taken for another writer', async () => {
    proxy.inject({ kind: 'lost-reply' }, { method: 'PUT', times: 1 });
    const call = openDriver().put('lease', content, { ifNoneMatch: '*' });
    expect(await errorOf(call)).toMatchObject({ code: 'STORAGE_UNREACHABLE' });
    expect(proxy.seen.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });
});

describe('cancelling', () => {
  const changes: readonly (readonly [
    string,
    (driver: StorageDriver, signal: AbortSignal) => Promise<unknown>,
  ])[] = [
    ['put', (driver, signal) => driver.put('late', content, { signal })],
    [
      'copyFrom',
      (driver, signal) => driver.copyFrom(driver, 'key', 'late', { size: content.length, signal }),
    ],
    ['delete', (driver, signal) => driver.delete(['late'], { signal })],
  ];

  it.each(changes)('a %s that the store may still carry out is waited for', async (_name, call) => {
    const driver = openDriver();
    await driver.put('key', content);
    proxy.inject({ kind: 'delay', ms: 300, of: 'response' }, { method: ['PUT', 'DELETE'] });
    const stop = new AbortController();
    const settled = errorOf(call(driver, stop.signal));
    const sent = proxy.seen.length;
    while (proxy.seen.length === sent || proxy.seen.at(-1)?.method === 'HEAD') {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    stop.abort();
    const { code } = (await settled) as { code: string };
    expect(['resolved', 'CANCELLED']).toContain(code);
    proxy.clear();
    const there = (await driver.head('late')) !== null;
    await driver.delete(['late']);
    if (_name !== 'delete') expect(there).toBe(code === 'resolved');
    expect(await driver.head('late')).toBeNull();
  });

  it('a question that hangs is left at once, or after the time-out', async () => {
    proxy.inject({ kind: 'hang' });
    const stop = new AbortController();
    const driver = openDriver({ requestTimeoutSeconds: 0.2, maxAttempts: 1 });
    setTimeout(() => stop.abort(), 20);
    const left = openDriver().head('key', { signal: stop.signal });
    expect(await errorOf(left)).toMatchObject({ code: 'CANCELLED' });
    const calls = [driver.head('key'), driver.put('key', content), driver.delete(['key'])];
    for (const error of await Promise.all(calls.map(errorOf))) {
      expect(error).toMatchObject({ code: 'STORAGE_UNREACHABLE', retryable: true });
    }
  });
});

it('what answers is not Azure', async () => {
  proxy.inject({ kind: 'answer', status: 200, body: '<html><p>hello' });
  expect(await errorOf(openDriver({ maxAttempts: 1 }).bucketExists())).toMatchObject({
    code: 'STORAGE_ERROR',
    remedy: expect.stringContaining('proxy'),
  });
});
