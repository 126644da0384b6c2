import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectMilvus, type MilvusServer, startMilvus } from '@milvus-backup/test-support';
import { afterAll, beforeAll, expect } from 'vitest';
import { sleep } from '../../../../packages/core/src/errors/index.js';
import { silentLogger } from '../../../../packages/core/src/log.js';
import type { CollectionSchemaMeta, FieldSchemaMeta } from '../../../../packages/core/src/meta/types.js';
import type {
  CollectionRef,
  ImportState,
  MilvusGateway,
} from '../../../../packages/core/src/milvus/gateway.js';
import { createMilvusGateway } from '../../../../packages/core/src/milvus/index.js';

export let server: MilvusServer;
export let gateway: MilvusGateway;
export let sdk: Awaited<ReturnType<typeof connectMilvus>>;

/** One Milvus for the file that calls it, and clients of it. */
export function useMilvus(): void {
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
}

export function openGateway(user = '', password = ''): MilvusGateway {
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

export const plain: FieldSchemaMeta = {
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

export const param = (key: string, value: string) => ({ key, value });

export const simple: CollectionSchemaMeta = {
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

export const index = {
  fieldName: 'vec',
  indexName: 'vec',
  params: { index_type: 'FLAT', metric_type: 'L2', params: '{}' },
};

export async function create(
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

export async function insert(
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

export async function remove(at: CollectionRef, ids: readonly number[]): Promise<void> {
  const result = await sdk.delete({
    db_name: at.database,
    collection_name: at.collection,
    filter: `id in [${ids.join()}]`,
  });
  expect(result.status.code).toBe(0);
}

export async function flush(...all: readonly CollectionRef[]): Promise<void> {
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

export async function finish(at: CollectionRef, job: string): Promise<ImportState> {
  for (;;) {
    const state = await gateway.importState(at, job);
    if (state.status !== 'running') return state;
    await sleep(100);
  }
}

/** `id:version` of every row, sorted. */
export async function rowsOf(at: CollectionRef): Promise<string[]> {
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

export async function filesUnder(...parts: readonly string[]): Promise<string[]> {
  if (server.storage.kind !== 'local') throw new Error('this test looks into a folder');
  const entries = await readdir(join(server.storage.path, ...parts), {
    recursive: true,
    withFileTypes: true,
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

export const count = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);
