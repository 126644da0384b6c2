import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectMilvus, type MilvusServer, startMilvus } from '@milvus-backup/test-support';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { sleep } from '../../../packages/core/src/errors/index.js';
import { silentLogger } from '../../../packages/core/src/log.js';
import type { CollectionSchemaMeta, FieldSchemaMeta } from '../../../packages/core/src/meta/types.js';
import type { CollectionRef, ImportState, MilvusGateway } from '../../../packages/core/src/milvus/gateway.js';
import { createManagementClient, createMilvusGateway } from '../../../packages/core/src/milvus/index.js';

let server: MilvusServer;
let gateway: MilvusGateway;
let sdk: Awaited<ReturnType<typeof connectMilvus>>;

beforeAll(async () => {
  server = await startMilvus({ storage: { local: true }, authorization: true });
  gateway = openGateway(server.user, server.password);
  sdk = await connectMilvus(server);
});

afterAll(async () => {
  await sdk?.closeConnection();
  await gateway?.close();
  await server?.stop();
});

function openGateway(user = '', password = ''): MilvusGateway {
  return createMilvusGateway(
    {
      user,
      password,
      grpc: {
        address: server.address,
        port: server.port,
        tlsMode: 'disabled',
        caCertPath: '',
        serverName: '',
        mtlsCertPath: '',
        mtlsKeyPath: '',
      },
    },
    {
      logger: silentLogger,
      identity: { user: 'tester', host: 'here' },
      version: '0.0.0',
      readFile: (path) => readFile(path),
    },
  );
}

const plain: FieldSchemaMeta = {
  fieldID: 100n,
  name: 'id',
  is_primary_key: false,
  description: '',
  data_type: 5,
  type_params: [],
  index_params: [],
  autoID: false,
  state: 0,
  element_type: 0,
  is_dynamic: false,
  is_partition_key: false,
  nullable: false,
  default_value_proto: '',
  default_value_base64: '',
  is_function_output: false,
};

const param = (key: string, value: string) => ({ key, value });

const simple: CollectionSchemaMeta = {
  name: '',
  description: '',
  autoID: false,
  enable_dynamic_field: false,
  properties: [],
  functions: [],
  struct_array_fields: [],
  fields: [
    { ...plain, is_primary_key: true },
    { ...plain, fieldID: 101n, name: 'version' },
    { ...plain, fieldID: 102n, name: 'vec', data_type: 101, type_params: [param('dim', '4')] },
  ],
};

const index = {
  fieldName: 'vec',
  indexName: 'vec',
  params: { index_type: 'FLAT', metric_type: 'L2', params: '{}' },
};

async function create(
  name: string,
  schema = simple,
  numPartitions = 0,
  database = 'default',
): Promise<CollectionRef> {
  const at = { database, collection: name };
  await gateway.createCollection(at, {
    schema,
    shardsNum: 1,
    consistencyLevel: 0,
    properties: [],
    numPartitions,
  });
  return at;
}

async function insert(
  at: CollectionRef,
  ids: readonly number[],
  version: number,
  partition?: string,
): Promise<void> {
  const result = await sdk.insert({
    db_name: at.database,
    collection_name: at.collection,
    ...(partition === undefined ? {} : { partition_name: partition }),
    data: ids.map((id) => ({ id, version, vec: [id, 1, 2, 3] })),
  });
  expect(result.status.code).toBe(0);
}

async function remove(at: CollectionRef, ids: readonly number[]): Promise<void> {
  const result = await sdk.delete({
    db_name: at.database,
    collection_name: at.collection,
    filter: `id in [${ids.join()}]`,
  });
  expect(result.status.code).toBe(0);
}

async function flush(...all: readonly CollectionRef[]): Promise<void> {
  const tickets = await gateway.flush(
    all[0]?.database ?? 'default',
    all.map(({ collection }) => collection),
  );
  for (const at of all) {
    const ticket = tickets.get(at.collection);
    if (ticket === undefined) throw new Error(`no ticket for ${at.collection}`);
    while (!(await gateway.isFlushed(at, ticket))) await sleep(50);
  }
}

async function finish(at: CollectionRef, job: string): Promise<ImportState> {
  for (;;) {
    const state = await gateway.importState(at, job);
    if (state.status !== 'running') return state;
    await sleep(100);
  }
}

/** `id:version` of every row, sorted. */
async function rowsOf(at: CollectionRef): Promise<string[]> {
  const place = { db_name: at.database, collection_name: at.collection };
  if ((await gateway.listIndexes(at)).length === 0) await gateway.createIndex(at, index);
  await sdk.loadCollectionSync(place);
  const answer = await sdk.query({
    ...place,
    filter: 'id >= 0',
    output_fields: ['id', 'version'],
    consistency_level: 'Strong' as never,
  });
  await sdk.releaseCollection(place);
  return answer.data.map((row) => `${row.id}:${row.version}`).sort();
}

async function filesUnder(...parts: readonly string[]): Promise<string[]> {
  if (server.storage.kind !== 'local') throw new Error('this test looks into a folder');
  const entries = await readdir(join(server.storage.path, ...parts), {
    recursive: true,
    withFileTypes: true,
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

const count = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('connection', () => {
  it('knows the version and what it can do', async () => {
    expect(await gateway.serverInfo()).toMatchObject({
      version: 'v2.3.5-lite',
      features: { multiDatabase: true, grpcImportReadsTree: true, restImport: false, bulkFlush: false },
    });
  });

  it.each([
    ['a wrong password', 'root', 'wrong'],
    ['no password', '', ''],
  ])('refuses %s', async (_, user, password) => {
    const other = openGateway(user, password);
    onTestFinished(() => other.close());
    await expect(other.serverInfo()).rejects.toMatchObject({
      code: 'MILVUS_AUTH',
      remedy: expect.stringContaining('milvus.user'),
    });
  });

  it('refuses a user who may not', async () => {
    await sdk.createUser({ username: 'reader', password: 'reader1' });
    const other = openGateway('reader', 'reader1');
    onTestFinished(() => other.close());
    await create('secret');
    await expect(other.dropCollection({ database: 'default', collection: 'secret' })).rejects.toMatchObject({
      code: 'MILVUS_AUTH',
    });
  });

  it('has no calls for rights and garbage collection on this server', async () => {
    await expect(gateway.backupRbac()).rejects.toMatchObject({ code: 'MILVUS_UNSUPPORTED' });
    const endpoint = `http://${server.address}:${server.managementPort}`;
    await expect(createManagementClient({ management: { endpoint } }).pauseGc(60)).rejects.toMatchObject({
      code: 'MILVUS_UNSUPPORTED',
    });
  });
});

describe('databases', () => {
  it('makes, lists and uses them', async () => {
    await gateway.createDatabase('shop');
    expect([...(await gateway.listDatabases())].sort()).toEqual(['default', 'shop']);
    const at = await create('orders', simple, 0, 'shop');
    expect(await gateway.listCollections('shop')).toEqual(['orders']);
    expect(await gateway.hasCollection(at)).toBe(true);
    expect(await gateway.hasCollection({ database: 'default', collection: 'orders' })).toBe(false);
    expect(await gateway.describeDatabase('shop')).toMatchObject({ db_name: 'shop', properties: [] });
    expect((await gateway.describeCollection(at)).databaseName).toBe('shop');
    await insert(at, count(0, 10), 1);
    await flush(at);
    expect(await gateway.rowCount(at)).toBe(10);
  });

  it('names what is missing', async () => {
    await expect(gateway.listCollections('nowhere')).rejects.toMatchObject({ code: 'DATABASE_NOT_FOUND' });
    const at = { database: 'default', collection: 'nothing' };
    const missing = { code: 'COLLECTION_NOT_FOUND', message: expect.stringContaining('nothing') };
    await expect(gateway.describeCollection(at)).rejects.toMatchObject(missing);
    await expect(gateway.listPartitions(at)).rejects.toMatchObject(missing);
    await expect(gateway.listIndexes(at)).rejects.toMatchObject(missing);
    await expect(gateway.listSegments(at)).rejects.toMatchObject(missing);
    await expect(gateway.loadState(at)).rejects.toMatchObject(missing);
    await expect(gateway.flush('default', ['nothing'])).rejects.toMatchObject(missing);
    expect(await gateway.hasCollection(at)).toBe(false);
    await gateway.dropCollection(at);
  });
});

describe('collections', () => {
  it('describes what was created, all types of this server included', async () => {
    const scalars = ['bool', 'int8', 'int16', 'int32', 'int64'].map((name, i) => ({
      ...plain,
      fieldID: BigInt(102 + i),
      name,
      data_type: i + 1,
    }));
    const schema: CollectionSchemaMeta = {
      ...simple,
      name: 'all_types',
      description: 'déscription "<&>"',
      enable_dynamic_field: true,
      fields: [
        {
          ...plain,
          is_primary_key: true,
          description: 'the key',
          data_type: 21,
          type_params: [param('max_length', '64')],
        },
        {
          ...plain,
          fieldID: 101n,
          name: 'tenant',
          data_type: 21,
          type_params: [param('max_length', '9')],
          is_partition_key: true,
        },
        ...scalars,
        { ...plain, fieldID: 107n, name: 'float', data_type: 10 },
        { ...plain, fieldID: 108n, name: 'double', data_type: 11 },
        { ...plain, fieldID: 109n, name: 'json', data_type: 23 },
        {
          ...plain,
          fieldID: 110n,
          name: 'tags',
          data_type: 22,
          element_type: 21,
          type_params: [param('max_capacity', '4'), param('max_length', '8')],
        },
        // ValueField { long_data: 9007199254740993 }
        { ...plain, fieldID: 111n, name: 'preset', default_value_base64: 'GIGAgICAgIAQ' },
        { ...plain, fieldID: 112n, name: 'bits', data_type: 100, type_params: [param('dim', '16')] },
      ],
    };
    const at = { database: 'default', collection: 'all_types' };
    await gateway.createCollection(at, {
      schema,
      shardsNum: 2,
      consistencyLevel: 3,
      properties: [param('collection.ttl.seconds', '3600')],
      numPartitions: 4,
    });
    await sdk.createAlias({ collection_name: 'all_types', alias: 'nick' });

    const described = await gateway.describeCollection(at);
    expect(sortParams(described.schema)).toEqual(sortParams(schema));
    expect(described).toMatchObject({
      name: 'all_types',
      databaseName: 'default',
      shardsNum: 2,
      consistencyLevel: 3,
      properties: [param('collection.ttl.seconds', '3600')],
      aliases: ['nick'],
    });
    expect(described.collectionId).toBeGreaterThan(2n ** 53n);
    expect(described.createdTimestamp).toBeGreaterThan(2n ** 53n);
    expect(described.virtualChannels).toHaveLength(2);
    expect((await gateway.describeCollection({ ...at, collection: 'nick' })).name).toBe('all_types');

    // What was described can be created again.
    const copy = { ...at, collection: 'all_types_copy' };
    await gateway.createCollection(copy, {
      schema: described.schema,
      shardsNum: described.shardsNum,
      consistencyLevel: described.consistencyLevel,
      properties: described.properties,
      numPartitions: 4,
    });
    const again = await gateway.describeCollection(copy);
    expect(again.schema).toEqual({ ...described.schema, name: 'all_types_copy' });
    expect((await gateway.listPartitions(copy)).map(({ name }) => name).sort()).toEqual([
      '_default_0',
      '_default_1',
      '_default_2',
      '_default_3',
    ]);
  });

  it('has indexes, partitions and a load state', async () => {
    const at = await create('places');
    expect(await gateway.listIndexes(at)).toEqual([]);
    const hnsw = {
      fieldName: 'vec',
      indexName: 'by_vec',
      params: { index_type: 'HNSW', metric_type: 'IP', params: '{"M":8,"efConstruction":64}' },
    };
    await gateway.createIndex(at, hnsw);
    expect(await gateway.listIndexes(at)).toEqual([
      {
        field_name: 'vec',
        index_name: 'by_vec',
        index_type: 'HNSW',
        params: hnsw.params,
        index_id: expect.any(BigInt),
      },
    ]);
    await gateway.createPartition(at, 'north');
    expect((await gateway.listPartitions(at)).map(({ name }) => name).sort()).toEqual(['_default', 'north']);
    expect(await gateway.loadState(at)).toBe('NotLoad');
    await sdk.loadCollectionSync({ collection_name: 'places' });
    expect(await gateway.loadState(at)).toBe('Loaded');
    await sdk.releaseCollection({ collection_name: 'places' });
    await gateway.dropIndex(at, 'vec', 'by_vec');
    expect(await gateway.listIndexes(at)).toEqual([]);
    await expect(gateway.createPartition(at, 'bad name!')).rejects.toMatchObject({ code: 'MILVUS_ERROR' });
    await gateway.dropCollection(at);
    expect(await gateway.hasCollection(at)).toBe(false);
  });
});

describe('flush', () => {
  it('flushes many collections in one call', async () => {
    const all = await Promise.all(['f1', 'f2', 'f3'].map((name) => create(name)));
    await Promise.all(all.map((at, i) => insert(at, count(0, 10 * (i + 1)), 1)));
    await flush(...all);
    const segments = await Promise.all(all.map((at) => gateway.listSegments(at)));
    expect(segments.map((list) => list.map(({ rows, state, isL0 }) => ({ rows, state, isL0 })))).toEqual(
      [10, 20, 30].map((rows) => [{ rows, state: 'Flushed', isL0: false }]),
    );
  });

  it('has deletes in the store when it is done, also those of sealed segments', async () => {
    const at = await create('with_deletes');
    await insert(at, count(0, 100), 1);
    await flush(at);
    await remove(at, count(0, 5));
    await flush(at);
    const { collectionId } = await gateway.describeCollection(at);
    expect(await filesUnder('delta_log', String(collectionId))).toHaveLength(1);
    expect(await gateway.rowCount(at)).toBe(100);
  });
});

describe('import', () => {
  const source = { database: 'default', collection: 'source' };
  let insertFolder: string;
  let deltaFolder: string;
  let sourceRows: readonly string[];

  beforeAll(async () => {
    await create('source');
    await insert(source, count(0, 100), 1);
    await flush(source);
    await remove(source, count(0, 10));
    await flush(source);
    // Rows that come back after their delete, and rows that were replaced, in a segment of their own.
    await insert(source, count(0, 5), 2);
    const upsert = await sdk.upsert({
      collection_name: 'source',
      data: count(20, 25).map((id) => ({ id, version: 2, vec: [id, 0, 0, 0] })),
    });
    expect(upsert.status.code).toBe(0);
    await flush(source);
    const { collectionId } = await gateway.describeCollection(source);
    const [partition] = await gateway.listPartitions(source);
    if (server.storage.kind !== 'local') throw new Error('this test imports from a folder');
    insertFolder = join(server.storage.path, 'insert_log', `${collectionId}`, `${partition?.id}/`);
    deltaFolder = join(server.storage.path, 'delta_log', `${collectionId}`, `${partition?.id}/`);
    sourceRows = await rowsOf(source);
    expect(sourceRows).toHaveLength(95);
  });

  const binlogs = (files: readonly string[]) => ({
    partition: '_default',
    files,
    isL0: false,
    storageVersion: 0n,
    ezk: '',
  });

  it('takes a whole partition of many segments in one call, deletes and returned rows included', async () => {
    expect(await gateway.listSegments(source)).toHaveLength(2);
    const at = await create('tree');
    const job = await gateway.startImport(at, binlogs([insertFolder, deltaFolder]));
    expect(await finish(at, job)).toEqual({ status: 'completed', percent: 100, rows: 95, reason: '' });
    // Deletes given with the import are not counted as rows that are there.
    expect(await gateway.rowCount(at)).toBe(95);
    expect(await rowsOf(at)).toEqual(sourceRows);
  });

  it('takes segments one by one', async () => {
    const at = await create('one_by_one');
    const deltas = await readdir(deltaFolder);
    let rows = 0;
    for (const { id } of await gateway.listSegments(source)) {
      const delta = deltas.includes(`${id}`) ? join(deltaFolder, `${id}/`) : '';
      const job = await gateway.startImport(at, binlogs([join(insertFolder, `${id}/`), delta]));
      rows += (await finish(at, job)).rows;
    }
    expect(rows).toBe(95);
    expect(await rowsOf(at)).toEqual(sourceRows);
  });

  it('completes without rows where nothing lies', async () => {
    const at = await create('empty_import');
    const job = await gateway.startImport(at, binlogs([join(insertFolder, 'nothing/'), '']));
    expect(await finish(at, job)).toMatchObject({ status: 'completed', rows: 0 });
  });

  it('says why a schema does not fit', async () => {
    const at = await create('other_shape', {
      ...simple,
      fields: [
        ...simple.fields.slice(0, 2),
        { ...plain, fieldID: 102n, name: 'vec', data_type: 101, type_params: [param('dim', '8')] },
      ],
    });
    const job = await gateway.startImport(at, binlogs([insertFolder, deltaFolder]));
    const state = await finish(at, job);
    expect(state.status).toBe('failed');
    expect(state.reason).not.toBe('Milvus gave no reason');
  });

  it('counts an unknown job as failed', async () => {
    expect(await gateway.importState(source, '123456789')).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('123456789'),
    });
  });

  it('refuses a partition and a collection that are not there', async () => {
    const input = { ...binlogs([insertFolder, '']), partition: 'nowhere' };
    await expect(gateway.startImport(source, input)).rejects.toMatchObject({ code: 'MILVUS_ERROR' });
    const missing = { database: 'default', collection: 'nothing' };
    await expect(gateway.startImport(missing, binlogs([insertFolder, '']))).rejects.toMatchObject({
      code: 'COLLECTION_NOT_FOUND',
    });
  });
});

/** The server may give a field's parameters in another order. */
function sortParams(schema: CollectionSchemaMeta): CollectionSchemaMeta {
  return {
    ...schema,
    fields: schema.fields.map((field) => ({
      ...field,
      type_params: [...field.type_params].sort((a, b) => a.key.localeCompare(b.key)),
    })),
  };
}
