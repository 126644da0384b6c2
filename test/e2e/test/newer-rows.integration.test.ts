import type { BackupService } from '@milvus-backup/core';
import {
  callRaw,
  connectMilvus,
  type MilvusSim,
  type MilvusSimOptions,
  type S3Server,
  startMilvusSim,
  startS3,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import { type MilvusClient, promisify } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { loadWire } from '../../../packages/core/src/milvus/wire.js';
import { openFrom, recordingLogger } from './harness/open.js';

let s3: S3Server;
let dir: TempDir;

beforeAll(async () => {
  dir = await tempDir();
  s3 = await startS3({ buckets: [] });
});

afterAll(async () => {
  await s3?.stop();
  await dir?.remove();
});

interface Opened {
  readonly sim: MilvusSim;
  readonly client: MilvusClient;
  readonly file: string;
}

let opened = 0;

async function open(version: string, options: Partial<MilvusSimOptions> = {}): Promise<Opened> {
  const bucket = `rows-${++opened}`;
  const sim = await startMilvusSim({ version, storage: { s3, bucket }, ...options });
  const client = await connectMilvus(sim);
  onTestFinished(async () => {
    await client.closeConnection();
    await sim.stop();
  });
  return { sim, client, file: await writeBackupYaml(`${dir.path}/${bucket}`, { milvus: sim }) };
}

async function use<T>(
  file: string,
  work: (service: Awaited<ReturnType<typeof openFrom>>) => Promise<T>,
  logger?: Parameters<typeof openFrom>[2],
): Promise<T> {
  const service = await openFrom(file, [], logger);
  try {
    return await work(service);
  } finally {
    await service.close();
  }
}

/** A call whose answer is a status and nothing else. */
async function ask(client: MilvusClient, method: string, request: object): Promise<void> {
  const status: object = await promisify(client.channelPool, method, request, 10_000);
  expect(status, method).toMatchObject({ error_code: 'Success' });
}

/** Milvus loads no collection without. */
const createIndex = (client: MilvusClient, at: object, field_name: string): Promise<void> =>
  ask(client, 'CreateIndex', {
    ...at,
    field_name,
    index_name: field_name,
    extra_params: [{ key: 'index_type', value: 'AUTOINDEX' }],
  });

const wire = loadWire();
const dim = [{ key: 'dim', value: '4' }];
const bytes = (length: number, from = 1): Buffer =>
  Buffer.from(Array.from({ length }, (_, index) => (index + from) % 251));
const scalar = (member: string, data: readonly unknown[], more: object = {}) => ({
  scalars: { [member]: { data, ...more } },
});
const vector = (member: string, content: unknown) => ({ vectors: { dim: '4', [member]: content } });
const twoOf = (kind: object) => ({ ...kind, valid_data: [true, false] });

/** A field, and two rows of it as Insert sends and Query answers them. */
const fields = [
  { name: 'id', data_type: 5, is_primary_key: true, data: scalar('long_data', ['9007199254740993', '-5']) },
  { name: 'maybe', data_type: 4, nullable: true, data: twoOf(scalar('int_data', [7, 0])) },
  {
    name: 'set_by_default',
    data_type: 5,
    nullable: true,
    default_value: { long_data: '9007199254740995' },
    data: twoOf(scalar('long_data', ['3', '0'])),
  },
  {
    name: 'place',
    data_type: 24,
    nullable: true,
    data: twoOf(scalar('geometry_data', [bytes(21), Buffer.alloc(0)])),
  },
  { name: 'moment', data_type: 26, data: scalar('timestamptz_data', ['1700000000000001', '-1']) },
  {
    name: 'document',
    data_type: 23,
    data: scalar('json_data', [Buffer.from('{"a":9007199254740993}'), Buffer.from('null')]),
  },
  {
    name: 'float',
    data_type: 101,
    type_params: dim,
    data: vector('float_vector', { data: [1, 2, 3, 4, 5, 6, 7, 0.5] }),
  },
  { name: 'half', data_type: 102, type_params: dim, data: vector('float16_vector', bytes(16)) },
  { name: 'brain', data_type: 103, type_params: dim, data: vector('bfloat16_vector', bytes(16, 30)) },
  { name: 'small', data_type: 105, type_params: dim, data: vector('int8_vector', bytes(8, 200)) },
  {
    name: 'sparse',
    data_type: 104,
    data: { vectors: { dim: '0', sparse_float_vector: { contents: [bytes(8), bytes(16)], dim: '0' } } },
  },
];
const text = { name: 'long_text', data_type: 25, data: scalar('string_data', ['a'.repeat(300), 'é']) };
const parts = [
  {
    name: 'part_tags',
    data_type: 22,
    element_type: 21,
    data: scalar('array_data', [{ string_data: { data: ['x', 'y'] } }, { string_data: { data: [] } }], {
      element_type: 21,
    }),
  },
  {
    name: 'part_vectors',
    data_type: 106,
    element_type: 101,
    type_params: dim,
    data: vector('vector_array', {
      dim: '4',
      element_type: 101,
      data: [
        { dim: '4', float_vector: { data: [1, 2, 3, 4] } },
        { dim: '4', float_vector: { data: [] } },
      ],
    }),
  },
];

it.each([
  ['2.6.11', 2],
  ['3.0.0', 0],
  ['3.0.0', 2],
] as const)(
  'rows of every newer type come back: Milvus %s, storage version %d',
  async (version, storageVersion) => {
    const { sim, client, file } = await open(version, { storageVersion });
    const all = version === '3.0.0' ? [...fields, text] : fields;
    const at = { db_name: 'default', collection_name: 'wide' };
    const schema = wire.encode('milvus.proto.schema.CollectionSchema', {
      name: 'wide',
      fields: all.map(({ data: _data, ...field }) => field),
      struct_array_fields: [{ name: 'parts', fields: parts.map(({ data: _data, ...field }) => field) }],
    });
    await ask(client, 'CreateCollection', { ...at, schema, shards_num: 1 });
    const vectors = [...all, ...parts].filter(({ data_type }) => data_type >= 100 && data_type < 200);
    for (const { name } of vectors) await createIndex(client, at, name);
    const columns = all.map(({ name, data_type, data }) => ({ field_name: name, type: data_type, ...data }));
    const inner = parts.map(({ name, data_type, data }) => ({ field_name: name, type: data_type, ...data }));
    await callRaw(client, 'Insert', {
      ...at,
      partition_name: '_default',
      num_rows: 2,
      fields_data: [...columns, { field_name: 'parts', type: 200, struct_arrays: { fields: inner } }],
    });
    const logger = recordingLogger();
    const prove = async (service: BackupService): Promise<void> => {
      await service.create({ name: 'b', format: 'binlog' });
      const report = await service.verify({ name: 'b', level: 'decode' });
      expect(report).toMatchObject({ ok: true, warnings: [] });
      expect(report.counts.objectsDecoded).toBe(report.counts.objects);
      expect(
        await service.restore({ name: 'b', suffix: '_r', rebuildIndex: true, prove: 'full' }),
      ).toMatchObject({ state: 'success' });
    };
    await use(file, prove, logger);
    // None of the fields was left out of the proof.
    expect(logger.warnings.filter((warning) => warning.includes('not compared'))).toEqual([]);
    const read = async (collection_name: string) => {
      await ask(client, 'LoadCollection', { ...at, collection_name });
      const output_fields = [...all.map((field) => field.name), 'parts'];
      const request = { ...at, collection_name, expr: '', output_fields };
      return (await callRaw<{ readonly fields_data: readonly unknown[] }>(client, 'Query', request))
        .fields_data;
    };
    const restored = await read('wide_r');
    expect(restored).toHaveLength(all.length + 1);
    expect(restored).toEqual(await read('wide'));
    expect(sim.calls.filter(({ outcome }) => outcome === 'pending')).toEqual([]);
  },
);

const books = { db_name: 'default', collection_name: 'books' };

async function createBooks(client: MilvusClient): Promise<void> {
  const schema = wire.encode('milvus.proto.schema.CollectionSchema', {
    name: 'books',
    fields: [
      { name: 'id', data_type: 5, is_primary_key: true },
      { name: 'v', data_type: 101, type_params: dim },
    ],
  });
  await ask(client, 'CreateCollection', { ...books, schema, shards_num: 2 });
  await createIndex(client, books, 'v');
}

const insert = (client: MilvusClient, from: number) =>
  client.insert({
    ...books,
    data: Array.from({ length: 20 }, (_, row) => ({ id: String(from + row), v: [row, 0, 0, 0] })) as never,
  });

async function idsOf(client: MilvusClient, collection_name: string): Promise<number[]> {
  await ask(client, 'LoadCollection', { ...books, collection_name });
  const { data } = await client.query({
    ...books,
    collection_name,
    filter: 'id >= 0',
    output_fields: ['id'],
  });
  return data.map(({ id }) => Number(id)).sort((a, b) => a - b);
}

it.each(['2.5.20', '2.6.11'])(
  'rows and deletes after the checkpoints stay out with truncateBinlogByTs: %s',
  async (version) => {
    const { sim, client, file } = await open(version);
    await createBooks(client);
    await insert(client, 0);
    await client.delete({ ...books, filter: 'id in [1]' });
    // Between the flush, which tells the checkpoints, and the reading of the segments.
    sim.faults.before('GetPersistentSegmentInfo', async () => {
      await insert(client, 100);
      await client.delete({ ...books, filter: 'id in [2]' });
      await client.flushSync({ collection_names: ['books'] });
    });
    await use(file, async (service) => {
      await service.create({ name: 'b', format: 'binlog', strategy: 'serial_flush' });
      await service.restore({ name: 'b', suffix: '_all', rebuildIndex: true });
      sim.calls.length = 0;
      await service.restore({ name: 'b', suffix: '_then', rebuildIndex: true, truncateBinlogByTs: true });
    });
    const jobs = sim.calls.filter(({ method }) => method === '/v2/vectordb/jobs/import/create');
    const ends = jobs.map(({ request }) => String((request.options as Record<string, string>).end_ts));
    expect(ends.length).toBeGreaterThan(2);
    expect(ends.every((end) => /^\d{18,}$/.test(end))).toBe(true);
    const numbers = (from: number): number[] => Array.from({ length: 20 }, (_, row) => from + row);
    expect(await idsOf(client, 'books_all')).toEqual([
      ...numbers(0).filter((id) => id !== 1 && id !== 2),
      ...numbers(100),
    ]);
    expect(await idsOf(client, 'books_then')).toEqual(numbers(0).filter((id) => id !== 1));
  },
);

it('every import of an encrypted database tells its key, or the one that it is mapped to', async () => {
  const { sim, client, file } = await open('2.6.11');
  sim.setDatabaseProperties('default', [
    { key: 'cipher.ezID', value: '7' },
    { key: 'cipher.key', value: 'k' },
  ]);
  await createBooks(client);
  await insert(client, 0);
  await client.flushSync({ collection_names: ['books'] });
  await client.delete({ ...books, filter: 'id in [1]' });
  await use(file, async (service) => {
    await service.create({ name: 'b', format: 'binlog' });
    await service.restore({ name: 'b', suffix: '_same' });
    await service.restore({ name: 'b', suffix: '_other', ezkMapping: { 'sim-ezk-7': 'mine' } });
  });
  const keys = sim.calls
    .filter(({ method }) => method === '/v2/vectordb/jobs/import/create')
    .map(({ request }) => `${request.collectionName} ${(request.options as Record<string, string>).ezk}`);
  expect(new Set(keys)).toEqual(new Set(['books_same sim-ezk-7', 'books_other mine']));
  expect(keys.length).toBeGreaterThan(3);
});

it('collections of odd shapes come back, and of users and roles what is missing', async () => {
  const { sim, client, file } = await open('2.6.11');
  await createBooks(client);
  for (let part = 0; part < 200; part++)
    await ask(client, 'CreatePartition', { ...books, partition_name: `p${part}` });
  for (const partition_name of ['p7', 'p150']) {
    await client.insert({
      ...books,
      partition_name,
      data: [{ id: partition_name.slice(1), v: [1, 2, 3, 4] }] as never,
    });
  }
  const more = async (collection_name: string, id: object, request: object = {}): Promise<void> => {
    const schema = wire.encode('milvus.proto.schema.CollectionSchema', {
      name: collection_name,
      description: 'Straße – 漢字 "<&>\u2028',
      fields: [
        { name: 'id', data_type: 5, is_primary_key: true, ...id },
        { name: 'v', data_type: 101, type_params: dim },
      ],
    });
    await ask(client, 'CreateCollection', { ...books, collection_name, schema, shards_num: 1, ...request });
  };
  await more('empty', {});
  await more('keyed', { is_partition_key: true }, { num_partitions: '5' });
  await client.insert({ ...books, collection_name: 'keyed', data: [{ id: '1', v: [1, 2, 3, 4] }] as never });
  for (const name of ['stays', 'goes']) {
    await client.createUser({ username: name, password: 'secret12' });
    await client.createRole({ roleName: `${name}_role` });
    await client.addUserToRole({ username: name, roleName: `${name}_role` });
    await client.createPrivilegeGroup({ group_name: `${name}_group` });
  }
  await use(file, (service) => service.create({ name: 'b', format: 'binlog', rbac: true }));
  await client.dropRole({ roleName: 'goes_role' });
  await client.deleteUser({ username: 'goes' });
  await client.dropPrivilegeGroup({ group_name: 'goes_group' });
  sim.calls.length = 0;
  await use(file, async (service) => {
    const view = await service.restore({ name: 'b', suffix: '_r', rebuildIndex: true, rbac: true });
    expect(view).toMatchObject({ state: 'success' });
    expect(view.warnings ?? []).toEqual([]);
  });
  expect(await idsOf(client, 'books_r')).toEqual([7, 150]);
  const partitionsOf = async (collection_name: string): Promise<number> =>
    (await client.showPartitions({ ...books, collection_name })).partition_names.length;
  expect([await partitionsOf('books_r'), await partitionsOf('keyed_r')]).toEqual([201, 5]);
  const { schema } = await client.describeCollection({ ...books, collection_name: 'empty_r' });
  expect(schema.description).toBe('Straße – 漢字 "<&>\u2028');
  const sent = sim.calls.find(({ method }) => method === 'RestoreRBAC')?.request.RBAC_meta;
  expect(sent).toMatchObject({
    users: [{ user: 'goes' }],
    roles: [{ name: 'goes_role' }],
    privilege_groups: [{ group_name: 'goes_group' }],
  });
});
