import {
  connectMilvus,
  type RecordedCall,
  type S3Server,
  startMilvusSim,
  startS3,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import { type MilvusClient, promisify } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { decodeFullMeta } from '../../../packages/core/src/meta/files.js';
import type { BackupMeta } from '../../../packages/core/src/meta/types.js';
import { loadWire } from '../../../packages/core/src/milvus/wire.js';
import { openBucket } from './harness/buckets.js';
import { spokenCalls } from './harness/calls.js';
import { openFrom } from './harness/open.js';

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

const at = { db_name: 'shop', collection_name: 'books' };

/** Everything that has calls of its own: a database, partitions, indexes, deletes, and what a version has besides. */
async function fill(client: MilvusClient, version: string): Promise<void> {
  const wire = loadWire();
  await client.createDatabase({ db_name: 'shop' });
  const fields = [
    { name: 'id', data_type: 5, is_primary_key: true },
    { name: 'vec', data_type: 101, type_params: [{ key: 'dim', value: '4' }] },
    { name: 'title', data_type: 21, type_params: [{ key: 'max_length', value: '64' }] },
    ...(since(version, '2.5.0') ? [{ name: 'words', data_type: 104, is_function_output: true }] : []),
  ];
  const functions = since(version, '2.5.0')
    ? [{ name: 'bm25', type: 1, input_field_names: ['title'], output_field_names: ['words'] }]
    : [];
  const schema = {
    name: 'books',
    description: 'Bücher',
    fields,
    functions,
    enable_dynamic_field: since(version, '2.3.0'),
  };
  const bytes = wire.encode('milvus.proto.schema.CollectionSchema', schema);
  await ask(client, 'CreateCollection', { ...at, schema: bytes, shards_num: 1, consistency_level: 1 });
  await ask(client, 'CreatePartition', { ...at, partition_name: 'p1' });
  if (since(version, '2.6.0')) {
    const late = wire.encode('milvus.proto.schema.FieldSchema', {
      name: 'late',
      data_type: 5,
      nullable: true,
    });
    await ask(client, 'AddCollectionField', { ...at, schema: late });
  }
  for (const [partition_name, from] of [
    ['_default', 0],
    ['p1', 10],
  ] as const) {
    const data = Array.from({ length: 10 }, (_, row) => ({
      id: String(from + row),
      vec: [row, 1, 2, 3],
      title: `t${row}`,
    }));
    await client.insert({ ...at, partition_name, data: data as never });
    for (const key of [from + 1, from + 2]) {
      await client.flushSync({ db_name: 'shop', collection_names: ['books'] });
      await client.delete({ ...at, partition_name, filter: `id in [${key}]` });
    }
  }
  const index = (field_name: string, index_type: string, more: object = {}) =>
    client.createIndex({ ...at, field_name, index_name: `${field_name}_i`, index_type, ...more });
  await index('title', 'INVERTED');
  await index('vec', 'HNSW', { metric_type: 'L2', params: { M: 8, efConstruction: 16 } });
  if (!since(version, '2.4.10')) return;
  await client.createUser({ username: 'reader', password: 'secret12' });
  await client.createRole({ roleName: 'readers' });
  await client.addUserToRole({ username: 'reader', roleName: 'readers' });
}

/** A call whose answer is a status and nothing else. */
async function ask(client: MilvusClient, method: string, request: object): Promise<void> {
  const status: object = await promisify(client.channelPool, method, request, 10_000);
  expect(status, method).toMatchObject({ error_code: 'Success' });
}

interface Lost {
  readonly calls: readonly RecordedCall[];
  readonly meta: BackupMeta;
}

/** Backs up, loses all, and restores. */
async function restoreAll(version: string): Promise<Lost> {
  const storage = { s3, bucket: `c-${version.replaceAll('.', '-')}` };
  const sim = await startMilvusSim({ version, storage });
  const client = await connectMilvus(sim);
  const files = s3.createClient();
  onTestFinished(async () => {
    files.destroy();
    await client.closeConnection();
    await sim.stop();
  });
  await fill(client, version);
  const file = await writeBackupYaml(`${dir.path}/${version}`, { milvus: sim });
  const rbac = hasRbac(version);
  const service = await openFrom(file);
  try {
    // The format that every version can be restored from.
    await service.create({ name: 'b', strategy: 'serial_flush', format: 'binlog', rbac });
  } finally {
    await service.close();
  }
  await client.dropCollection(at);
  await client.dropDatabase({ db_name: 'shop' });
  if (rbac) {
    await client.deleteUser({ username: 'reader' });
    await client.dropRole({ roleName: 'readers' });
  }
  sim.calls.length = 0;
  const again = await openFrom(file);
  try {
    const view = await again.restore({ name: 'b', rebuildIndex: true, rbac });
    expect(view).toMatchObject({ state: 'success' });
    expect(view.warnings ?? []).toEqual([]);
  } finally {
    await again.close();
  }
  const text = await openBucket(files, storage.bucket).get('backup/b/meta/full_meta.json');
  return { calls: [...sim.calls], meta: decodeFullMeta(text.toString('utf8')) };
}

/** By the facts of the Go tool. */
const since = (version: string, least: string): boolean =>
  version.localeCompare(least, 'en', { numeric: true }) >= 0;
const hasRbac = (version: string): boolean => since(version, '2.4.10');

const books = '@shop {"collection_name":"books"';

/** Of the Go tool, for the structure. */
function structureOf(version: string): string[] {
  const check = since(version, '2.6.8');
  const switched = (value: boolean): string =>
    `"properties":[{"key":"disable_func_runtime_check","value":"${value}"}],`;
  const reader =
    '"users":[{"roles":[{"name":"readers","description":""}],"user":"reader","password":"$sim$c2VjcmV0MTI="}]';
  return [
    'Connect {"sdk_type":"BackupToolCustomSDK"}',
    'ListDatabases',
    'ListDatabases',
    ...(hasRbac(version)
      ? [
          'BackupRBAC',
          `RestoreRBAC {"RBAC_meta":{${reader},"roles":[{"name":"readers","description":""}],"grants":[],"privilege_groups":[]}}`,
        ]
      : []),
    'CreateDatabase {"db_name":"shop"}',
    `HasCollection ${books}}`,
    `CreateCollection @shop {${check ? switched(true) : ''}"collection_name":"books","schema":"bytes","shards_num":1,"consistency_level":1}`,
    ...(since(version, '2.6.0') ? [`AddCollectionField ${books},"schema":"bytes"}`] : []),
    ...(check ? [`AlterCollection @shop {${switched(false)}"collection_name":"books"}`] : []),
    'CreateIndex @shop {"extra_params":[{"key":"index_type","value":"HNSW"},{"key":"metric_type","value":"L2"},{"key":"params","value":"{\\"M\\":8,\\"efConstruction\\":16}"}],"collection_name":"books","field_name":"vec","index_name":"vec_i"}',
    'CreateIndex @shop {"extra_params":[{"key":"index_type","value":"INVERTED"}],"collection_name":"books","field_name":"title","index_name":"title_i"}',
    `HasPartition ${books},"partition_name":"_default"}`,
    `HasPartition ${books},"partition_name":"p1"}`,
    `CreatePartition ${books},"partition_name":"p1"}`,
  ];
}

/** Of ours: what becomes of the collection is looked at before it is filled, and its rows are counted afterwards. */
function proofOf(version: string): string[] {
  const own = '@shop {"db_name":"shop","collection_name":"books"';
  return [
    `DescribeCollection ${books}}`,
    `GetCollectionStatistics ${own}}`,
    `GetPartitionStatistics ${own},"partition_name":"_default"}`,
    `GetPartitionStatistics ${own},"partition_name":"p1"}`,
    // Milvus looks for a missing one for long before it refuses an import.
    ...(since(version, '2.4.0') ? [] : [`HasCollection ${books}}`, `HasCollection ${books}}`]),
  ];
}

const createJob = '/v2/vectordb/jobs/import/create';
const insert = 'backup/b/binlogs/insert_log/C';
const delta = 'backup/b/binlogs/delta_log/C';

/** Of the Go tool before 2.4. Each partition has one segment. */
function importsByGrpc(): string[] {
  const options =
    '"options":[{"key":"skip_disk_quota_check","value":"true"},{"key":"backup","value":"true"}]';
  const imports = ['_default', 'p1'].map((partition, index) => {
    const files = `"files":["${insert}/P${index}/S${index}/","${delta}/P${index}/S${index}/"]`;
    return `Import @shop {${files},${options},"collection_name":"books","partition_name":"${partition}"}`;
  });
  return [...imports, 'GetImportState @shop {"task":"J"}'];
}

/** Of the Go tool from 2.4 on. */
function importsByRest(version: string): string[] {
  const layout = since(version, '2.6.0') ? ',"storage_version":"2"' : '';
  const create = (partition: string, folders: readonly string[], options: string): string => {
    const files = JSON.stringify(folders.map((folder) => [folder]));
    return `${createJob} {"dbName":"shop","collectionName":"books","partitionName":"${partition}","files":${files},"options":{"skip_disk_quota_check":"true",${options}}}`;
  };
  const imports = ['_default', 'p1'].flatMap((partition, index) => {
    const l0 = [0, 1].map((one) => `${delta}/P${index}/L${index}${one}/`);
    const jobs = since(version, '2.6.5') ? [l0] : l0.map((folder) => [folder]);
    return [
      create(partition, [`${insert}/P${index}/S${index}/`], `"backup":"true"${layout}`),
      ...jobs.map((folders) => create(partition, folders, '"l0_import":"true"')),
    ];
  });
  return [...imports, '/v2/vectordb/jobs/import/describe {"dbName":"shop","jobId":"J"}'];
}

describe.each(['2.2.16', '2.3.5', '2.4.23', '2.5.20', '2.6.4', '2.6.8', '3.0.0'])(
  'a restore into Milvus %s',
  (version) => {
    it('makes the calls of that version and no others, in their order', async () => {
      const { calls, meta } = await restoreAll(version);
      const [collection] = meta.collection_backups;
      if (collection === undefined) throw new Error('the backup is empty');
      const partitions = collection.partition_backups.toSorted((a, b) =>
        a.partition_name < b.partition_name ? -1 : 1,
      );
      const names = new Map([
        [String(collection.collection_id), 'C'],
        ...partitions.map((one, index) => [String(one.partition_id), `P${index}`] as const),
        ...partitions.flatMap(({ segment_backups }, index) => {
          const l0 = segment_backups.filter((one) => one.is_l0);
          return segment_backups.map((one) => {
            const name = one.is_l0 ? `L${index}${l0.indexOf(one)}` : `S${index}`;
            return [String(one.segment_id), name] as const;
          });
        }),
      ]);
      const rest = since(version, '2.4.0');
      const imports = rest ? importsByRest(version) : importsByGrpc();
      expect(spokenCalls(calls, names)).toEqual(
        [...structureOf(version), ...proofOf(version), ...imports].sort(),
      );

      const firsts = [...new Set(spokenInOrder(calls))];
      const wanted = [
        ...['Connect', 'ListDatabases', 'BackupRBAC', 'RestoreRBAC', 'CreateDatabase', 'CreateCollection'],
        ...['AddCollectionField', 'AlterCollection', 'CreateIndex', 'HasPartition', 'CreatePartition'],
        ...['Import', 'data', 'L0'],
      ].filter((one) => firsts.includes(one));
      expect(firsts.filter((one) => wanted.includes(one))).toEqual(wanted);

      for (const { headers } of calls.filter(({ method }) => method === createJob)) {
        expect(headers).toMatchObject({ 'request-timeout': '600', 'content-type': 'application/json' });
      }
      const made = calls.find(({ method }) => method === 'CreateCollection')?.request.schema;
      const schema = loadWire().decode('milvus.proto.schema.CollectionSchema', made as Buffer);
      expect(schema).toMatchObject({
        name: 'books',
        description: 'Bücher',
        enable_dynamic_field: since(version, '2.3.0'),
        fields: ['id', 'vec', 'title', ...(since(version, '2.5.0') ? ['words'] : [])].map((name) => ({
          name,
        })),
        functions: since(version, '2.5.0') ? [{ name: 'bm25', output_field_names: ['words'] }] : [],
      });
    });
  },
);

/** Names of the calls; jobs by what they import. */
function spokenInOrder(calls: readonly RecordedCall[]): string[] {
  return calls.map(({ method, request }) => {
    if (method !== createJob) return method;
    return 'l0_import' in (request.options as object) ? 'L0' : 'data';
  });
}
