import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  compareCollections,
  connectMilvus,
  flushCollection,
  type MilvusServer,
  type MilvusSim,
  type S3Server,
  startMilvus,
  startMilvusSim,
  startS3,
} from '../../src/index.js';
import { readInsertLog } from '../../src/milvus-sim/binlog.js';
import { createS3Store, type ObjectStore } from '../../src/milvus-sim/object-store.js';
import { ask, codesOf, contractRows, createContractCollection, success } from './raw.js';

type Server = Pick<MilvusServer, 'address' | 'port' | 'managementPort' | 'user' | 'password'> &
  Pick<MilvusSim, 'stop'>;

interface Described {
  readonly collectionID: string;
  readonly virtual_channel_names: readonly string[];
  readonly physical_channel_names: readonly string[];
  readonly properties: readonly object[];
  readonly schema: { readonly fields: readonly { readonly name: string; readonly fieldID: string }[] };
}
interface Segments {
  readonly infos: readonly {
    readonly segmentID: string;
    readonly partitionID: string;
    readonly num_rows: string;
    readonly state: string;
    readonly level: string;
  }[];
}
interface ImportAnswer {
  readonly state: string;
  readonly row_count: string;
  readonly infos: readonly { readonly key: string; readonly value: string }[];
}

let s3: S3Server;
const buckets = { real: 'real-bucket', sim: 'sim-bucket' } as const;
const servers = new Map<string, Server>();
const clients = new Map<string, MilvusClient>();

beforeAll(async () => {
  s3 = await startS3({ buckets: Object.values(buckets) });
  // A compaction of the real one would change files between two looks.
  const config = { dataCoord: { enableCompaction: false } };
  servers.set('real', await startMilvus({ storage: { s3, bucket: buckets.real }, config }));
  servers.set('sim', await startMilvusSim({ version: 'v2.3.5-lite', storage: { s3, bucket: buckets.sim } }));
  for (const [name, server] of servers) clients.set(name, await connectMilvus(server));
});

afterAll(async () => {
  for (const client of clients.values()) await client.closeConnection();
  for (const server of servers.values()) await server.stop();
  await s3?.stop();
});

/** One body against the real Milvus 2.3.5 and against the simulator as 2.3.5: what it says is true of both. */
describe.each(['real', 'sim'] as const)('Milvus 2.3.5, the %s one', (kind) => {
  let server: Server;
  let client: MilvusClient;
  let store: ObjectStore;
  let described: Described;
  const at = { collection_name: 'contract' };

  beforeAll(async () => {
    const found = [servers.get(kind), clients.get(kind)] as const;
    if (!found[0] || !found[1]) throw new Error('not started');
    [server, client] = found;
    store = openStore(buckets[kind]);
    await createContractCollection(client, 'contract');
    described = (await ask(client, 'DescribeCollection', at)) as unknown as Described;
    await client.insert({ ...at, data: contractRows(0, 200) });
    await flushCollection(client, { collection: 'contract' });
  });

  afterAll(() => store?.close());

  test('tells its version and databases', async () => {
    expect((await ask(client, 'GetVersion', {})).version).toBe('v2.3.5-lite');
    expect((await ask(client, 'ListDatabases', {})).db_names).toEqual(['default']);
  });

  test('does not know the calls of newer versions', async () => {
    for (const method of ['BackupRBAC', 'DescribeDatabase', 'AddCollectionField', 'CreateSnapshot']) {
      expect(await ask(client, method, {}), method).toEqual({});
    }
    const rest = `http://127.0.0.1:${server.port}/v2/vectordb`;
    const post = { method: 'POST', body: '{}' };
    expect((await fetch(`${rest}/jobs/import/create`, post)).status).toBe(404);
    expect((await fetch(`${rest}/segments/describe`, post)).status).toBe(404);
    const management = `http://127.0.0.1:${server.managementPort}`;
    const pause = '/management/datacoord/garbage_collection/pause?pause_seconds=60&collection_id=0';
    expect((await fetch(management + pause)).status).toBe(404);
    expect(await (await fetch(`${management}/healthz`)).text()).toBe('OK');
  });

  test('tells missing things by these codes', async () => {
    const missing = { collection_name: 'nobody' };
    expect(await codesOf(client, 'DescribeCollection', missing)).toMatchObject({ code: 100 });
    expect(await ask(client, 'HasCollection', missing)).toMatchObject({ status: success, value: false });
    expect(await codesOf(client, 'DropCollection', missing)).toEqual(success);
    expect(await codesOf(client, 'ShowCollections', { db_name: 'nowhere' })).toMatchObject({ code: 800 });
    expect(await codesOf(client, 'DescribeIndex', at)).toEqual({ code: 700, error_code: 'IndexNotExist' });
    expect(await ask(client, 'GetLoadingProgress', at)).toMatchObject({
      status: { code: 101 },
      progress: '0',
    });
    expect(await ask(client, 'GetLoadState', at)).toMatchObject({
      status: success,
      state: 'LoadStateNotLoad',
    });
    expect(await codesOf(client, 'LoadCollection', at)).toMatchObject({ code: 700 });
    expect(await codesOf(client, 'GetImportState', { task: '1' })).toMatchObject({ code: 1000 });
  });

  test('describes what was created, without the dynamic field', () => {
    expect(described.schema.fields.map(({ name, fieldID }) => `${name} ${fieldID}`)).toEqual([
      'id 100',
      'tiny 101',
      'text 102',
      'tags 103',
      'vector 104',
    ]);
    expect(described.properties).toEqual([{ key: 'collection.ttl.seconds', value: '864000' }]);
    expect(described.physical_channel_names).toHaveLength(2);
    const channels = described.physical_channel_names.map(
      (name, shard) => `${name}_${described.collectionID}v${shard}`,
    );
    expect([...described.virtual_channel_names].sort()).toEqual(channels.sort());
    for (const name of described.physical_channel_names) expect(name).toMatch(/^by-dev-rootcoord-dml_\d+$/);
  });

  test('a flush answers without positions and leaves one binlog a field', async () => {
    const flush = await ask(client, 'Flush', { collection_names: ['contract'] });
    expect(flush).toMatchObject({
      status: success,
      channel_cps: {},
      coll_segIDs: { contract: { data: [] } },
    });
    expect(Object.keys(flush.coll_flush_ts as object)).toEqual(['contract']);
    const { infos } = await segments();
    expect(infos.reduce((sum, { num_rows }) => sum + Number(num_rows), 0)).toBe(200);
    for (const info of infos) {
      expect(info).toMatchObject({ state: 'Flushed', level: 'Legacy' });
      const prefix = `files/insert_log/${described.collectionID}/${info.partitionID}/${info.segmentID}/`;
      const keys = await store.list(prefix);
      const fields = keys.map((key) => key.slice(prefix.length).replace(/\/\d+$/, ''));
      expect(fields.sort()).toEqual(['0', '1', '100', '101', '102', '103', '104', '105']);
      for (const key of keys)
        expect(await readInsertLog(await store.get(key), key)).toHaveLength(Number(info.num_rows));
    }
  });

  test('an import brings rows back, deletes applied, and counts them', async () => {
    await client.delete({ ...at, filter: 'id in [9007199254740993, 9007199254740994]' });
    await flushCollection(client, { collection: 'contract' });
    const [partition] = (await segments()).infos.map(({ partitionID }) => partitionID);
    const folder = (log: string): string => `files/${log}/${described.collectionID}/${partition}/`;
    expect((await store.list(folder('delta_log'))).length).toBeGreaterThan(0);
    await createContractCollection(client, 'imported');
    const state = await runImport('imported', [folder('insert_log'), folder('delta_log')]);
    expect(state).toMatchObject({ state: 'ImportCompleted', row_count: '198' });
    const result = await compareCollections(client, { collection: 'contract' }, client, {
      collection: 'imported',
    });
    expect(result).toEqual({ equal: true, sourceRows: 198, targetRows: 198, difference: undefined });
  });

  test('an import of nothing completes, one that does not fit fails', async () => {
    await createContractCollection(client, 'untouched');
    const nothing = await runImport('untouched', ['nothing/here/', '']);
    expect(nothing).toMatchObject({ state: 'ImportCompleted', row_count: '0' });
    await client.createCollection({
      collection_name: 'other',
      fields: [
        { name: 'id', data_type: 'Int64', is_primary_key: true },
        { name: 'another', data_type: 'Double' },
        { name: 'vector', data_type: 'FloatVector', dim: 8 },
      ],
    });
    const [partition] = (await segments()).infos.map(({ partitionID }) => partitionID);
    const failed = await runImport('other', [`files/insert_log/${described.collectionID}/${partition}/`, '']);
    expect(failed.state).toBe('ImportFailed');
    expect(failed.infos.find(({ key }) => key === 'failed_reason')?.value).not.toBe('');
  });

  async function segments(): Promise<Segments> {
    return (await ask(client, 'GetPersistentSegmentInfo', {
      collectionName: 'contract',
    })) as unknown as Segments;
  }

  async function runImport(collection: string, files: readonly string[]): Promise<ImportAnswer> {
    return importInto(client, collection, files);
  }
});

test('the real one imports what the simulator wrote', async () => {
  const [real, sim] = [clients.get('real'), clients.get('sim')];
  if (!real || !sim) throw new Error('not started');
  const from = openStore(buckets.sim);
  const to = openStore(buckets.real);
  const { collectionID } = (await ask(sim, 'DescribeCollection', {
    collection_name: 'contract',
  })) as unknown as Described;
  for (const log of ['insert_log', 'delta_log']) {
    for (const key of await from.list(`files/${log}/${collectionID}/`)) {
      await to.put(key.replace('files/', 'from-sim/'), await from.get(key));
    }
  }
  const [insert] = await to.list(`from-sim/insert_log/${collectionID}/`);
  const partition = insert?.split('/')[3];
  await createContractCollection(real, 'from_sim');
  const folders = ['insert_log', 'delta_log'].map((log) => `from-sim/${log}/${collectionID}/${partition}/`);
  expect(await importInto(real, 'from_sim', folders)).toMatchObject({
    state: 'ImportCompleted',
    row_count: '198',
  });
  const result = await compareCollections(sim, { collection: 'contract' }, real, { collection: 'from_sim' });
  expect(result).toMatchObject({ equal: true, targetRows: 198 });
  from.close();
  to.close();
});

async function importInto(
  client: MilvusClient,
  collection: string,
  files: readonly string[],
): Promise<ImportAnswer> {
  const started = await ask(client, 'Import', {
    collection_name: collection,
    partition_name: '_default',
    files,
    options: [
      { key: 'skip_disk_quota_check', value: 'true' },
      { key: 'backup', value: 'true' },
    ],
  });
  expect(started.status).toMatchObject(success);
  const [task] = started.tasks as readonly string[];
  let answer: ImportAnswer | undefined;
  await expect
    .poll(
      async () => {
        answer = (await ask(client, 'GetImportState', { task })) as unknown as ImportAnswer;
        return answer.state;
      },
      { timeout: 60_000, interval: 200 },
    )
    .toMatch(/^Import(Completed|Failed|FailedAndCleaned)$/);
  if (answer === undefined) throw new Error('no state');
  return answer;
}

function openStore(bucket: string): ObjectStore {
  const { endpoint, accessKey, secretKey } = s3;
  return createS3Store({ endpoint, accessKey, secretKey, bucket });
}
