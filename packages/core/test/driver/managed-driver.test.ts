import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  BackupError,
  createManagedDriver,
  createMemoryDriver,
  type ListEntry,
  type StorageDriver,
  unwrapDriver,
} from '../../src/driver/index.js';
import { createFlakyDriver, type FlakyDriver, type Method } from './flaky-driver.js';
import { thrownBy } from './thrown-by.js';

const busy = new BackupError({ code: 'STORAGE_BUSY', message: 'slow down', retryable: true });
const gone = new BackupError({ code: 'STORAGE_UNREACHABLE', message: 'connection reset', retryable: true });
const denied = new BackupError({ code: 'STORAGE_AUTH', message: 'access denied' });
const retry = { retries: 3, busyRetries: 3, firstDelay: 1, longestDelay: 2 };

let flaky: FlakyDriver;
let driver: StorageDriver;

beforeEach(() => {
  flaky = createFlakyDriver(createMemoryDriver());
  driver = createManagedDriver(flaky, { retry });
});

const content = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);

describe('what may be repeated', () => {
  const calls: readonly (readonly [Method, (it: StorageDriver) => Promise<unknown>])[] = [
    ['head', (it) => it.head('key')],
    ['get', async (it) => buffer((await it.get('key')).body)],
    ['put', (it) => it.put('other', Buffer.from('in memory'))],
    ['copyFrom', (it) => it.copyFrom(it, 'key', 'copy')],
    ['delete', (it) => it.delete(['key'])],
    ['bucketExists', (it) => it.bucketExists()],
    ['createBucket', (it) => it.createBucket()],
  ];

  it.each(calls)('%s survives a busy store', async (method, call) => {
    await flaky.put('key', Buffer.from('content'));
    flaky.calls.length = 0;
    flaky.failNext(method, busy, gone, busy);
    await call(driver);
    expect(flaky.calls.filter((name) => name === method)).toHaveLength(4);
  });

  it.each(calls)('%s gives up with the last error', async (method, call) => {
    await flaky.put('key', Buffer.from('content'));
    flaky.calls.length = 0;
    flaky.failNext(method, busy, busy, busy, gone, busy);
    expect(await thrownBy(() => call(driver))).toBe(gone);
    expect(flaky.calls).toHaveLength(4);
  });

  it.each(calls)('%s is not repeated when access is denied', async (method, call) => {
    await flaky.put('key', Buffer.from('content'));
    flaky.calls.length = 0;
    flaky.failNext(method, denied, busy);
    expect(await thrownBy(() => call(driver))).toBe(denied);
    expect(flaky.calls).toHaveLength(1);
  });

  it('an absent object is not looked for again', async () => {
    expect((await thrownBy(() => driver.get('absent'))).code).toBe('OBJECT_NOT_FOUND');
    expect(flaky.calls).toEqual(['get']);
  });

  it('a stream is not put twice, for it is used up', async () => {
    flaky.failNext('put', busy);
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
    }
    expect(await thrownBy(() => driver.put('key', body()))).toBe(busy);
    expect(flaky.calls).toEqual(['put']);
  });

  it('a conditional put is not repeated, for the first may have won', async () => {
    flaky.failNext('put', busy);
    expect(await thrownBy(() => driver.put('key', Buffer.from('x'), { ifNoneMatch: '*' }))).toBe(busy);
    expect(flaky.calls).toEqual(['put']);
  });

  it('waiting for the next try ends with the signal', async () => {
    const slow = createManagedDriver(flaky, {
      retry: { retries: 3, busyRetries: 3, firstDelay: 60_000, longestDelay: 60_000 },
    });
    flaky.failNext('head', busy, busy);
    const controller = new AbortController();
    const call = thrownBy(() => slow.head('key', { signal: controller.signal }));
    setImmediate(() => controller.abort());
    expect((await call).code).toBe('CANCELLED');
  });
});

describe('bodies', () => {
  beforeEach(async () => {
    await flaky.put('key', content);
  });
  const read = async (options = {}): Promise<Buffer> => buffer((await driver.get('key', options)).body);

  it('goes on where it broke, with the same content asked for', async () => {
    flaky.breakNext({ after: 100_000, error: gone }, { after: 50_000, error: gone });
    expect(Buffer.compare(await read(), content)).toBe(0);
    const etag = (await flaky.head('key'))?.etag;
    expect(flaky.gets.map(({ range, ifMatch }) => ({ range, ifMatch }))).toEqual([
      { range: undefined, ifMatch: undefined },
      { range: { offset: 100_000, length: 200_000 }, ifMatch: etag },
      { range: { offset: 150_000, length: 150_000 }, ifMatch: etag },
    ]);
  });

  it('goes on inside the range that was asked for', async () => {
    flaky.breakNext({ after: 10, error: gone });
    const part = await read({ range: { offset: 1000, length: 100 } });
    expect(Buffer.compare(part, content.subarray(1000, 1100))).toBe(0);
    expect(flaky.gets[1]?.range).toEqual({ offset: 1010, length: 90 });
  });

  it('goes on when a driver ends a body early without an error', async () => {
    flaky.breakNext({ after: 100_000 });
    expect(Buffer.compare(await read(), content)).toBe(0);
  });

  it('fails when the object changed meanwhile', async () => {
    flaky.breakNext({ after: 100_000, error: gone });
    const { body } = await driver.get('key');
    await flaky.put('key', content.slice().reverse());
    expect((await thrownBy(() => buffer(body))).code).toBe('PRECONDITION_FAILED');
  });

  it('fails after as many breaks as are allowed', async () => {
    const twice = createManagedDriver(flaky, { retry, resumes: 2 });
    flaky.breakNext(...[1, 2, 3].map((after) => ({ after, error: gone })));
    const { body } = await twice.get('key');
    expect(await thrownBy(() => buffer(body))).toBe(gone);
    expect(flaky.gets).toHaveLength(3);
  });

  it('fails at once when the error is final', async () => {
    flaky.breakNext({ after: 5, error: denied });
    expect(await thrownBy(read)).toBe(denied);
    expect(flaky.gets).toHaveLength(1);
  });

  it('wraps what it does not know', async () => {
    flaky.breakNext({ after: 5, error: new Error('odd') });
    expect(await thrownBy(read)).toMatchObject({ code: 'STORAGE_ERROR', details: { call: 'get' } });
  });

  it('a slow reader holds the store back', async () => {
    const { body } = await driver.get('key');
    await new Promise((resolve) => body.once('readable', resolve));
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    expect(body.readableLength).toBeLessThan(200_000);
    body.destroy();
  });

  it('a body that is thrown away lets go of the one inside', async () => {
    const inner = await flaky.get('key');
    const holder = createFlakyDriver(flaky);
    const managed = createManagedDriver({ ...holder, get: async () => inner });
    const { body } = await managed.get('key');
    body.destroy();
    await new Promise((resolve) => body.once('close', resolve));
    expect(inner.body.destroyed).toBe(true);
  });

  it('an empty object', async () => {
    await flaky.put('empty', new Uint8Array(0));
    expect((await buffer((await driver.get('empty')).body)).length).toBe(0);
  });
});

describe('listing', () => {
  const names = Array.from(
    { length: 20 },
    (_, index) => `f${String(Math.floor(index / 2)).padStart(2, '0')}/${index % 2}`,
  );
  beforeEach(async () => {
    for (const name of names) await flaky.put(name, Buffer.from('x'));
    flaky.calls.length = 0;
  });
  const collect = async (entries: AsyncIterable<ListEntry>): Promise<string[]> => {
    const found: string[] = [];
    for await (const entry of entries) found.push(entry.type === 'object' ? entry.key : entry.prefix);
    return found;
  };

  it('goes on after the last entry when a page fails', async () => {
    flaky.failNext('list', busy);
    expect(await collect(driver.list(''))).toEqual(names);
    const found: string[] = [];
    for await (const entry of driver.list('')) {
      found.push(entry.type === 'object' ? entry.key : '');
      if (found.length % 7 === 0) flaky.failNext('list', gone, busy);
    }
    expect(found).toEqual(names);
  });

  it('folders come once when a page fails', async () => {
    const found: string[] = [];
    for await (const entry of driver.list('', { delimiter: '/' })) {
      found.push(entry.type === 'prefix' ? entry.prefix : '');
      flaky.failNext('list', busy);
    }
    expect(found).toEqual([...new Set(names.map((name) => name.slice(0, 4)))]);
  });

  it('fails with what is final', async () => {
    flaky.failNext('list', denied);
    expect(await thrownBy(() => collect(driver.list('')))).toBe(denied);
  });
});

describe('keys', () => {
  it.each(['', '/a', 'a/../b', 'a//b', 'a\0'])('%j is refused before the driver sees it', async (key) => {
    const calls = [
      () => driver.head(key),
      () => driver.get(key),
      () => driver.put(key, Buffer.from('x')),
      () => driver.copyFrom(driver, 'key', key),
      () => driver.copyFrom(driver, key, 'key'),
      () => driver.delete(['good', key]),
    ];
    for (const call of calls) expect((await thrownBy(call)).code).toBe('INVALID_KEY');
    expect(flaky.calls).toEqual([]);
  });

  it('a prefix that leads out is refused', async () => {
    const list = async (): Promise<void> => {
      for await (const _entry of driver.list('../x/')) break;
    };
    expect((await thrownBy(list)).code).toBe('INVALID_KEY');
    expect(flaky.calls).toEqual([]);
  });
});

describe('errors', () => {
  it('a foreign error becomes STORAGE_ERROR with its cause, and is not repeated', async () => {
    const cause = new TypeError('undefined is not a function');
    flaky.failNext('head', cause, cause);
    const error = await thrownBy(() => driver.head('key'));
    expect(error).toMatchObject({
      code: 'STORAGE_ERROR',
      cause,
      details: { driver: 'memory', call: 'head' },
    });
    expect(flaky.calls).toEqual(['head']);
  });

  it('a foreign error after the signal is CANCELLED', async () => {
    const controller = new AbortController();
    const aborting: StorageDriver = {
      ...flaky,
      head: async () => {
        controller.abort();
        throw new Error('AbortError');
      },
    };
    const call = (): unknown => createManagedDriver(aborting).head('key', { signal: controller.signal });
    expect((await thrownBy(call)).code).toBe('CANCELLED');
  });

  it('what is tried again is told at debug, without contents', async () => {
    const lines: unknown[] = [];
    const nothing = (): void => {};
    const logger = {
      debug: (fields: object, message: string) => lines.push({ ...fields, message }),
      info: nothing,
      warn: nothing,
      error: nothing,
      child: () => logger,
    };
    flaky.failNext('head', busy);
    await createManagedDriver(flaky, { retry, logger }).head('key');
    expect(lines).toEqual([
      { call: 'head', attempt: 1, code: 'STORAGE_BUSY', reason: 'slow down', message: 'trying again' },
    ]);
  });

  it('hundreds of calls on one signal give no warning', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const { signal } = new AbortController();
    async function* body(): AsyncGenerator<Uint8Array> {
      await new Promise(setImmediate);
      yield Buffer.from('x');
    }
    await Promise.all(Array.from({ length: 100 }, (_, index) => driver.put(`k${index}`, body(), { signal })));
    await new Promise(setImmediate);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });
});

describe('closing', () => {
  it('happens once, however often and at once it is asked for', async () => {
    await Promise.all([driver.close(), driver.close()]);
    await driver.close();
    expect(flaky.calls).toEqual(['close']);
  });

  it('then every call rejects without reaching the driver', async () => {
    await driver.close();
    flaky.calls.length = 0;
    expect((await thrownBy(() => driver.head('key'))).code).toBe('DRIVER_CLOSED');
    expect((await thrownBy(() => driver.delete([]))).code).toBe('DRIVER_CLOSED');
    expect(flaky.calls).toEqual([]);
  });
});

it('a managed source is unwrapped for its own kind', async () => {
  const other = createMemoryDriver({ bucket: 'other' });
  await other.put('key', Buffer.from('content'));
  const copy = await createManagedDriver(createMemoryDriver()).copyFrom(
    createManagedDriver(other),
    'key',
    'copy',
  );
  expect(copy).toMatchObject({ key: 'copy', size: 7 });
});

it('wrapping twice is wrapping once', () => {
  const memory = createMemoryDriver();
  expect(unwrapDriver(createManagedDriver(createManagedDriver(memory)))).toBe(memory);
});
