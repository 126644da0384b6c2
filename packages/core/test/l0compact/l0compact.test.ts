import { describe, expect, test } from 'vitest';
import { readBackupMeta } from '../../src/meta/index.js';
import { type Bench, type DataSegment, type LevelZeroSegment, makeBench } from './bench.js';

const data: readonly DataSegment[] = [
  { id: 1n, partition: 50n, channel: 'a', rows: [1n, 2n, 3n, 4n, 5n].map((key) => [key, 10n]) },
  { id: 2n, partition: 50n, channel: 'b', rows: [6n, 7n, 8n].map((key) => [key, 10n]) },
  { id: 3n, partition: 51n, channel: 'a', rows: [1n, 2n, 3n].map((key) => [key, 30n]) },
];

const l0: readonly LevelZeroSegment[] = [
  {
    id: 7n,
    partition: 50n,
    channel: 'a',
    deletes: [
      { pk: 1n, ts: 20n },
      // Older than the row, of the very moment of the row, and of no row.
      { pk: 2n, ts: 5n },
      { pk: 5n, ts: 10n },
      { pk: 99n, ts: 40n },
    ],
  },
  {
    id: 8n,
    partition: -1n,
    channel: 'a',
    deletes: [
      { pk: 3n, ts: 25n },
      { pk: 4n, ts: 40n },
      { pk: 4n, ts: 20n },
    ],
  },
  { id: 9n, partition: -1n, channel: 'b', deletes: [{ pk: 7n, ts: 50n }] },
];

/** One more than the highest log id. */
const firstLog = 9001n;
const expected = {
  [`5/50/1/1/${firstLog}`]: [
    { pk: 1n, ts: 20n },
    { pk: 4n, ts: 20n },
    { pk: 3n, ts: 25n },
    { pk: 4n, ts: 40n },
  ],
  [`5/50/2/2/${firstLog + 1n}`]: [{ pk: 7n, ts: 50n }],
};

async function deltasOf(bench: Bench, name: string): Promise<object> {
  return Object.fromEntries(await bench.deltas(name));
}

describe('l0compact', () => {
  test('lays each delete beside the rows that it hits, and nothing else', async () => {
    const bench = await makeBench(data, l0);
    const service = await bench.open();
    const view = await service.l0compact({ name: 'b' });
    expect(view).toMatchObject({ kind: 'l0compact', backupName: 'b_l0compacted', state: 'success' });
    expect(view.progress).toMatchObject({ percent: 100, objectsDone: 6, objectsTotal: 6 });
    expect(await deltasOf(bench, 'b_l0compacted')).toEqual(expected);
    const report = await service.verify({ name: 'b_l0compacted', level: 'decode' });
    expect(report).toMatchObject({ ok: true, warnings: [], manifest: 'present' });
    expect(report.counts).toMatchObject({ segments: 3, rows: 11, objects: 8, objectsDecoded: 8 });
    expect(await service.verify({ name: 'b', level: 'decode' })).toMatchObject({ ok: true });
  });

  test('writes the metadata of a backup without level 0', async () => {
    const bench = await makeBench(data, l0);
    const service = await bench.open();
    await service.l0compact({ name: 'b', output: 'flat' });
    const meta = await readBackupMeta(bench.driver, 'backup', 'flat');
    expect(meta).toMatchObject({ id: 'id-101', name: 'flat', milvus_version: 'v2.5.0' });
    const [collection] = meta.collection_backups;
    expect(collection).toMatchObject({ id: 'id-101', collection_id: 5n, l0_segments: [] });
    const segments = collection?.partition_backups.flatMap((one) => one.segment_backups) ?? [];
    expect(segments.map(({ segment_id, is_l0 }) => [segment_id, is_l0])).toEqual([
      [1n, false],
      [2n, false],
      [3n, false],
    ]);
    expect(segments[0]?.deltalogs).toMatchObject([
      {
        fieldID: 0n,
        binlogs: [{ log_id: firstLog, log_path: `backup/flat/binlogs/delta_log/5/50/1/1/${firstLog}` }],
      },
    ]);
    let stored = 0;
    for await (const entry of bench.driver.list('backup/flat/binlogs/')) {
      if (entry.type === 'object') stored += entry.size;
    }
    expect(meta.size).toBe(stored);
    expect(collection?.size).toBe(stored);
    expect(collection?.partition_backups.reduce((all, { size }) => all + size, 0)).toBe(stored);
    expect(segments.reduce((all, { size }) => all + size, 0)).toBe(stored);
  });

  test('takes text keys, and segments without a group level', async () => {
    const rows = ['ключ "1"', 'b', ''].map((key) => [key, 10n] as const);
    const bench = await makeBench(
      [{ id: 1n, partition: 50n, channel: '', group: 0n, rows }],
      [
        {
          id: 7n,
          partition: -1n,
          channel: 'named',
          deletes: [
            { pk: 'ключ "1"', ts: 11n },
            { pk: '', ts: 12n },
          ],
        },
      ],
    );
    await (await bench.open()).l0compact({ name: 'b' });
    expect(await deltasOf(bench, 'b_l0compacted')).toEqual({
      '5/50/1/7001': [
        { pk: 'ключ "1"', ts: 11n },
        { pk: '', ts: 12n },
      ],
    });
  });

  test('a backup without level 0 is copied as it is', async () => {
    const bench = await makeBench(data, []);
    const service = await bench.open();
    await service.l0compact({ name: 'b' });
    expect(await deltasOf(bench, 'b_l0compacted')).toEqual({});
    expect(await service.verify({ name: 'b_l0compacted', level: 'decode' })).toMatchObject({ ok: true });
  });

  test.each([
    { done: false, what: 'that failed' },
    { done: true, what: 'whose answer was lost' },
  ])('goes on after any call to the store $what, and makes the same', async ({ done }) => {
    const whole = await makeBench(data, l0);
    await (await whole.open()).l0compact({ name: 'b', output: 'flat' });
    const total = whole.calls();
    expect(total).toBeGreaterThan(40);
    for (let failAt = 1; failAt <= total; failAt += 1) {
      const bench = await makeBench(data, l0);
      const first = await bench.open({ failAt, done });
      const failed = await first.l0compact({ name: 'b', output: 'flat' }).then(
        () => null,
        (error: unknown) => error,
      );
      await first.close();
      const again = await bench.open();
      const listed = (await again.list()).map(({ name }) => name);
      if (!listed.includes('flat')) {
        expect(failed, `call ${failAt}`).not.toBeNull();
        await again.l0compact({ name: 'b', output: 'flat' });
      }
      expect(await deltasOf(bench, 'flat'), `call ${failAt}`).toEqual(expected);
      const report = await again.verify({ name: 'flat', level: 'checksum' });
      expect(report, `call ${failAt}`).toMatchObject({ ok: true, warnings: [] });
    }
  });

  test('copies nothing again that an earlier run has copied', async () => {
    const bench = await makeBench(data, l0);
    const stop = new AbortController();
    const first = await bench.open({
      onPut: (key) => {
        if (key.includes('/flat/binlogs/delta_log/')) stop.abort();
      },
    });
    await expect(
      first.l0compact({ name: 'b', output: 'flat' }, { signal: stop.signal }),
    ).rejects.toMatchObject({
      code: 'CANCELLED',
      remedy: 'run the same command again: it goes on where it stopped',
    });
    await first.close();
    const puts: string[] = [];
    const again = await bench.open({ onPut: (key) => void puts.push(key) });
    const copies = (await bench.keys()).filter((key) => key.includes('flat/binlogs/insert_log'));
    expect(copies).toHaveLength(6);
    await again.l0compact({ name: 'b', output: 'flat' });
    expect(puts.filter((key) => key.includes('insert_log'))).toEqual([]);
    expect(await deltasOf(bench, 'flat')).toEqual(expected);
  });

  test('what a dead run has left is removed where it does not belong', async () => {
    const bench = await makeBench(data, l0);
    const first = await bench.open({ failAt: 30 });
    await expect(first.l0compact({ name: 'b', output: 'flat' })).rejects.toThrow('planned');
    await first.close();
    await bench.driver.put('backup/flat/binlogs/delta_log/5/50/1/1/4', Buffer.from('old'));
    const again = await bench.open();
    await again.l0compact({ name: 'b', output: 'flat' });
    expect(await again.verify({ name: 'flat', level: 'decode' })).toMatchObject({ ok: true, warnings: [] });
  });
});

describe('l0compact refuses', () => {
  test.each([
    [{ name: 'b', output: 'b' }, 'INVALID_ARGUMENT', 'output must differ from source backup name'],
    [{ name: 'b', output: 'a-b' }, 'INVALID_BACKUP_NAME', 'backup name should only contain'],
    [{ name: '1b' }, 'INVALID_BACKUP_NAME', 'backup name should start'],
    [{ name: 'nosuch' }, 'BACKUP_NOT_FOUND', 'backup nosuch not found'],
  ])('%j', async (request, code, message) => {
    const service = await (await makeBench(data, l0)).open();
    await expect(service.l0compact(request)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  test('a name that is taken, unless it is to be cleared', async () => {
    const bench = await makeBench(data, l0);
    const service = await bench.open();
    await service.l0compact({ name: 'b', output: 'flat' });
    const before = await readBackupMeta(bench.driver, 'backup', 'flat');
    await expect(service.l0compact({ name: 'b', output: 'flat' })).rejects.toMatchObject({
      code: 'BACKUP_EXISTS',
      message: 'destination backup flat is not empty, use --force to clear it',
    });
    expect(await readBackupMeta(bench.driver, 'backup', 'flat')).toEqual(before);
    await service.l0compact({ name: 'b', output: 'flat', force: true, id: 'second' });
    expect(await readBackupMeta(bench.driver, 'backup', 'flat')).toMatchObject({ id: 'second' });
  });

  test('to clear a folder that is no backup', async () => {
    const bench = await makeBench(data, l0);
    await bench.driver.put('backup/flat/insert_log/1', Buffer.from('of Milvus'));
    const service = await bench.open();
    for (const force of [false, true]) {
      await expect(service.l0compact({ name: 'b', output: 'flat', force })).rejects.toThrow();
    }
    expect(await bench.keys()).toContain('backup/flat/insert_log/1');
  });

  test('a backup that lacks a file, and changes nothing', async () => {
    const bench = await makeBench(data, l0);
    const gone = (await bench.keys()).find((key) => key.includes('insert_log'));
    await bench.driver.delete([gone ?? '']);
    const before = await bench.keys();
    await expect((await bench.open()).l0compact({ name: 'b', output: 'flat' })).rejects.toMatchObject({
      code: 'VERIFY_FAILED',
      message: expect.stringContaining('backup b is not whole'),
    });
    expect(await bench.keys()).toEqual(before);
  });

  test('a storage version that nobody knows', async () => {
    const bench = await makeBench(
      data.map((one) => ({ ...one, storageVersion: 4n })),
      l0,
    );
    await expect((await bench.open()).l0compact({ name: 'b' })).rejects.toMatchObject({
      code: 'FORMAT_UNSUPPORTED',
      message: expect.stringContaining('storage version 4'),
    });
  });

  test('rows whose form is not decoded, and says what to do', async () => {
    const bench = await makeBench(data, l0);
    const time = (await bench.keys()).find((key) => /insert_log\/5\/50\/1\/1\/1\/\d+$/.test(key)) ?? '';
    const { body, info } = await bench.driver.get(time);
    const bytes = Buffer.concat(await body.toArray());
    // Another kind of event.
    bytes[bytes.readInt32LE(17) + 8] = 7;
    await bench.driver.put(time, bytes);
    expect(info.size).toBe(bytes.length);
    await expect((await bench.open()).l0compact({ name: 'b' })).rejects.toMatchObject({
      code: 'FORMAT_UNSUPPORTED',
      message: expect.stringContaining('the deletes of default.books cannot be folded'),
      remedy: expect.stringContaining('restore the backup as it is'),
    });
  });

  test('a name that another run holds', async () => {
    const bench = await makeBench(data, l0);
    let entered: () => void = () => {};
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const service = await bench.open({ onPut: (key) => key.includes('/flat/binlogs/') && entered() });
    const running = service.l0compact({ name: 'b', output: 'flat' });
    await inside;
    await expect(service.l0compact({ name: 'b', output: 'flat', id: 'other' })).rejects.toMatchObject({
      code: 'BACKUP_IN_PROGRESS',
    });
    expect(await running).toMatchObject({ state: 'success' });
  });
});
