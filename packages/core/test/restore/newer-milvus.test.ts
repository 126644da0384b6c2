import { describe, expect, test } from 'vitest';
import { BackupError } from '../../src/errors/index.js';
import {
  type BackupMeta,
  makeBackup,
  makeDatabase,
  makeField,
  makeFunction,
  makeSchema,
} from '../../src/meta/index.js';
import type { CreateCollectionInput } from '../../src/milvus/gateway.js';
import { effectiveVersion, featuresOf } from '../../src/milvus/index.js';
import { loadWire } from '../../src/milvus/wire.js';
import { thrownBy } from '../driver/thrown-by.js';
import { planBackup } from './backups.js';
import { bookOf, makeRestoreBench, schema } from './restore-bench.js';

const milvus = (version: string) => ({
  serverInfo: async () => ({ version, features: featuresOf(effectiveVersion([version]), true) }),
});
const madeOn = (version: string, meta: BackupMeta = planBackup([bookOf([{ id: 1n }])], ['default'])) =>
  makeBackup({ ...meta, milvus_version: version });

describe('the version', () => {
  test.each([
    ['v2.4.0', 'v2.3.22'],
    ['v2.3.5-lite', '2.2.16'],
    ['v3.0.0', '2.6.11'],
    ['2.6.0', '2.5-20260404-abc'],
  ])('a backup of %s is refused by %s, before anything is changed', async (held, has) => {
    const bench = await makeRestoreBench(madeOn(held), 'a-bucket');
    bench.present.set('default.books', schema);
    const error = await thrownBy(() => bench.restore({ dropExistCollection: true, rbac: true }, milvus(has)));
    expect(error).toMatchObject({
      code: 'MILVUS_UNSUPPORTED',
      message: `backup b was made on Milvus ${held}, this one is ${has}: older`,
      details: { backupVersion: held, milvusVersion: has },
    });
    expect(error.remedy).toContain('--allow_older_milvus');
    expect(bench.changes).toEqual([]);
    const tried = await bench.restore({ allowOlderMilvus: true, dropExistCollection: true }, milvus(has));
    expect(tried.warnings?.[0]).toMatch(/: older; if data cannot be imported, restore into the same/);
  });

  test.each([
    ['v2.3.5-lite', 'v2.3.5-lite', 0],
    ['v2.2.16', 'v2.3.5', 0],
    ['2.3.22.6', 'v2.6.11', 0],
    ['v2.6.11', 'v2.6.8', 1],
    ['master-20260404-abc', 'v3.0.0', 0],
    ['v3.0.0', 'master-20260404-abc', 0],
    ['', 'v2.2.16', 0],
  ])('a backup of "%s" is taken by %s, with %i warnings', async (held, has, warnings) => {
    const bench = await makeRestoreBench(madeOn(held), 'a-bucket');
    expect((await bench.restore({}, milvus(has))).warnings ?? []).toHaveLength(warnings);
  });
});

describe('the import call', () => {
  const segments = [
    { id: 1n },
    { id: 2n },
    { id: 3n, storageVersion: 2n },
    { id: 8n, isL0: true },
    { id: 9n, isL0: true, partition: -1n, group: 0n },
    { id: 10n, isL0: true, partition: -1n, group: 0n },
  ];
  const meta = makeBackup({
    ...planBackup([bookOf(segments)], []),
    database_backups: [makeDatabase({ db_name: 'default', ezk: 'old' })],
  });
  const insert = 'backup/b/binlogs/insert_log/5/50/';
  const delta = 'backup/b/binlogs/delta_log/5/';

  test('is one job of REST for all segments of a version, then L0, many at once', async () => {
    const bench = await makeRestoreBench(meta, 'a-bucket');
    await bench.restore({ ezkMapping: { old: 'new' } }, milvus('v2.6.11'));
    expect(bench.imports).toEqual([]);
    const common = { partition: '_default', storageVersion: 0n, ezk: 'new', isL0: false };
    expect(bench.jobs).toEqual([
      {
        ...common,
        folders: [
          [`${insert}1/`, ''],
          [`${insert}2/`, ''],
        ],
      },
      { ...common, storageVersion: 2n, folders: [[`${insert}3/`, '']] },
      { ...common, isL0: true, folders: [[`${delta}50/8/`]] },
      { ...common, isL0: true, partition: '', folders: [[`${delta}-1/9/`], [`${delta}-1/10/`]] },
    ]);
  });

  test('takes L0 one by one before 2.6.5, and no more segments than are allowed', async () => {
    const bench = await makeRestoreBench(meta, 'a-bucket', ['restore.maxSegmentsPerImportJob=1']);
    await bench.restore({}, milvus('v2.5.20'));
    expect(bench.jobs.map(({ isL0, folders }) => [isL0, folders.length])).toEqual([
      [false, 1],
      [false, 1],
      [false, 1],
      [true, 1],
      [true, 1],
      [true, 1],
    ]);
    expect(bench.jobs.map(({ ezk }) => ezk)).toEqual(Array.from({ length: 6 }, () => 'old'));
  });

  test('is that of gRPC when asked for, a folder each; REST is refused where there is none', async () => {
    const bench = await makeRestoreBench(meta, 'a-bucket');
    await bench.restore({ useV2Restore: false }, milvus('v2.6.11'));
    expect(bench.jobs).toEqual([]);
    expect(bench.imports.map(({ files }) => files)).toEqual([
      [`${insert}1/`, ''],
      [`${insert}2/`, ''],
      [`${insert}3/`, ''],
      [`${delta}50/8/`],
      [`${delta}-1/9/`],
      [`${delta}-1/10/`],
    ]);
    bench.present.clear();
    const count = bench.changes.length;
    const error = await thrownBy(() => bench.restore({ useV2Restore: true }, milvus('v2.3.5')));
    expect(error).toMatchObject({ code: 'MILVUS_UNSUPPORTED', message: expect.stringContaining('v2.3.5') });
    expect(bench.changes).toHaveLength(count);
  });
});

describe('an import whose answer is lost', () => {
  const lost = new BackupError({ code: 'MILVUS_UNREACHABLE', message: 'broken' });
  /** Takes each of these imports, by their number, without an answer. */
  const losing = (...numbers: number[]) => {
    let count = 0;
    const started: string[] = [];
    const startImportJob = async (
      _at: unknown,
      { folders }: { readonly folders: readonly (readonly string[])[] },
    ) => {
      started.push(...folders.map(([folder = '']) => folder));
      if (numbers.includes(++count)) throw lost;
      return `rest:${count}`;
    };
    return { started, startImportJob };
  };
  const counts = {
    rowCount: async () => 2,
    importState: async () => ({ status: 'completed', percent: 100, rows: 2, reason: '' }) as const,
  };

  test('has the collection made again, so that no row comes twice', async () => {
    const bench = await makeRestoreBench(
      planBackup([bookOf([{ id: 1n }, { id: 2n }])], ['default']),
      'a-bucket',
    );
    const { started, startImportJob } = losing(1);
    const view = await bench.restore({}, { ...milvus('v2.6.11'), ...counts, startImportJob });
    expect(view.state).not.toBe('fail');
    expect(started).toHaveLength(4);
    expect(bench.changes).toEqual(['create default.books', 'drop default.books', 'create default.books']);
  });

  test('again and again is a failure', async () => {
    const bench = await makeRestoreBench(planBackup([bookOf([{ id: 1n }])], ['default']), 'a-bucket');
    const { started, startImportJob } = losing(1, 2, 3);
    const error = await thrownBy(() =>
      bench.restore({}, { ...milvus('v2.6.11'), ...counts, startImportJob }),
    );
    expect([error.code, started.length]).toEqual(['MILVUS_UNREACHABLE', 3]);
  });

  test('into a collection that is not ours is a failure at once', async () => {
    const bench = await makeRestoreBench(planBackup([bookOf([{ id: 1n }])], ['default']), 'a-bucket');
    bench.present.set('default.books', schema);
    const { started, startImportJob } = losing(1);
    const answers = { ...milvus('v2.6.11'), ...counts, startImportJob };
    const error = await thrownBy(() => bench.restore({ skipCreateCollection: true }, answers));
    expect([error.code, started.length, bench.changes]).toEqual(['MILVUS_UNREACHABLE', 1, []]);
  });
});

test('a server that reads no tree of segments gets a call for each', async () => {
  const bench = await makeRestoreBench(
    planBackup([bookOf([{ id: 1n }, { id: 2n }])], ['default']),
    'a-bucket',
  );
  let rows = 0;
  const files: (readonly string[])[] = [];
  await bench.restore(
    {},
    {
      createCollection: async (at, input) => {
        rows = 0;
        bench.present.set(`${at.database}.${at.collection}`, input.schema);
      },
      startImport: async (_at, input) => {
        files.push(input.files);
        // One level of folders: those of a tree are taken for segments without files.
        const found = /\/50\/\d+\/$/.test(input.files[0] ?? '') ? 1 : 0;
        rows += found;
        return String(found);
      },
      importState: async (_at, id) => ({ status: 'completed', percent: 100, rows: Number(id), reason: '' }),
      rowCount: async () => rows,
    },
  );
  const insert = 'backup/b/binlogs/insert_log/5/50/';
  expect(files).toEqual([
    [insert, ''],
    [`${insert}1/`, ''],
    [`${insert}2/`, ''],
  ]);
});

test('a server that counts no rows is one that can be restored into', async () => {
  const bench = await makeRestoreBench(planBackup([bookOf([{ id: 1n }])], ['default']), 'a-bucket');
  const unknown = () =>
    Promise.reject(new BackupError({ code: 'MILVUS_UNSUPPORTED', message: 'unknown method' }));
  await bench.restore({}, { ...milvus('v2.6.11'), rowCount: unknown, partitionRowCount: unknown });
  expect(bench.jobs).toHaveLength(1);
});

describe('rows up to a checkpoint', () => {
  const encode = (timestamp: string) =>
    loadWire().encode('milvus.proto.msg.MsgPosition', { channel_name: 'c', timestamp }).toString('base64');
  const held = (channels: readonly string[], checkpoints: Record<string, string>) => {
    const book = bookOf(channels.map((_, index) => ({ id: BigInt(index + 1) })));
    return planBackup(
      [
        {
          ...book,
          channel_checkpoints: checkpoints,
          partition_backups: book.partition_backups.map((partition) => ({
            ...partition,
            segment_backups: partition.segment_backups.map((one, index) => ({
              ...one,
              v_channel: channels[index] ?? '',
            })),
          })),
        },
      ],
      ['default'],
    );
  };

  test('each channel has its own job and end; fewer rows are no failure', async () => {
    const meta = held(['a', 'b', 'a'], { a: encode('470635149252362241'), b: encode('7') });
    const bench = await makeRestoreBench(meta, 'a-bucket');
    const none = { ...milvus('v2.6.11'), rowCount: async () => 0 };
    const state = async () => ({ status: 'completed', percent: 100, rows: 0, reason: '' }) as const;
    await bench.restore({ truncateBinlogByTs: true }, { ...none, importState: state });
    expect(bench.jobs.map(({ endTimestamp, folders }) => [endTimestamp, folders.length])).toEqual([
      [470635149252362241n, 2],
      [7n, 1],
    ]);
  });

  test.each([
    ['no channel', held([''], {}), 'empty vch but truncate binlog by ts is set'],
    ['no checkpoint', held(['a'], {}), 'failed to get vch a checkpoint'],
    ['a broken checkpoint', held(['a'], { a: '////' }), 'failed to get vch a checkpoint'],
    [
      'no group',
      planBackup([bookOf([{ id: 1n, group: 0n }])], ['default']),
      'truncate binlog by ts is not supported if group id is not set',
    ],
  ])('%s: refused before anything is changed', async (_what, meta, text) => {
    const bench = await makeRestoreBench(meta, 'a-bucket');
    const error = await thrownBy(() => bench.restore({ truncateBinlogByTs: true }, milvus('v2.6.11')));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message: `default.books: ${text}` });
    expect(bench.changes).toEqual([]);
  });
});

describe('the structure', () => {
  async function made(
    given: Partial<Parameters<typeof makeSchema>[0]>,
    properties = {},
    version = 'v2.6.11',
  ) {
    const own = makeSchema({ ...schema, ...given });
    const bench = await makeRestoreBench(
      planBackup([bookOf([], { schema: own, ...properties })], ['default']),
    );
    const inputs: CreateCollectionInput[] = [];
    await bench.restore(
      {},
      {
        ...milvus(version),
        createCollection: async (at, input) => {
          inputs.push(input);
          bench.changes.push('create');
          bench.present.set(`${at.database}.${at.collection}`, input.schema);
        },
      },
    );
    return { bench, input: inputs[0] };
  }

  test('fields that came later are added later, so that they get their ids', async () => {
    const late = ['b', 'a'].map((name, index) => makeField({ name, fieldID: BigInt(104 - index) }));
    const { bench, input } = await made({ fields: [...schema.fields, ...late], enable_dynamic_field: true });
    expect(input?.schema.fields.map(({ name }) => name)).toEqual(['id', 'vector']);
    expect(bench.changes).toEqual(['create', 'add a', 'add b']);
  });

  test('ids of fields in structs count as well', async () => {
    const inner = makeField({ name: 'inner', fieldID: 103n });
    const struct = { fieldID: 102n, name: 's', description: '', fields: [inner] };
    const late = makeField({ name: 'late', fieldID: 104n });
    const own = makeSchema({
      ...schema,
      fields: [...schema.fields, late],
      struct_array_fields: [struct],
    });
    const bench = await makeRestoreBench(planBackup([bookOf([], { schema: own })], ['default']));
    await bench.restore(
      {},
      {
        ...milvus('v3.0.0'),
        addField: async (at, { name }) => {
          bench.changes.push(`add ${name}`);
          bench.present.set(`${at.database}.${at.collection}`, own);
        },
      },
    );
    expect(bench.changes).toEqual(['create default.books', 'add late']);
  });

  test.each([
    ['v2.6.8', {}, [{ key: 'disable_func_runtime_check', value: 'true' }], ['create', 'alter']],
    ['v2.6.7', {}, [], ['create']],
    [
      'v2.6.8',
      { properties: [{ key: 'disable_func_runtime_check', value: 'true' }] },
      [{ key: 'disable_func_runtime_check', value: 'true' }],
      ['create'],
    ],
  ])(
    'functions are not tried while %s makes the collection (%j)',
    async (version, given, properties, changes) => {
      const functions = [makeFunction({ name: 'bm25', type: 1 })];
      const { bench, input } = await made({ functions }, given, version);
      expect(input?.properties).toEqual(properties);
      expect(bench.changes.map((one) => one.split(' ')[0])).toEqual(changes);
      if (changes.length > 1)
        expect(bench.changes[1]).toBe('alter default.books disable_func_runtime_check=false');
    },
  );
});
