import { describe, expect, it, onTestFinished } from 'vitest';
import type { CollectionSchemaMeta } from '../../../packages/core/src/meta/types.js';
import { createManagementClient } from '../../../packages/core/src/milvus/index.js';

import {
  count,
  create,
  flush,
  gateway,
  insert,
  openGateway,
  param,
  plain,
  sdk,
  server,
  simple,
  useMilvus,
} from './harness/gateway.js';

useMilvus();

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

function sortParams(schema: CollectionSchemaMeta): CollectionSchemaMeta {
  return {
    ...schema,
    fields: schema.fields.map((field) => ({
      ...field,
      type_params: [...field.type_params].sort((a, b) => a.key.localeCompare(b.key)),
    })),
  };
}
