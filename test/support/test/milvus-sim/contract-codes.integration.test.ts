import { DataType, type MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectMilvus, type MilvusServer, startMilvus, startMilvusSim } from '../../src/index.js';
import { createMemoryStore } from '../../src/milvus-sim/object-store.js';
import { ask, codesOf, contractRows, createContractCollection, success } from './raw.js';

const at = { collection_name: 'codes' };

/** What a second or wrong call answers; true of the real Milvus 2.3.5 and of the simulator. */
describe.each(['real', 'sim'] as const)('Milvus 2.3.5 with passwords, the %s one', (kind) => {
  let server: Pick<MilvusServer, 'address' | 'port' | 'user' | 'password' | 'stop'>;
  let client: MilvusClient;

  beforeAll(async () => {
    server =
      kind === 'real'
        ? await startMilvus({ storage: { local: true }, authorization: true })
        : await startMilvusSim({
            version: 'v2.3.5-lite',
            storage: { store: createMemoryStore() },
            authorization: true,
          });
    client = await connectMilvus(server);
    await createContractCollection(client, 'codes');
  });

  afterAll(async () => {
    await client?.closeConnection();
    await server?.stop();
  });

  test('a wrong password is refused', async () => {
    await expect(connectMilvus({ ...server, password: 'wrong' })).rejects.toThrow();
  });

  const nobody = { collection_name: 'nobody' };
  test.each([
    ['DescribeCollection', nobody, 100, 'UnexpectedError'],
    ['DescribeCollection', { db_name: 'nowhere', ...nobody }, 100, 'UnexpectedError'],
    ['HasCollection', { db_name: 'nowhere', ...nobody }, 0, 'Success'],
    ['ShowPartitions', nobody, 100, 'CollectionNotExists'],
    ['DescribeIndex', nobody, 100, 'CollectionNotExists'],
    ['LoadCollection', nobody, 100, 'CollectionNotExists'],
    ['GetLoadState', nobody, 0, 'Success'],
    ['GetLoadingProgress', nobody, 100, 'CollectionNotExists'],
    ['GetCollectionStatistics', nobody, 100, 'CollectionNotExists'],
    ['GetPersistentSegmentInfo', { collectionName: 'nobody' }, 100, 'CollectionNotExists'],
    ['Flush', { collection_names: ['nobody'] }, 100, 'CollectionNotExists'],
    ['RenameCollection', { oldName: 'nobody', newName: 'somebody' }, 100, 'CollectionNotExists'],
    ['AlterCollection', nobody, 65535, 'UnexpectedError'],
    ['GetReplicas', at, 400, 'MetaFailed'],
    ['Query', { ...at, expr: 'id > 0' }, 101, 'UnexpectedError'],
    ['Delete', { ...at, expr: 'id > 0' }, 101, 'UnexpectedError'],
    ['Delete', { ...at, expr: 'id in [1]' }, 0, 'Success'],
    ['CreateIndex', { ...at, field_name: 'none', index_name: 'one' }, 65535, 'UnexpectedError'],
    ['DropIndex', { ...at, field_name: 'vector', index_name: 'none' }, 0, 'Success'],
    ['DropAlias', { alias: 'none' }, 0, 'Success'],
    ['DropPartition', { ...at, partition_name: 'none' }, 0, 'Success'],
    ['DropDatabase', { db_name: 'none' }, 0, 'Success'],
    ['DropDatabase', { db_name: 'default' }, 65535, 'UnexpectedError'],
    ['DropRole', { role_name: 'none' }, 65535, 'DropRoleFailure'],
    ['CreateRole', { entity: { name: 'admin' } }, 65535, 'CreateRoleFailure'],
    ['CreateCredential', { username: 'root', password: 'c2VjcmV0MTIz' }, 65535, 'CreateCredentialFailure'],
    ['OperateUserRole', { username: 'none', role_name: 'admin', type: 0 }, 65535, 'OperateUserRoleFailure'],
  ])('%s %j answers %d %s', async (method, request, code, error_code) => {
    expect(await codesOf(client, method, request)).toEqual({ code, error_code });
  });

  test('aliases', async () => {
    await createContractCollection(client, 'others');
    expect(await codesOf(client, 'CreateAlias', { ...at, alias: 'nickname' })).toEqual(success);
    const others = { collection_name: 'others', alias: 'nickname' };
    const clash = await ask(client, 'CreateAlias', others);
    const byAlias = await ask(client, 'DescribeCollection', { collection_name: 'nickname' });
    expect(byAlias).toMatchObject({
      collection_name: 'nickname',
      schema: { name: 'codes' },
      aliases: ['nickname'],
    });
    expect(await codesOf(client, 'DropAlias', { alias: 'nickname' })).toEqual(success);
    expect(clash.status).toMatchObject({ code: 1602 });
  });

  test('databases', async () => {
    const db = { db_name: 'second' };
    expect(await codesOf(client, 'CreateDatabase', db)).toEqual(success);
    expect(await codesOf(client, 'CreateDatabase', db)).not.toEqual(success);
    await client.createCollection({
      ...db,
      collection_name: 'inside',
      fields: [
        { name: 'id', data_type: DataType.Int64, is_primary_key: true },
        { name: 'vector', data_type: DataType.FloatVector, dim: 4 },
      ],
    });
    expect(await codesOf(client, 'DropDatabase', db)).not.toEqual(success);
    expect(await codesOf(client, 'DropCollection', { ...db, collection_name: 'inside' })).toEqual(success);
    expect(await codesOf(client, 'DropDatabase', db)).toEqual(success);
  });

  test('partitions', async () => {
    const first = { ...at, partition_name: 'first' };
    expect(await codesOf(client, 'CreatePartition', first)).toEqual(success);
    expect(await codesOf(client, 'CreatePartition', first)).toEqual(success);
    expect(await ask(client, 'HasPartition', first)).toMatchObject({ value: true });
    expect((await ask(client, 'ShowPartitions', at)).partition_names).toEqual(['_default', 'first']);
    expect(await codesOf(client, 'DropPartition', first)).toEqual(success);
    expect(await ask(client, 'HasPartition', first)).toMatchObject({ value: false });
  });

  test('partition keys have numbered partitions, which an import must not name unless it is of a backup', async () => {
    await client.createCollection({
      collection_name: 'keyed',
      num_partitions: 3,
      fields: [
        { name: 'id', data_type: DataType.Int64, is_primary_key: true },
        { name: 'tenant', data_type: DataType.VarChar, max_length: 16, is_partition_key: true },
        { name: 'vector', data_type: DataType.FloatVector, dim: 4 },
      ],
    });
    const keyed = { collection_name: 'keyed' };
    const { partition_names } = await ask(client, 'ShowPartitions', keyed);
    expect([...(partition_names as string[])].sort()).toEqual(['_default_0', '_default_1', '_default_2']);
    const files = ['nothing/', ''];
    const named = { ...keyed, partition_name: '_default_0', files };
    expect(await codesOf(client, 'Import', { ...named, options: [] })).toMatchObject({ code: 1100 });
    expect(await codesOf(client, 'CreatePartition', { ...keyed, partition_name: 'own' })).not.toEqual(
      success,
    );
  });

  test('indexes and loading', async () => {
    const index = { ...at, field_name: 'vector', index_name: 'by_vector' };
    const params = ['index_type FLAT', 'metric_type L2', 'params {}'].map((text) => {
      const [key = '', value = ''] = text.split(' ');
      return { key, value };
    });
    expect(await codesOf(client, 'CreateIndex', { ...index, extra_params: params })).toEqual(success);
    expect(await codesOf(client, 'CreateIndex', { ...index, extra_params: params })).toEqual(success);
    const { index_descriptions } = await ask(client, 'DescribeIndex', at);
    expect(index_descriptions).toMatchObject([{ field_name: 'vector', index_name: 'by_vector' }]);
    expect(await codesOf(client, 'GetReplicas', at)).not.toEqual(success);
    expect(await codesOf(client, 'Query', { ...at, expr: 'id > 0' })).not.toEqual(success);
    await client.insert({ ...at, data: contractRows(0, 20) });
    await client.loadCollectionSync(at);
    expect(await ask(client, 'GetLoadState', at)).toMatchObject({ state: 'LoadStateLoaded' });
    expect((await ask(client, 'GetReplicas', at)).replicas).toMatchObject([
      { resource_group_name: '__default_resource_group' },
    ]);
  });

  test('writes are seen by a strong query', async () => {
    const [row3] = contractRows(3, 4);
    if (row3 === undefined) throw new Error('no row');
    const changed = Object.assign(row3, { text: 'changed' });
    expect((await client.upsert({ ...at, data: [changed] })).status.code).toBe(0);
    const removed = await client.delete({ ...at, filter: 'id in [9007199254740993]' });
    expect(removed.status.code).toBe(0);
    const query = {
      ...at,
      consistency_level: 'Strong',
      use_default_consistency: false,
      guarantee_timestamp: '0',
    };
    const count = await ask(client, 'Query', { ...query, expr: '', output_fields: ['count(*)'] });
    expect(count.fields_data).toMatchObject([{ scalars: { long_data: { data: ['19'] } } }]);
    const row = await ask(client, 'Query', {
      ...query,
      expr: 'id == 9007199254740996',
      output_fields: ['text', '$meta'],
    });
    const columns = row.fields_data as { field_name: string; is_dynamic: boolean; scalars: object }[];
    expect(columns.find(({ field_name }) => field_name === 'text')?.scalars).toMatchObject({
      string_data: { data: ['changed'] },
    });
    expect(columns.find(({ is_dynamic }) => is_dynamic)).toMatchObject({ field_name: '$meta' });
  });

  test('properties are set and the others stay', async () => {
    const properties = [{ key: 'collection.segment.rowLimit', value: '1000' }];
    expect(await codesOf(client, 'AlterCollection', { ...at, properties })).toEqual(success);
    const described = await ask(client, 'DescribeCollection', at);
    expect(described.properties).toEqual(
      expect.arrayContaining([{ key: 'collection.ttl.seconds', value: '864000' }, ...properties]),
    );
    expect(described.schema).toMatchObject({ properties: [] });
  });

  test('users and roles', async () => {
    const user = { username: 'reader', password: Buffer.from('secret-word').toString('base64') };
    expect(await codesOf(client, 'CreateCredential', user)).toEqual(success);
    expect(await codesOf(client, 'CreateCredential', user)).not.toEqual(success);
    expect((await ask(client, 'ListCredUsers', {})).usernames).toEqual(['reader', 'root']);
    expect(await codesOf(client, 'CreateRole', { entity: { name: 'readers' } })).toEqual(success);
    expect(await codesOf(client, 'CreateRole', { entity: { name: 'readers' } })).not.toEqual(success);
    const pair = { username: 'reader', role_name: 'readers', type: 0 };
    expect(await codesOf(client, 'OperateUserRole', pair)).toEqual(success);
    const answer = await ask(client, 'SelectUser', { user: { name: 'reader' }, include_role_info: true });
    expect(answer.results).toMatchObject([{ user: { name: 'reader' }, roles: [{ name: 'readers' }] }]);
    const roles = (await ask(client, 'SelectRole', {})).results as { role: { name: string } }[];
    expect(roles.map(({ role }) => role.name).sort()).toEqual(['admin', 'public', 'readers']);
  });

  test('a flush of everything tells one time', async () => {
    const answer = await ask(client, 'FlushAll', {});
    expect(answer).toMatchObject({ status: success, flush_all_msgs: {} });
    expect(answer.flush_all_ts).toMatch(/^\d{18}$/);
  });
});
