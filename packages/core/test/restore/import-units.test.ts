import { describe, expect, test } from 'vitest';
import type { CollectionMeta } from '../../src/meta/index.js';
import { type SortedLogs, sortLogs } from '../../src/restore/backup-logs.js';
import { type ImportUnit, planImports, type UnitInput } from '../../src/restore/import-units.js';
import { logsOf, planCollection, type SegmentPlan } from './backups.js';

const insert = 'backup/b/binlogs/insert_log/5/50/';
const delta = 'backup/b/binlogs/delta_log/5/50/';
const staged = 'stage/binlogs/insert_log/5/50/';

/** Milvus 2.3 with the backup in its own bucket, unless said otherwise. */
function plan(segments: readonly SegmentPlan[], given: Partial<UnitInput> = {}, foreign: string[] = []) {
  const collection = planCollection(segments);
  const strays = foreign.map((name) => {
    const [partition = 0n, group = 0n, segment = 0n] = name.split('/').map(BigInt);
    const key = `backup/b/binlogs/insert_log/5/${name}/0/1`;
    return { kind: 'insert' as const, partition, group, segment, field: 0n, log: 1n, key, size: 1 };
  });
  return planOf(collection, given, sortLogs(collection, [...logsOf(collection), ...strays]));
}

function planOf(
  collection: CollectionMeta,
  given: Partial<UnitInput>,
  logs: SortedLogs = sortLogs(collection, logsOf(collection)),
) {
  return planImports({
    collection,
    logs,
    root: 'backup',
    name: 'b',
    stagingBase: 'stage/',
    inPlace: true,
    readsTree: true,
    mayMerge: true,
    maxSegments: 256,
    maxBytes: 1_000_000,
    ...given,
  });
}

const filesOf = (units: readonly ImportUnit[]) => units.flatMap((unit) => unit.folders);
const stagedOf = (units: readonly ImportUnit[]) =>
  units.flatMap((unit) => unit.staging.map((copy) => copy.targetKey));
const segmentsOf = (units: readonly ImportUnit[]) =>
  units.map((unit) => unit.segments.map((segment) => Number(segment.segment_id)));

describe('in the bucket of Milvus', () => {
  test('a partition is one call, without a copy', () => {
    const { data, l0 } = plan([{ id: 1n }, { id: 2n, deletes: true }, { id: 3n }]);
    expect(filesOf(data)).toEqual([[insert, delta]]);
    expect(stagedOf(data)).toEqual([]);
    expect(data[0]).toMatchObject({ partition: '_default', isL0: false, bytes: 63 });
    expect(l0).toEqual([]);
  });

  test('no folder of deletes is named where there are none', () => {
    expect(filesOf(plan([{ id: 1n }, { id: 2n }]).data)).toEqual([[insert, '']]);
  });

  test('each partition is a call; one without data is none; one of a single segment names its folder', () => {
    const { data } = plan([{ id: 1n }, { id: 3n }, { id: 2n, partition: 51n }]);
    expect(data.map((unit) => [unit.partition, unit.folders[0]?.[0]])).toEqual([
      ['_default', insert],
      ['p51', 'backup/b/binlogs/insert_log/5/51/2/'],
    ]);
    expect(plan([]).data).toEqual([]);
  });

  test.each([
    ['of another segment', '50/9/9'],
    ['of an old layout', '50/0/9'],
  ])('with a foreign file %s, only what is known is staged', (_what, stray) => {
    const { data } = plan([{ id: 1n }, { id: 2n }], {}, [stray]);
    expect(filesOf(data)).toEqual([[`${staged}1/`, '']]);
    expect(stagedOf(data)).toEqual([
      `${staged}1/1/0/100`,
      `${staged}1/1/101/201`,
      `${staged}1/2/0/200`,
      `${staged}1/2/101/301`,
    ]);
  });

  test('a foreign file of another partition does not matter', () => {
    expect(stagedOf(plan([{ id: 1n }, { id: 2n, partition: 51n }], {}, ['51/8/8']).data)).toHaveLength(0);
  });

  test('a foreign file where copies cost much leaves whole groups in place, and stages the one it lies in', () => {
    const { data } = plan([{ id: 1n }, { id: 2n }], { mayMerge: false }, ['50/2/9']);
    expect(filesOf(data)).toEqual([
      [`${insert}1/`, ''],
      [`${staged}2/`, ''],
    ]);
  });

  test('too many bytes are packed into few calls, large ones alone and in place', () => {
    const sizes = [10, 40, 10, 200, 10].map((size, index) => ({ id: BigInt(index + 1), size }));
    const { data } = plan(sizes, { maxBytes: 120 });
    expect(segmentsOf(data)).toEqual([[1, 2, 3], [4], [5]]);
    expect(filesOf(data)).toContainEqual([`${insert}4/`, '']);
  });

  test('too many segments are packed, too', () => {
    const many = [1n, 2n, 3n, 4n, 5n].map((id) => ({ id }));
    expect(segmentsOf(plan(many, { maxSegments: 2 }).data)).toEqual([[1, 2], [3, 4], [5]]);
  });

  test('a call has one storage version', () => {
    const { data } = plan([{ id: 1n }, { id: 2n, storageVersion: 2n }, { id: 3n }]);
    expect(segmentsOf(data)).toEqual([[1, 3], [2]]);
    expect(data.map((unit) => unit.storageVersion)).toEqual([0n, 2n]);
  });

  test('a server that reads no tree gets a call for each group', () => {
    const { data } = plan([{ id: 1n }, { id: 2n, deletes: true }], { readsTree: false });
    expect(filesOf(data)).toEqual([
      [`${insert}1/`, ''],
      [`${insert}2/`, `${delta}2/`],
    ]);
    expect(stagedOf(data)).toEqual([]);
  });
});

describe('backups of old versions', () => {
  test('several segments in one group are one call', () => {
    const segments = [
      { id: 1n, group: 7n },
      { id: 2n, group: 7n },
      { id: 3n, group: 8n },
    ];
    const { data } = plan(segments, { readsTree: false });
    expect(filesOf(data)).toEqual([
      [`${insert}7/`, ''],
      [`${insert}8/`, ''],
    ]);
    expect(segmentsOf(data)).toEqual([[1, 2], [3]]);
  });

  test('without groups the partition folder is imported, on any server', () => {
    const segments = [
      { id: 1n, group: 0n },
      { id: 2n, group: 0n },
    ];
    for (const readsTree of [true, false]) {
      expect(filesOf(plan(segments, { readsTree }).data)).toEqual([[insert, '']]);
    }
  });
});

describe('groups of old versions, numbered from 1 in every partition', () => {
  const segments = [
    { id: 1n, group: 1n },
    { id: 2n, group: 2n },
    { id: 3n, group: 1n, partition: 51n },
    { id: 4n, group: 2n, partition: 51n },
  ];
  const other = 'backup/b/binlogs/insert_log/5/51/';

  test('stay in place', () => {
    const { data } = plan(segments, { readsTree: false });
    expect(filesOf(data)).toEqual([
      [`${insert}1/`, ''],
      [`${insert}2/`, ''],
      [`${other}1/`, ''],
      [`${other}2/`, ''],
    ]);
    expect(stagedOf(data)).toEqual([]);
  });

  test('a foreign file matters only to the group of its own partition', () => {
    const { data } = plan(segments, { readsTree: false }, ['51/1/9']);
    expect(filesOf(data)).toEqual([
      [`${insert}1/`, ''],
      [`${insert}2/`, ''],
      ['stage/binlogs/insert_log/5/51/3/', ''],
      [`${other}2/`, ''],
    ]);
  });
});

describe('segments without rows', () => {
  const empty = (collection: CollectionMeta): CollectionMeta => ({
    ...collection,
    partition_backups: collection.partition_backups.map((partition) => ({
      ...partition,
      segment_backups: partition.segment_backups.map((segment) =>
        segment.num_of_rows > 0 ? segment : { ...segment, binlogs: [], deltalogs: [] },
      ),
    })),
  });

  test.each([true, false])('and files are no import (in place: %s)', (inPlace) => {
    for (const readsTree of [true, false]) {
      const given = { inPlace, readsTree };
      expect(planOf(empty(planCollection([{ id: 1n, rows: 0 }])), given)).toEqual({ data: [], l0: [] });
      const { data } = planOf(empty(planCollection([{ id: 1n, rows: 0 }, { id: 2n }])), given);
      expect(segmentsOf(data)).toEqual([[2]]);
    }
  });

  test('but with files are imported as all others are', () => {
    expect(segmentsOf(plan([{ id: 1n, rows: 0 }]).data)).toEqual([[1]]);
  });
});

test('a large collection is planned by going through its logs a few times, not once for every segment', () => {
  const count = 10_000;
  const collection = planCollection(
    Array.from({ length: count }, (_, index) => ({
      id: BigInt(index + 1),
      deletes: true,
      partition: 50n + BigInt(index % 4),
      group: BigInt(1 + Math.trunc(index / 4)),
      isL0: index % 10 === 0,
    })),
  );
  const logs = logsOf(collection);
  let looked = 0;
  const counted = logs.map((log) => ({
    ...log,
    get kind() {
      looked += 1;
      return log.kind;
    },
  }));
  for (const readsTree of [true, false]) {
    looked = 0;
    const { data, l0 } = planOf(collection, { readsTree }, { known: counted, foreign: [] });
    expect(data.reduce((sum, unit) => sum + unit.segments.length, 0) + l0.length).toBe(count);
    expect(looked).toBeLessThan(10 * logs.length);
  }
});

describe('in another bucket', () => {
  test('the segments of a partition are staged as one group', () => {
    const { data } = plan([{ id: 1n }, { id: 2n, deletes: true }], { inPlace: false });
    expect(filesOf(data)).toEqual([[`${staged}1/`, 'stage/binlogs/delta_log/5/50/1/']]);
    expect(stagedOf(data)).toContain('stage/binlogs/delta_log/5/50/1/2/209');
    expect(data[0]?.staging[0]).toEqual({
      sourceKey: `${insert}1/1/0/100`,
      targetKey: `${staged}1/1/0/100`,
      size: 10,
    });
  });

  test('and each by itself for a server that reads no tree', () => {
    const { data } = plan([{ id: 1n }, { id: 2n }], { inPlace: false, readsTree: false });
    expect(filesOf(data)).toEqual([
      [`${staged}1/`, ''],
      [`${staged}2/`, ''],
    ]);
  });
});

describe('as jobs of many folders', () => {
  const jobs = { manyL0: true };
  const foldersOf = (units: readonly ImportUnit[]) => units.map((unit) => unit.folders);

  test('each with its deletes, in place or staged', () => {
    const segments = [{ id: 1n }, { id: 2n, deletes: true }, { id: 3n, partition: 51n }];
    expect(foldersOf(plan(segments, { readsTree: false, jobs }).data)).toEqual([
      [
        [`${insert}1/`, ''],
        [`${insert}2/`, `${delta}2/`],
      ],
      [['backup/b/binlogs/insert_log/5/51/3/', '']],
    ]);
    const away = plan(segments, { readsTree: false, inPlace: false, jobs });
    expect(foldersOf(away.data)[0]).toEqual([
      [`${staged}1/`, ''],
      [`${staged}2/`, 'stage/binlogs/delta_log/5/50/2/'],
    ]);
    expect(stagedOf(away.data)).toHaveLength(7);
  });

  test('of no more segments than allowed, and of no more than Milvus takes', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => ({ id: BigInt(index + 1) }));
    const cut = (count: number, maxSegments: number) =>
      plan(many(count), { readsTree: false, jobs, maxSegments }).data.map((unit) => unit.folders.length);
    expect(cut(5, 2)).toEqual([2, 2, 1]);
    expect(cut(1_030, 5_000)).toEqual([1_024, 6]);
  });

  test('a folder of several segments is never cut', () => {
    const segments = [1n, 2n, 3n, 4n, 5n].map((id) => ({ id, group: id < 4n ? 1n : 2n }));
    const { data } = plan(segments, { readsTree: false, jobs, maxSegments: 4 });
    expect(foldersOf(data)).toEqual([[[`${insert}1/`, '']], [[`${insert}2/`, '']]]);
    expect(segmentsOf(data)).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });
});

describe('L0', () => {
  const segments = [
    { id: 1n },
    { id: 8n, isL0: true, group: 8n },
    { id: 9n, isL0: true, partition: -1n, group: 0n },
  ];

  test('comes after data, from where the backup has it', () => {
    const { data, l0 } = plan(segments);
    expect(segmentsOf(data)).toEqual([[1]]);
    expect(l0.map((unit) => [unit.partition, unit.folders[0], unit.isL0])).toEqual([
      ['_default', [`${delta}8/`], true],
      ['', ['backup/b/binlogs/delta_log/5/-1/9/'], true],
    ]);
  });

  test('of all partitions has no group level, whatever its group', () => {
    const { l0 } = plan([{ id: 1n }, { id: 9n, isL0: true, partition: -1n, group: 9n }]);
    expect(filesOf(l0)).toEqual([['backup/b/binlogs/delta_log/5/-1/9/']]);
  });

  test('of one partition takes its own logs, not those of another with the same number', () => {
    const both = [
      { id: 8n, isL0: true },
      { id: 8n, isL0: true, partition: 51n },
    ];
    const { l0 } = plan([{ id: 1n }, ...both], { inPlace: false });
    expect(stagedOf(l0)).toEqual([
      'stage/binlogs/delta_log/5/50/8/8/809',
      'stage/binlogs/delta_log/5/51/8/8/809',
    ]);
  });

  test('is staged where the backup lies elsewhere', () => {
    const { l0 } = plan(segments, { inPlace: false });
    expect(filesOf(l0)).toEqual([['stage/binlogs/delta_log/5/50/8/'], ['stage/binlogs/delta_log/5/-1/9/']]);
    expect(stagedOf(l0)).toEqual([
      'stage/binlogs/delta_log/5/50/8/8/809',
      'stage/binlogs/delta_log/5/-1/9/909',
    ]);
  });
});
