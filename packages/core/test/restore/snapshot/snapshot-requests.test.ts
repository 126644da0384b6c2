import { describe, expect, test } from 'vitest';
import {
  makeBackup,
  makeCollection,
  makeField,
  makeIndex,
  makeSchema,
  makeStructArrayField,
} from '../../../src/meta/index.js';
import { effectiveVersion, featuresOf } from '../../../src/milvus/features.js';
import type { RestoreRequest } from '../../../src/requests.js';
import { planTargets } from '../../../src/restore/plan-targets.js';
import {
  checkSnapshotRequest,
  ignoredOptions,
  requireSnapshots,
} from '../../../src/restore/snapshot/check-request.js';
import { decideSnapshot } from '../../../src/restore/snapshot/resume-snapshot.js';
import { planSkippedParams } from '../../../src/restore/snapshot/skipped-params.js';
import { makeGateway } from '../../service/gateway.js';

const collection = makeCollection({
  db_name: 'd',
  collection_name: 'c',
  shards_num: 2,
  properties: [
    { key: 'ttl', value: '1' },
    { key: 'mmap', value: 'x' },
  ],
  schema: makeSchema({
    properties: [{ key: 'mmap', value: 'x' }],
    fields: [
      makeField({ name: 'id', type_params: [] }),
      makeField({
        name: 'v',
        type_params: [
          { key: 'dim', value: '4' },
          { key: 'mmap.enabled', value: 'true' },
        ],
        index_params: [{ key: 'own', value: '1' }],
      }),
    ],
    struct_array_fields: [
      makeStructArrayField({
        name: 's',
        fields: [makeField({ name: 'inner', type_params: [{ key: 'mmap.enabled', value: 'true' }] })],
      }),
    ],
  }),
  index_infos: [
    makeIndex({ field_name: 'v', index_name: 'iv', params: { index_type: 'FLAT', metric_type: 'L2' } }),
  ],
});
const meta = makeBackup({ name: 'b', format: 'snapshot', collection_backups: [collection] });
const check = (request: Partial<RestoreRequest>) =>
  checkSnapshotRequest({ name: 'b', ...request }, planTargets(meta, { name: 'b', ...request }));

describe('what is asked of a restore of snapshots', () => {
  test.each<[Partial<RestoreRequest>, RegExp]>([
    [{ skipCreateCollection: true }, /skip_create_collection/],
    [{ metaOnly: true, truncateBinlogByTs: true }, /meta_only, truncate_binlog_by_ts/],
    [{ ezkMapping: { a: 'b' } }, /ezk_mapping/],
    [{ prove: 'full' }, /prove full/],
    [{ maxShardNum: 1 }, /has 2 shards, maxShardNum is 1/],
    [
      { plan: [{ source: 'd', target: 'd', collections: [{ source: 'c', target: 'x', shardNum: 1 }] }] },
      /shardNum/,
    ],
  ])('%j is refused', (request, message) => {
    expect(() => check(request)).toThrow(message);
  });

  test.each<Partial<RestoreRequest>>([
    {},
    { maxShardNum: 2, ezkMapping: {}, prove: 'counts', dropExistCollection: true, rbac: true },
    { sourceFilter: { databases: new Map() }, maxShardNum: 1 },
  ])('%j is not', (request) => {
    check(request);
  });

  test('some of it has no effect', () => {
    expect(ignoredOptions({ name: 'b', useV2Restore: false })).toEqual([]);
    const all = { dropExistIndex: true, rebuildIndex: true, useAutoIndex: true, useV2Restore: true };
    expect(ignoredOptions({ name: 'b', ...all })).toEqual([
      'drop_exist_index',
      'restore_index',
      'use_auto_index',
      'use_v2_restore',
    ]);
  });

  test('an older Milvus is refused', () => {
    const server = (version: string) => ({
      version,
      features: featuresOf(effectiveVersion([version]), true),
    });
    requireSnapshots(server('v3.0.0'));
    requireSnapshots(server('master-20260404-abc'));
    expect(() => requireSnapshots(server('v2.6.17'))).toThrow(/needs Milvus 3\.0 or newer/);
  });
});

describe('what is taken away from a restored collection', () => {
  const none = { collection: [], fields: [], indexes: [] };

  test('is what the backup has of what is to be left out', () => {
    expect(planSkippedParams(collection, { name: 'b' })).toEqual(none);
    expect(
      planSkippedParams(collection, {
        name: 'b',
        skipParams: {
          collectionProperties: ['mmap', 'nothing'],
          fieldTypeParams: ['mmap.enabled', 'nothing'],
          indexParams: ['metric_type', 'nothing'],
          fieldIndexParams: ['own'],
        },
      }),
    ).toEqual({
      collection: ['mmap'],
      fields: [
        { field: 'v', keys: ['mmap.enabled'] },
        { field: 'inner', keys: ['mmap.enabled'] },
      ],
      indexes: [{ index: 'iv', keys: ['metric_type', 'own'] }],
    });
  });

  test('is every property where none is to come back, but not as the Go tool has it', () => {
    expect(planSkippedParams(collection, { name: 'b', skipProperties: true }).collection).toEqual([
      'ttl',
      'mmap',
    ]);
    expect(planSkippedParams(collection, { name: 'b', skipProperties: true, compat: true })).toEqual(none);
  });
});

describe('a target that an earlier try has begun', () => {
  const at = { database: 'd', collection: 'c' };
  const made = {
    version: 1,
    ...at,
    state: 'making',
    collectionId: '',
    made: true,
    rows: 0,
    jobs: {},
  } as const;
  const withJob = { ...made, jobs: { snapshot: '7' } };
  const done = { ...made, state: 'done', collectionId: '5' } as const;
  type Status = 'running' | 'completed' | 'failed';
  const decide = (
    state: typeof made | typeof withJob | typeof done,
    present: string | null,
    { status = 'failed' as Status, found = null as string | null, rows = 0 } = {},
  ) => {
    const milvus = makeGateway({
      findSnapshotRestore: async () => found,
      restoreState: async () => ({ status, percent: 0, reason: '' }),
      rowCount: async () => rows,
    });
    return decideSnapshot({ milvus }, at, state, present, new AbortController().signal);
  };

  test.each([
    ['whole', done, '5', {}, { kind: 'done', rows: 0 }],
    ['dropped and made by somebody since', done, '6', {}, null],
    ['dropped since', done, null, {}, null],
    ['being filled', withJob, '5', { status: 'running' as const }, { kind: 'go-on', state: withJob }],
    ['not yet there', withJob, null, { status: 'running' as const }, { kind: 'go-on', state: withJob }],
    ['filled', withJob, '5', { status: 'completed' as const }, { kind: 'go-on', state: withJob }],
    ['filled and dropped since', withJob, null, { status: 'completed' as const }, null],
    ['left by a job that failed', withJob, '5', { rows: 3 }, { kind: 'again' }],
    [
      'asked for without an answer',
      made,
      null,
      { found: '7', status: 'running' as const },
      { kind: 'go-on', state: withJob },
    ],
    ['never made', made, null, {}, null],
    ['empty, by nobody', made, '5', {}, { kind: 'again' }],
    ['filled by somebody else', made, '5', { rows: 3 }, null],
  ])('that is %s', async (_what, state, present, facts, expected) => {
    expect(await decide(state, present, facts)).toEqual(expected);
  });
});
