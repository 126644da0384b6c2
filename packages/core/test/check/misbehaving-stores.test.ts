import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { ListEntry, StorageDriver } from '../../src/driver/driver.js';
import { BackupError } from '../../src/errors/index.js';
import { lineOf, type Misbehaviour, makeCheckBench } from './bench.js';

const skewed =
  (milliseconds: number): Misbehaviour =>
  (sound) => ({
    head: async (...call) => {
      const info = await sound.head(...call);
      return info && { ...info, lastModified: new Date((info.lastModified?.getTime() ?? 0) + milliseconds) };
    },
  });

const without =
  (ability: 'conditionalPut' | 'serverSideCopy'): Misbehaviour =>
  (sound) => ({ capabilities: { ...sound.capabilities, [ability]: false } });

const listing =
  (change: (entry: ListEntry) => boolean): Misbehaviour =>
  (sound) => ({
    async *list(...call) {
      for await (const entry of sound.list(...call)) if (change(entry)) yield entry;
    },
  });

const isProbe = (entry: ListEntry, name: string): boolean =>
  entry.type === 'object' && entry.key.endsWith(name);

const never = (): Promise<never> => new Promise(() => {});

const unreachable = (): Promise<never> =>
  Promise.reject(
    new BackupError({ code: 'STORAGE_UNREACHABLE', message: 'nobody there', remedy: 'start it' }),
  );

const deniedNow = (): Promise<never> =>
  Promise.reject(new BackupError({ code: 'STORAGE_AUTH', message: 'denied', remedy: 'grant it' }));

/** What a store does wrong, the line that tells it, and how. */
const faults: readonly (readonly [string, Misbehaviour, string, string, string])[] = [
  [
    'ignores the condition of a put',
    (sound) => ({ put: (key, body, { ifNoneMatch: _, ...options } = {}) => sound.put(key, body, options) }),
    'conditional-put',
    'failed',
    'both told that they were first',
  ],
  ['lets the second writer win', lateWinner, 'conditional-put', 'failed', 'holds what another wrote'],
  [
    'refuses every conditional put',
    (sound) => ({
      put: async (key, body, options) => {
        if (options?.ifNoneMatch) throw new BackupError({ code: 'PRECONDITION_FAILED', message: 'no' });
        return sound.put(key, body, options);
      },
    }),
    'conditional-put',
    'failed',
    'both were refused',
  ],
  [
    'has no conditional put',
    without('conditionalPut'),
    'conditional-put',
    'failed',
    'offers no conditional put',
  ],
  [
    'has no server-side copy',
    without('serverSideCopy'),
    'server-side-copy',
    'skipped',
    'through this process',
  ],
  ['refuses to copy', () => ({ copyFrom: deniedNow }), 'server-side-copy', 'warning', 'denied'],
  [
    'copies other bytes',
    (sound) => ({ copyFrom: (_source, _from, key) => sound.put(key, Buffer.from('other')) }),
    'server-side-copy',
    'warning',
    'other bytes',
  ],
  [
    'never lists what was written',
    listing((entry) => !isProbe(entry, '/written')),
    'list-after-write',
    'failed',
    'is not listed',
  ],
  ['lists what was written late', lateListing, 'list-after-write', 'warning', 'only after'],
  ['refuses to delete', () => ({ delete: deniedNow }), 'batch-delete', 'failed', 'denied'],
  [
    'does not delete',
    () => ({ delete: async () => {} }),
    'batch-delete',
    'failed',
    '3 of 3 objects are still there',
  ],
  ['goes on listing what was deleted', ghosts, 'batch-delete', 'warning', 'still listed'],
  [
    'serves other bytes',
    (sound) => ({
      get: async (...call) => ({
        ...(await sound.get(...call)),
        body: Readable.from([Buffer.from('other')]),
      }),
    }),
    'read',
    'failed',
    'download',
  ],
  [
    'ignores ranges',
    (sound) => ({ get: (key, { range: _, ...options } = {}) => sound.get(key, options) }),
    'ranged-read',
    'failed',
    'download',
  ],
  [
    'cuts off a body of unknown length',
    (sound) => ({
      put: (key, body, options) =>
        body instanceof Uint8Array ? sound.put(key, body, options) : sound.put(key, Buffer.from('cut'), {}),
    }),
    'multipart',
    'failed',
    'has 3 bytes',
  ],
  [
    'refuses an upload in parts',
    (sound) => ({
      put: (key, body, options) => (body instanceof Uint8Array ? sound.put(key, body, options) : deniedNow()),
    }),
    'multipart',
    'failed',
    'denied',
  ],
  ['is a minute ahead', skewed(60_000), 'clock', 'warning', '60 s ahead of ours'],
  ['is 14 minutes behind', skewed(-14 * 60_000), 'clock', 'failed', '840 s behind ours'],
  [
    'has no clock',
    (sound) => ({
      head: async (...call) => {
        const info = await sound.head(...call);
        return info && { key: info.key, size: info.size };
      },
    }),
    'clock',
    'skipped',
    'does not tell',
  ],
  [
    'loses what was written',
    (sound) => ({ head: async () => null, get: sound.get }),
    'write',
    'failed',
    'not there',
  ],
  ['is not there', () => ({ bucketExists: unreachable }), 'connection', 'failed', 'nobody there'],
  ['never answers', () => ({ bucketExists: never }), 'connection', 'failed', 'no answer within 0.3 s'],
  [
    'refuses the credentials',
    () => ({
      bucketExists: deniedNow,
      list: () => ({ [Symbol.asyncIterator]: () => ({ next: deniedNow }) }),
    }),
    'credentials',
    'failed',
    'denied',
  ],
  ['never answers a put', () => ({ put: never }), 'write', 'failed', 'no answer within 0.3 s'],
  [
    'cannot be listed',
    () => ({ list: () => ({ [Symbol.asyncIterator]: () => ({ next: deniedNow }) }) }),
    'list',
    'failed',
    'denied',
  ],
];

describe('a store of backups that', () => {
  test.concurrent.each(faults)('%s', async (_what, misbehaviour, probe, status, words) => {
    const bench = await makeCheckBench({
      backupStore: misbehaviour,
      input: { timeout: words.includes('0.3') ? 300 : 20_000 },
    });
    await bench.milvus.add('books', 3);
    const report = await bench.run();
    const line = lineOf(report, `backup-storage.${probe}`);
    expect({ status: line.status, message: line.message }).toEqual({
      status,
      message: expect.stringContaining(words),
    });
    if (status !== 'skipped') expect(line.remedy).not.toBe('');
  });
});

describe('probes', () => {
  const probesIn = (keys: readonly string[]): string[] =>
    keys.filter((key) => key.includes('milvus_backup_check'));

  test('that cannot be removed are told with their place', async () => {
    const bench = await makeCheckBench({ backupStore: () => ({ delete: deniedNow }) });
    const line = lineOf(await bench.run(), 'clean-up.backup-storage');
    expect(line.status).toBe('failed');
    expect(line.remedy).toContain('backup/milvus_backup_check/1795000000000-id-1/');
    expect(probesIn(await bench.keys()).every((key) => key.startsWith('backups/'))).toBe(true);
  });

  test('are gone after a check that was cancelled', async () => {
    const stop = new AbortController();
    const bench = await makeCheckBench();
    await bench.milvus.add('books', 3);
    const before = await bench.keys();
    const checking = bench.run({
      signal: stop.signal,
      onItem: (item) => {
        if (item.name === 'backup-storage.write') stop.abort();
      },
    });
    await expect(checking).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await bench.keys()).toEqual(before);
  });

  test('of checks that died are removed, what is not ours is left', async () => {
    const bench = await makeCheckBench();
    const home = 'backup/milvus_backup_check/';
    const store = bench.open('backups');
    const stays = [
      `${home}1794999999000-other/written`,
      `${home}notes.txt`,
      `${home}x/1/written`,
      'backup/nightly/meta/backup_meta.json',
    ];
    for (const key of [`${home}1794990000000-dead-1/written`, ...stays])
      await store.put(key, Buffer.from('x'));
    const line = lineOf(await bench.run(), 'clean-up.backup-storage');
    expect(line).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('1 objects of earlier checks'),
    });
    expect(line.message).toContain('1 objects of another check');
    expect(await bench.keys()).toEqual(stays.map((key) => `backups/${key}`).sort());
  });
});

/** A put that says who won, and keeps what the other wrote. */
function lateWinner(sound: StorageDriver): Partial<StorageDriver> {
  return {
    put: async (key, body, options) => {
      try {
        return await sound.put(key, body, options);
      } catch (error) {
        if (options?.ifNoneMatch) await sound.put(key, body, {});
        throw error;
      }
    },
  };
}

function lateListing(sound: StorageDriver): Partial<StorageDriver> {
  let listings = 0;
  return {
    async *list(...call) {
      if (call[0].includes('milvus_backup_check')) listings += 1;
      const late = listings < 3;
      for await (const entry of sound.list(...call)) if (!late) yield entry;
    },
  };
}

/** Lists an object that was deleted for ever. */
function ghosts(sound: StorageDriver): Partial<StorageDriver> {
  const gone = new Set<string>();
  return {
    delete: async (keys, options) => {
      await sound.delete(keys, options);
      for (const key of keys) gone.add(key);
    },
    async *list(prefix, options) {
      yield* sound.list(prefix, options);
      for (const key of gone) if (key.startsWith(prefix)) yield { type: 'object', key, size: 1 };
    },
  };
}
