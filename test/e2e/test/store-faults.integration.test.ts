import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { createTransfer, type Logger, type Store } from '@milvus-backup/core';
import {
  createManagedDriver,
  isBackupError,
  loadDriver,
  type StorageDriver,
  type StorageSection,
} from '@milvus-backup/core/driver';
import {
  type Certificate,
  type Fault,
  type FaultProxy,
  makeCertificate,
  startFaultProxy,
  type TempDir,
  tempDir,
} from '@milvus-backup/test-support';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FaultStore, faultStores, plantedSecrets } from './harness/fault-stores.js';

/** Everything that was logged or thrown, as a reader could come to see it. */
const said: string[] = [];
const note = (...values: readonly unknown[]): void => {
  said.push(inspect(values, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null }));
};
const logger: Logger = {
  debug: note,
  info: note,
  warn: note,
  error: note,
  child: (fields) => {
    note(fields);
    return logger;
  },
};

let dir: TempDir;
const open: StorageDriver[] = [];

beforeAll(async () => {
  dir = await tempDir();
});
afterAll(() => dir?.remove());
afterEach(async () => {
  vi.useRealTimers();
  for (const driver of open.splice(0)) await driver.close();
});

async function openStore(section: StorageSection): Promise<Store> {
  const plugin = await loadDriver(section, { resolveFrom: [import.meta.url] });
  const driver = createManagedDriver(plugin.createDriver(section, { env: {}, cwd: dir.path }), { logger });
  open.push(driver);
  return { section, driver };
}

async function errorOf(call: Promise<unknown>): Promise<object> {
  try {
    await call;
  } catch (error) {
    note(error);
    return isBackupError(error) ? error : { code: 'foreign', error };
  }
  return { code: 'none' };
}

/** One request in most stores, and one that is sent in parts. */
const small = randomBytes(2_500_000);
/** Several parts in any store. */
const large = randomBytes(20_000_000);

describe.each(faultStores)('$name', (kind) => {
  let server: FaultStore;
  let proxy: FaultProxy;
  let disk: Store;
  let store: Store;
  let direct: Store;

  beforeAll(async () => {
    server = await kind.start();
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    proxy = await startFaultProxy({ target: server.target, host: server.host });
    disk = await openStore({ ...server.section(0), provider: 'local', rootPath: dir.path, options: {} });
    store = await openStore(server.section(proxy.port));
    direct = await openStore(server.section(server.target.port));
    await writeFile(join(dir.path, 'small'), small);
  });
  afterEach(() => proxy.close());

  const copy = (from: Store, to: Store, sourceKey: string, targetKey: string, size: number): Promise<void> =>
    createTransfer(
      from,
      to,
      { mode: 'auto', concurrency: 4, multipartCopyThresholdMiB: 500 },
      logger,
    ).copyAll([{ sourceKey, targetKey, size }]);

  const contentOf = async ({ driver }: Store, key: string): Promise<Buffer> =>
    buffer((await driver.get(key)).body);

  /** To the store and back with a fault on the way; both times every byte arrives. */
  async function survives(
    key: string,
    up: Fault | undefined,
    down: Fault | undefined,
    times: number,
  ): Promise<void> {
    const sent = up && proxy.inject(up, { method: ['PUT', 'POST'], times });
    await copy(disk, store, 'small', key, small.length);
    expect(sent?.hits).toBe(up && times);
    expect(Buffer.compare(await contentOf(direct, key), small)).toBe(0);
    proxy.clear();
    const got = down && proxy.inject(down, { method: 'GET', times });
    await copy(store, disk, key, `back-${key}`, small.length);
    expect(got?.hits).toBe(down && times);
    expect(Buffer.compare(await contentOf(disk, `back-${key}`), small)).toBe(0);
  }

  describe('survived, with equal bytes', () => {
    it.each([0, 1, 1_000_000, 2_499_999])('connections that break at byte %i', async (at) => {
      await survives(`drop-${at}`, { kind: 'drop-request', at }, { kind: 'drop-response', at }, 2);
    });

    it('a reply that is lost after the work was done', async () => {
      await survives('lost', { kind: 'lost-reply' }, { kind: 'lost-reply' }, 1);
    });

    it('a store that answers 503 for a while', async () => {
      const busy = { kind: 'answer', status: 503, code: 'ServerBusy' } as const;
      await survives('busy', busy, busy, 7);
    });

    it('429 with a time to wait', async () => {
      const wait = {
        kind: 'answer',
        status: 429,
        code: 'SlowDown',
        headers: { 'retry-after': '1' },
      } as const;
      await survives('wait', wait, wait, 4);
    });

    it('a store that truncates, with the length it announced', async () => {
      await survives('cut', undefined, { kind: 'truncate', at: 1_000_000, length: 'announced' }, 3);
    });

    it('a store that truncates, and announces no more', async () => {
      await survives('short', undefined, { kind: 'truncate', at: 1_000_000, length: 'corrected' }, 2);
    });

    it('a bit that is turned over on the way', async () => {
      const flip = { kind: 'flip', at: 1_234_567 } as const;
      await survives('flip', { ...flip, in: 'request' }, { ...flip, in: 'response' }, 1);
    });

    it('a slow store', async () => {
      await survives('slow', { kind: 'slow', bytesPerSecond: 3e6 }, { kind: 'slow', bytesPerSecond: 3e6 }, 1);
    });
  });

  describe('sent in parts', () => {
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < large.length; at += 300_000) yield large.subarray(at, at + 300_000);
    }

    it.each<[string, Fault, number]>([
      ['the connection of a part breaks', { kind: 'drop-request', at: 1_000_000 }, 1],
      ['a part is answered 503', { kind: 'answer', status: 503, code: 'ServerBusy' }, 2],
    ])('%s, and it arrives', async (_what, fault, times) => {
      const sent = proxy.inject(fault, { method: 'PUT', path: kind.part, times });
      const stored = await store.driver.put(`parts-${fault.kind}`, chunks());
      expect([stored.size, sent.hits]).toEqual([large.length, times]);
      expect(Buffer.compare(await contentOf(direct, stored.key), large)).toBe(0);
    });

    it(`the reply to a part is lost: ${kind.partTwice}`, async () => {
      const sent = proxy.inject({ kind: 'lost-reply' }, { method: 'PUT', path: kind.part, times: 1 });
      const error = await errorOf(store.driver.put('parts-lost', chunks()));
      expect(sent.hits).toBe(1);
      if (kind.partTwice === 'arrives') {
        expect(Buffer.compare(await contentOf(direct, 'parts-lost'), large)).toBe(0);
        return;
      }
      expect(error).toMatchObject({ code: kind.partTwice });
      expect(await direct.driver.head('parts-lost')).toBeNull();
    });

    it('a bit of a part is turned over each time, and nothing is there', async () => {
      proxy.inject({ kind: 'flip', at: 1_234_567, in: 'request' }, { method: 'PUT', path: kind.part });
      expect(await errorOf(store.driver.put('parts-flip', chunks()))).toMatchObject({
        code: 'CHECKSUM_MISMATCH',
      });
      expect(await direct.driver.head('parts-flip')).toBeNull();
    });

    it.each<[string, Fault]>([
      ['broken', { kind: 'drop-response', at: 7_000_000 }],
      ['cut short', { kind: 'truncate', at: 7_000_000, length: 'corrected' }],
    ])('its download is %s, and goes on', async (_what, fault) => {
      await direct.driver.put('parts-down', chunks());
      const got = proxy.inject(fault, { method: 'GET', times: 2 });
      await copy(store, disk, 'parts-down', `back-${fault.kind}`, large.length);
      expect(got.hits).toBe(2);
      expect(Buffer.compare(await contentOf(disk, `back-${fault.kind}`), large)).toBe(0);
    });
  });

  describe('never whole at the target', () => {
    it.each<[string, Fault]>([
      ['bits turned over each time', { kind: 'flip', at: 1_234_567, in: 'response' }],
      ['always truncated, announcing no more', { kind: 'truncate', at: 1_000_000, length: 'corrected' }],
    ])('%s', async (_what, fault) => {
      await copy(disk, direct, 'small', 'damaged', small.length);
      proxy.inject(fault, { method: 'GET' });
      const target = `never-${fault.kind}`;
      expect(await errorOf(copy(store, disk, 'damaged', target, small.length))).toMatchObject({
        code: 'CHECKSUM_MISMATCH',
      });
      expect(await disk.driver.head(target)).toBeNull();
    });
  });

  describe('told with a code and what to do', () => {
    const failure = async (section: StorageSection): Promise<object> => {
      const { driver } = await openStore(section);
      return errorOf(driver.get('key'));
    };
    const coded = (code: string) => ({ code, remedy: expect.stringMatching(/.{10}/) });

    it('a wrong key', async () => {
      if (kind.refusal) proxy.inject({ kind: 'answer', ...kind.refusal });
      const section = kind.wrongKey(server.section(proxy.port));
      expect(await failure(section)).toMatchObject(coded('STORAGE_AUTH'));
    });

    it('a bucket that is not there', async () => {
      const section = { ...server.section(proxy.port), bucketName: 'not-there' };
      expect(await failure(section)).toMatchObject(coded('BUCKET_NOT_FOUND'));
      const { driver } = await openStore(section);
      expect(await errorOf(driver.put('key', small))).toMatchObject(coded('BUCKET_NOT_FOUND'));
    });

    it.each(kind.skewed)('clocks that differ too much: $code', async (answer) => {
      proxy.inject({ kind: 'answer', ...answer });
      proxy.inject({ kind: 'date', offsetMs: 3 * 3_600_000 });
      expect(await failure(server.section(proxy.port))).toMatchObject({
        code: 'STORAGE_AUTH',
        message: expect.stringContaining('clock'),
      });
    });

    it.each<[string, () => Certificate]>([
      ['nobody trusts', () => makeCertificate()],
      ['has expired', () => makeCertificate(new Date(Date.now() - 10 * 24 * 3_600_000))],
    ])('a certificate that %s', async (what, make) => {
      const certificate = make();
      const secure = await startFaultProxy({ target: server.target, host: server.host, certificate });
      try {
        const caFile = join(dir.path, `${what.slice(0, 3)}.pem`);
        await writeFile(caFile, certificate.cert);
        const trusting = what.startsWith('has') ? { caFile } : {};
        const section = server.section(secure.port);
        const options = { ...section.options, ...trusting };
        expect(await failure({ ...section, useSSL: true, options })).toMatchObject(
          coded('STORAGE_UNREACHABLE'),
        );
        if (what.startsWith('has')) return;
        // Named as one's own it is good.
        const { driver } = await openStore({
          ...section,
          useSSL: true,
          options: { ...section.options, caFile },
        });
        expect(await driver.bucketExists()).toBe(true);
      } finally {
        await secure.close();
      }
    });

    it('a name that no name service knows', async () => {
      const section = { ...server.section(443), address: 'no-such-host.invalid', useSSL: true };
      expect(await failure(section)).toMatchObject(coded('STORAGE_UNREACHABLE'));
    });

    it('a port where nothing listens', async () => {
      await proxy.refuse();
      expect(await failure(server.section(proxy.port))).toMatchObject(coded('STORAGE_UNREACHABLE'));
    });
  });

  it('nothing that was logged or thrown holds a secret', () => {
    const { auth } = server.section(0);
    const secrets = [auth.secretAccessKey, auth.accountKey, ...plantedSecrets].filter((one) => one !== '');
    expect(said.length).toBeGreaterThan(10);
    for (const secret of secrets) expect(said.filter((line) => line.includes(secret))).toEqual([]);
  });
});
