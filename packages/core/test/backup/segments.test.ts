import { describe, expect, test } from 'vitest';
import { assembleSegments, type ListedLogs, listLogs } from '../../src/backup/segments.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { silentLogger } from '../../src/log.js';
import type { SegmentFacts } from '../../src/milvus/gateway.js';
import type { SegmentLogs } from '../../src/milvus/gateway-backup.js';
import { thrownBy } from '../driver/thrown-by.js';
import { planCollection } from '../restore/backups.js';

const collection = planCollection([]);

const fact = (id: bigint, given: Partial<SegmentFacts> = {}): SegmentFacts => ({
  id,
  partitionId: 50n,
  rows: 10,
  state: 'Flushed',
  isL0: false,
  storageVersion: 0n,
  ...given,
});

async function bucketOf(keys: readonly string[]) {
  const driver = createMemoryDriver();
  for (const key of keys) await driver.put(key, new Uint8Array(key.endsWith('/') ? 0 : 4));
  return driver;
}

const list = async (keys: readonly string[], ...wanted: bigint[]): Promise<ListedLogs> =>
  listLogs(await bucketOf(keys), 'files', 5n, new Set(wanted));

const logs = [
  'files/insert_log/5/50/1/0/100',
  'files/insert_log/5/50/1/101/101',
  'files/insert_log/5/50/1/0/102',
  'files/insert_log/5/50/1/101/103',
  'files/delta_log/5/50/1/104',
  'files/insert_log/5/50/2/0/200',
];

describe('listLogs', () => {
  test('gives the logs of the wanted segments of one collection', async () => {
    const { insert, delta } = await list(
      [...logs, 'files/insert_log/55/50/1/0/1', 'files/stats_log/5/50/1/0/1'],
      1n,
    );
    expect(insert.map((log) => [log.field, log.log, log.size])).toEqual([
      [0n, 100n, 4],
      [0n, 102n, 4],
      [101n, 101n, 4],
      [101n, 103n, 4],
    ]);
    expect(delta.map((log) => log.key)).toEqual(['files/delta_log/5/50/1/104']);
  });

  test('passes over marks of folders and foreign files of other segments', async () => {
    const { insert } = await list(
      [...logs, 'files/insert_log/5/50/1/', 'files/insert_log/5/50/9/note.txt'],
      1n,
    );
    expect(insert).toHaveLength(4);
  });

  test('a foreign file in a wanted segment is an error that names it', async () => {
    const error = await thrownBy(() => list([...logs, 'files/insert_log/5/50/1/0/note.txt'], 1n));
    expect(error).toMatchObject({
      code: 'SOURCE_INCOMPLETE',
      details: { key: 'files/insert_log/5/50/1/0/note.txt' },
    });
  });
});

describe('assembleSegments', () => {
  const assemble = async (facts: readonly SegmentFacts[], keys: readonly string[] = logs) =>
    assembleSegments(collection, facts, await list(keys, ...facts.map((one) => one.id)), silentLogger);

  test('joins facts and files', async () => {
    const { segments, logs: all } = await assemble([fact(1n)]);
    expect(segments).toHaveLength(1);
    expect(segments[0]).toMatchObject({
      segment_id: 1n,
      group_id: 1n,
      num_of_rows: 10,
      size: 20,
      is_l0: false,
    });
    expect(
      segments[0]?.binlogs.map((field) => [field.fieldID, field.binlogs.map((log) => log.log_id)]),
    ).toEqual([
      [0n, [100n, 102n]],
      [101n, [101n, 103n]],
    ]);
    expect(segments[0]?.deltalogs[0]?.binlogs[0]?.log_path).toBe('files/delta_log/5/50/1/104');
    expect(all.map((log) => log.kind)).toEqual(['insert', 'insert', 'insert', 'insert', 'delta']);
  });

  test('a segment without rows and files is left out, one with rows is an error that names the setting', async () => {
    expect((await assemble([fact(7n, { rows: 0 })])).segments).toEqual([]);
    const error = await thrownBy(() => assemble([fact(7n)]));
    expect(error).toMatchObject({ code: 'SOURCE_INCOMPLETE', details: { segment: '7', rows: 10 } });
    expect(error.message).toBe('segment 7 of default.books has 10 rows but no insert logs');
    expect(error.remedy).toMatch(/root path.*milvus\.storage/);
  });

  test('fields with unequal numbers of files are an error', async () => {
    const error = await thrownBy(() => assemble([fact(1n)], logs.slice(1)));
    expect(error.code).toBe('SOURCE_INCOMPLETE');
    expect(error.message).toMatch(/^field \d+ of segment 1 has a different number of files/);
  });

  test('a segment of a partition that was dropped meanwhile is left out', async () => {
    const { segments, logs: all } = await assemble([fact(1n, { partitionId: 99n })]);
    expect([segments, all]).toEqual([[], []]);
  });

  test('L0 has deletes alone; that of all partitions has no group', async () => {
    const keys = ['files/delta_log/5/-1/8/800', 'files/delta_log/5/50/9/900'];
    const facts = [fact(8n, { partitionId: -1n, isL0: true, rows: 0 }), fact(9n, { isL0: true, rows: 0 })];
    const { segments } = await assemble(facts, keys);
    expect(
      segments.map((one) => [one.segment_id, one.partition_id, one.group_id, one.is_l0, one.size]),
    ).toEqual([
      [8n, -1n, 0n, true, 4],
      [9n, 50n, 9n, true, 4],
    ]);
  });
});

describe('logs that Milvus names', () => {
  const told = {
    vChannel: 'by-dev-dml_0_5v0',
    insert: [
      { field: 0n, logs: [100n] },
      { field: 101n, logs: [101n] },
    ],
    delta: [],
  };
  const named: ReadonlyMap<bigint, SegmentLogs> = new Map([[1n, told]]);
  const take = async (keys: readonly string[], wanted = named) =>
    assembleSegments(
      collection,
      [fact(1n, { storageVersion: 2n })],
      await listLogs(await bucketOf(keys), 'files', 5n, new Set([1n]), { named: wanted }),
      silentLogger,
      wanted,
    );

  test('alone are taken; the size is that of the folders', async () => {
    const { segments, logs: all } = await take([...logs, 'files/insert_log/5/50/1/0/note.txt']);
    expect(all.map((log) => log.log)).toEqual([100n, 101n]);
    expect(segments).toEqual([
      expect.objectContaining({
        v_channel: 'by-dev-dml_0_5v0',
        deltalogs: [],
        size: 20,
        storage_version: 2n,
        binlogs: [
          expect.objectContaining({ fieldID: 0n, binlogs: [expect.objectContaining({ log_id: 100n })] }),
          expect.objectContaining({ fieldID: 101n }),
        ],
      }),
    ]);
  });

  test('may be unequal in number: column groups are', async () => {
    const uneven = { ...told, insert: [{ field: 0n, logs: [100n, 102n] }, ...told.insert.slice(1)] };
    const { segments } = await take(logs, new Map([[1n, uneven]]));
    expect(segments[0]?.binlogs.map((one) => one.binlogs.length)).toEqual([2, 1]);
  });

  test('deletes are named by a field that their keys do not have', async () => {
    const { logs: all } = await take(
      logs,
      new Map([[1n, { ...told, delta: [{ field: 100n, logs: [104n] }] }]]),
    );
    expect(all.map((log) => log.kind)).toEqual(['insert', 'insert', 'delta']);
  });

  test('one that is not in the bucket is an error', async () => {
    const error = await thrownBy(() => take(logs.slice(1)));
    expect(error).toMatchObject({ code: 'SOURCE_INCOMPLETE', details: { segment: '1' } });
    expect(error.message).toMatch(/^insert log 100 of field 0 of segment 1 of default.books does not exist/);
  });
});
