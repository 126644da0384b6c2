import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { crc32 } from '@node-rs/crc32';
import { describe, expect, test } from 'vitest';
import type { BackupConfig } from '../../src/config/types.js';
import type { DriverCapabilities } from '../../src/driver/capabilities.js';
import type { ObjectInfo, StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver, type MemoryStore } from '../../src/driver/memory-driver.js';
import { BackupError, type ErrorCode } from '../../src/errors/index.js';
import { type Logger, silentLogger } from '../../src/log.js';
import { createDigest } from '../../src/transfer/digest.js';
import { readText } from '../../src/transfer/read-text.js';
import { createTransfer, type ObjectCopy, type Store } from '../../src/transfer/transfer.js';
import { thrownBy } from '../driver/thrown-by.js';
import { settleFast } from '../task/settle.js';
import { makeSection } from './sections.js';

const settings = { mode: 'auto', concurrency: 4, multipartCopyThresholdMiB: 500 } as const;

interface Bench {
  readonly from: Store;
  readonly to: Store;
  /** `copy` and `put` of the target, in order. */
  readonly calls: string[];
}

type Change = (inner: StorageDriver) => Partial<StorageDriver>;

/** Two memory buckets of one store, or of two, with calls of the target counted and replaced as wanted. */
async function makeBench(change: Change = () => ({}), apart = false): Promise<Bench> {
  const store: MemoryStore = new Map();
  const source = createMemoryDriver({ store, bucket: 'data' });
  const inner = createMemoryDriver(apart ? { bucket: 'backup' } : { store, bucket: 'backup' });
  for (let index = 0; index < 6; index++) await source.put(`o${index}`, Buffer.from(`bytes of ${index}`));
  const calls: string[] = [];
  const changed = change(inner);
  const target: StorageDriver = {
    name: apart ? 'elsewhere' : inner.name,
    capabilities: inner.capabilities,
    head: (key, options) => inner.head(key, options),
    get: (key, options) => inner.get(key, options),
    put: (key, body, options) => {
      calls.push('put');
      return (changed.put ?? inner.put.bind(inner))(key, body, options);
    },
    copyFrom: (from, sourceKey, key, options) => {
      calls.push('copy');
      return (changed.copyFrom ?? inner.copyFrom.bind(inner))(from, sourceKey, key, options);
    },
    delete: (keys, options) => inner.delete(keys, options),
    list: (prefix, options) => inner.list(prefix, options),
    bucketExists: (options) => inner.bucketExists(options),
    createBucket: (options) => inner.createBucket(options),
    close: () => inner.close(),
  };
  const section = makeSection({ path: 'backup.storage', ...(apart ? { port: 9100 } : {}) });
  return { from: { section: makeSection(), driver: source }, to: { section, driver: target }, calls };
}

const copies: readonly ObjectCopy[] = Array.from({ length: 6 }, (_, index) => ({
  sourceKey: `o${index}`,
  targetKey: `b/o${index}`,
  size: 10,
}));

function transferOf(
  { from, to }: Bench,
  mode: BackupConfig['transfer']['mode'] = 'auto',
  logger: Logger = silentLogger,
) {
  return createTransfer(from, to, { ...settings, mode }, logger);
}

async function contents({ to }: Bench): Promise<(string | null)[]> {
  return await Promise.all(copies.map((copy) => readText(to.driver, copy.targetKey, 100)));
}

const wanted = copies.map((_, index) => `bytes of ${index}`);
const refuse = (code: ErrorCode) => (): Promise<never> =>
  Promise.reject(new BackupError({ code, message: 'no' }));

describe('how objects are moved', () => {
  test('within one store, by the store', async () => {
    const bench = await makeBench();
    const told: string[] = [];
    await transferOf(bench).copyAll(copies, { onObject: (object) => told.push(object.targetKey) });
    expect(await contents(bench)).toEqual(wanted);
    expect(bench.calls).toEqual(copies.map(() => 'copy'));
    expect(told.sort()).toEqual(copies.map((copy) => copy.targetKey));
  });

  test('between two stores, through this process', async () => {
    const bench = await makeBench(() => ({}), true);
    await transferOf(bench).copyAll(copies);
    expect(await contents(bench)).toEqual(wanted);
    expect(bench.calls).toEqual(copies.map(() => 'put'));
  });

  test('through this process when that is asked for', async () => {
    const bench = await makeBench();
    await transferOf(bench, 'streaming').copyAll(copies);
    expect(bench.calls).toEqual(copies.map(() => 'put'));
  });

  test.each<ErrorCode>(['UNSUPPORTED', 'STORAGE_AUTH', 'BUCKET_NOT_FOUND'])(
    'a store that answers %s is asked no more, and the user told once',
    async (code) => {
      const bench = await makeBench(() => ({ copyFrom: refuse(code) }));
      const lines: object[] = [];
      const note = (level: string) => (fields: object) => void lines.push({ level, ...fields });
      const logger = { ...silentLogger, info: note('info'), warn: note('warn') };
      const transfer = transferOf(bench, 'auto', logger);
      await transfer.copyAll(copies);
      await transfer.copyAll(copies);
      expect(await contents(bench)).toEqual(wanted);
      const level = code === 'UNSUPPORTED' ? 'info' : 'warn';
      expect(lines).toEqual([{ level, code, key: expect.any(String), reason: 'no' }]);
      expect(bench.calls.filter((call) => call === 'copy').length).toBeLessThanOrEqual(settings.concurrency);
      expect(bench.calls.filter((call) => call === 'put')).toHaveLength(12);
    },
  );

  test('a refusal is an error when copying by the store was asked for', async () => {
    const bench = await makeBench(() => ({ copyFrom: refuse('STORAGE_AUTH') }));
    const error = await thrownBy(() => transferOf(bench, 'direct').copyAll(copies));
    expect(error).toMatchObject({
      code: 'STORAGE_AUTH',
      remedy: expect.stringContaining('auto or streaming'),
    });
    expect(bench.calls).not.toContain('put');
  });

  test('a store that serves two tenants at one address: what it cannot see is streamed', async () => {
    const absent = new BackupError({ code: 'OBJECT_NOT_FOUND', message: 'no such key' });
    const bench = await makeBench(() => ({ copyFrom: () => Promise.reject(absent) }));
    await transferOf(bench).copyAll(copies);
    expect(await contents(bench)).toEqual(wanted);
  });

  test('an object too large for one copy request is streamed alone, where copies by ranges are not offered', async () => {
    const bench = await makeBench();
    Object.assign(bench.to.driver, { capabilities: { serverSideCopy: true } });
    const huge = { sourceKey: 'o0', targetKey: 'b/o0', size: 6 * 1024 ** 3 };
    const error = await settleFast(() => thrownBy(() => transferOf(bench).copyAll([huge])));
    // It is not that large, which streaming notices.
    expect([error.code, bench.calls]).toEqual(['CHECKSUM_MISMATCH', []]);
    await transferOf(bench).copyAll(copies);
    expect(bench.calls).toEqual(copies.map(() => 'copy'));
  });

  test('what a store nearby has copied without a checksum is read for one', async () => {
    const told = async (capabilities: DriverCapabilities): Promise<unknown[]> => {
      const bench = await makeBench((inner) => ({
        async copyFrom(...args) {
          const { checksum: _none, ...info } = await inner.copyFrom(...args);
          return info;
        },
      }));
      Object.assign(bench.to.driver, { capabilities: { serverSideCopy: true, ...capabilities } });
      const checksums: unknown[] = [];
      const onObject = (_object: ObjectCopy, { checksum }: ObjectInfo): void => void checksums.push(checksum);
      await transferOf(bench).copyAll(copies.slice(0, 1), { onObject });
      return checksums;
    };
    const sum = await createDigest('crc32c');
    sum?.update(Buffer.from('bytes of 0'));
    expect(await told({ nearby: true })).toEqual([{ algorithm: 'crc32c', value: sum?.value() }]);
    expect(await told({})).toEqual([undefined]);
  });

  test('another failure is no reason to stream', async () => {
    const bench = await makeBench(() => ({ copyFrom: refuse('STORAGE_FULL') }));
    const error = await thrownBy(() => transferOf(bench).copyAll(copies));
    expect([error.code, bench.calls.includes('put')]).toEqual(['STORAGE_FULL', false]);
  });
});

describe('a target that holds what it gets against an MD5', () => {
  const md5Of = (text: string): string => createHash('md5').update(text).digest('base64');

  /** Etags of the source that are MD5 sums or only look like them, and a target that checks. */
  async function makeChecking(etagOf: (content: string) => string) {
    const told: (string | undefined)[] = [];
    const bench = await makeBench(
      (inner) => ({
        async put(key, body, options = {}) {
          told.push(options.md5);
          const content = await buffer(body as AsyncIterable<Uint8Array>);
          if (options.md5 !== undefined && options.md5 !== md5Of(content.toString())) {
            throw new BackupError({ code: 'CHECKSUM_MISMATCH', message: 'other', retryable: true });
          }
          return await inner.put(key, content);
        },
      }),
      true,
    );
    Object.assign(bench.to.driver, { capabilities: { md5Put: true } });
    const { driver } = bench.from;
    const get = driver.get.bind(driver);
    driver.get = async (key, options) => {
      const { body, info } = await get(key, options);
      const content = await buffer(body);
      const { checksum: _none, ...rest } = info;
      const etag = etagOf(`bytes of ${key.slice(1)}`);
      return { body: Readable.from([content], { objectMode: false }), info: { ...rest, etag } };
    };
    return { bench, told };
  }

  test('is told the etag of the source', async () => {
    const { bench, told } = await makeChecking((text) => createHash('md5').update(text).digest('hex'));
    await transferOf(bench).copyAll(copies);
    expect(await contents(bench)).toEqual(wanted);
    expect(told.sort()).toEqual(wanted.map(md5Of).sort());
  });

  test('etags that are no MD5 are told no more once that shows', async () => {
    const { bench, told } = await makeChecking((text) =>
      createHash('md5').update(`key of a customer ${text}`).digest('hex'),
    );
    await settleFast(() => transferOf(bench).copyAll(copies));
    expect(await contents(bench)).toEqual(wanted);
    told.length = 0;
    const transfer = transferOf(bench);
    for (const copy of copies) await settleFast(() => transfer.copyAll([copy]));
    expect(told.filter((md5) => md5 !== undefined)).toHaveLength(1);
  });
});

describe('what arrives wrong', () => {
  test.each([false, true])('an object that went away is told as such (two stores: %s)', async (apart) => {
    const bench = await makeBench(() => ({}), apart);
    await bench.from.driver.delete(['o3']);
    const error = await thrownBy(() => transferOf(bench).copyAll(copies));
    expect(error).toMatchObject({ code: 'SOURCE_INCOMPLETE', details: { key: 'o3' } });
    expect(error.message).toContain('o3');
    expect(error.remedy).toContain('gcPause');
  });

  test.each([false, true])('an object of another size than listed (two stores: %s)', async (apart) => {
    const bench = await makeBench(() => ({}), apart);
    await bench.from.driver.put('o1', Buffer.from('short'));
    const error = await settleFast(() => thrownBy(() => transferOf(bench).copyAll(copies)));
    expect(error).toMatchObject({ code: 'CHECKSUM_MISMATCH', details: { key: 'b/o1' } });
    expect(error.message).toMatch(/want 10 bytes, got 5/);
  });

  /** The sources' bytes with one bit turned over, as often as `times` says. */
  function damageReads(bench: Bench, times: number, info: (index: number) => Partial<ObjectInfo>): void {
    const source = bench.from.driver;
    const get = source.get.bind(source);
    let left = times;
    source.get = async (key, options) => {
      const { body, info: facts } = await get(key, options);
      const bytes = await buffer(body);
      if (key === 'o0' && left-- > 0) bytes[left % 5] = (bytes[left % 5] ?? 0) ^ 1;
      const told = info(Number(key.slice(1)));
      const { etag: _etag, ...rest } = facts;
      return { body: Readable.from([bytes], { objectMode: false }), info: { ...rest, ...told } };
    };
  }

  const crcOf = (text: string): string => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(text));
    return bytes.toString('base64');
  };
  const crc = (index: number): Partial<ObjectInfo> => ({
    checksum: { algorithm: 'crc32', value: crcOf(`bytes of ${index}`) },
  });
  const md5 = (index: number): Partial<ObjectInfo> => ({
    etag: createHash('md5').update(`bytes of ${index}`).digest('hex'),
  });

  test.each([
    ['checksum', crc],
    ['etag', md5],
  ])('bytes that changed on the way from the source are read again (%s)', async (_what, info) => {
    const bench = await makeBench(() => ({}), true);
    damageReads(bench, 2, info);
    await settleFast(() => transferOf(bench).copyAll(copies));
    expect(await contents(bench)).toEqual(wanted);
    expect(bench.calls).toHaveLength(8);
  });

  test('what stays damaged is an error, and never whole at the target', async () => {
    const bench = await makeBench(() => ({}), true);
    damageReads(bench, 99, crc);
    const error = await settleFast(() => thrownBy(() => transferOf(bench).copyAll(copies)));
    expect(error).toMatchObject({ code: 'CHECKSUM_MISMATCH', details: { key: 'b/o0' } });
    expect(await bench.to.driver.head('b/o0')).toBeNull();
  });

  test('an etag that is no MD5 costs a second read, once a run', async () => {
    const bench = await makeBench(() => ({}), true);
    damageReads(bench, 0, (index) => ({ etag: `${index}`.repeat(32) }));
    const transfer = createTransfer(bench.from, bench.to, { ...settings, concurrency: 1 }, silentLogger);
    await settleFast(() => transfer.copyAll(copies));
    expect(await contents(bench)).toEqual(wanted);
    expect(bench.calls).toHaveLength(7);
  });

  test('what the target says of the bytes is held against those sent', async () => {
    let damaged = 2;
    const bench = await makeBench(
      (inner) => ({
        put: async (key, body, options) => {
          const info = await inner.put(key, body, options);
          const bad = key === 'b/o0' && damaged-- > 0;
          const value = bad ? 'bad=' : crcOf(`bytes of ${key.slice(-1)}`);
          return { ...info, checksum: { algorithm: 'crc32', value } };
        },
      }),
      true,
    );
    Object.assign(bench.to.driver, { capabilities: { checksum: 'crc32' } });
    await settleFast(() => transferOf(bench).copyAll(copies));
    expect(bench.calls).toHaveLength(8);

    damaged = 99;
    const first = copies.slice(0, 1);
    const error = await settleFast(() => thrownBy(() => transferOf(bench).copyAll(first)));
    expect(error).toMatchObject({ code: 'CHECKSUM_MISMATCH', details: { key: 'b/o0' } });
  });

  test('a hiccup of the store is tried again while streaming', async () => {
    let hiccups = 2;
    const bench = await makeBench(
      (inner) => ({
        put: (key, body, options) => {
          if (hiccups-- <= 0) return inner.put(key, body, options);
          throw new BackupError({ code: 'STORAGE_UNREACHABLE', message: 'reset', retryable: true });
        },
      }),
      true,
    );
    await settleFast(() => transferOf(bench).copyAll(copies));
    expect(await contents(bench)).toEqual(wanted);
  });
});

test('an abort ends the transfer as cancelled', async () => {
  const bench = await makeBench();
  const stop = new AbortController();
  const error = await thrownBy(() =>
    transferOf(bench).copyAll(copies, { signal: stop.signal, onObject: () => stop.abort() }),
  );
  expect(error.code).toBe('CANCELLED');
});

describe('readText', () => {
  test('gives null for what is absent, and refuses what is too long', async () => {
    const driver = createMemoryDriver();
    await driver.put('a', Buffer.from('größer'));
    expect(await readText(driver, 'a', 8)).toBe('größer');
    expect(await readText(driver, 'b', 8)).toBeNull();
    expect(await thrownBy(() => readText(driver, 'a', 7))).toMatchObject({
      code: 'META_UNREADABLE',
      details: { key: 'a', size: 8 },
    });
  });
});
