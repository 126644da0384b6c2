import { describe, expect, test } from 'vitest';
import type { BackupConfig } from '../../src/config/types.js';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver, type MemoryStore } from '../../src/driver/memory-driver.js';
import { BackupError, type ErrorCode } from '../../src/errors/index.js';
import { type Logger, silentLogger } from '../../src/log.js';
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
    name: inner.name,
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
      const warnings: object[] = [];
      const logger = { ...silentLogger, warn: (fields: object) => void warnings.push(fields) };
      const transfer = transferOf(bench, 'auto', logger);
      await transfer.copyAll(copies);
      await transfer.copyAll(copies);
      expect(await contents(bench)).toEqual(wanted);
      expect(warnings).toEqual([{ code, key: expect.any(String) }]);
      expect(bench.calls.filter((call) => call === 'copy').length).toBeLessThanOrEqual(settings.concurrency);
      expect(bench.calls.filter((call) => call === 'put')).toHaveLength(12);
    },
  );

  test('a refusal is an error when copying by the store was asked for', async () => {
    const bench = await makeBench(() => ({ copyFrom: refuse('STORAGE_AUTH') }));
    const error = await thrownBy(() => transferOf(bench, 'direct').copyAll(copies));
    expect(error.code).toBe('STORAGE_AUTH');
  });

  test('another failure is no reason to stream', async () => {
    const bench = await makeBench(() => ({ copyFrom: refuse('STORAGE_FULL') }));
    const error = await thrownBy(() => transferOf(bench).copyAll(copies));
    expect([error.code, bench.calls.includes('put')]).toEqual(['STORAGE_FULL', false]);
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
    const error = await thrownBy(() => transferOf(bench).copyAll(copies));
    expect(error).toMatchObject({ code: 'CHECKSUM_MISMATCH', details: { key: 'b/o1' } });
    expect(error.message).toMatch(/want 10 bytes, got 5/);
  });

  const crc = (value: string) => ({ checksum: { algorithm: 'crc32', value } as const });

  test('a damaged one is sent again, and what stays damaged is an error', async () => {
    let damaged = 2;
    const bench = await makeBench(
      (inner) => ({
        put: async (key, body, options) => {
          const info = await inner.put(key, body, options);
          return { ...info, ...crc(key === 'b/o0' && damaged-- > 0 ? 'bad=' : 'good') };
        },
      }),
      true,
    );
    const source = bench.from.driver;
    const get = source.get.bind(source);
    source.get = async (key, options) => {
      const { body, info } = await get(key, options);
      return { body, info: { ...info, ...crc('good') } };
    };
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
