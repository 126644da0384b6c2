import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  connectMilvus,
  type MilvusServer,
  startMilvus,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import { DataType, type MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeFullMeta } from '../../../packages/core/src/meta/files.js';
import { openFrom } from './harness/open.js';

let milvus: MilvusServer;
let client: MilvusClient;
let dir: TempDir;
let endpoint: string;

/** The etcd is the one that a real Milvus 2.3.5 carries inside, with what that Milvus has written into it. */
beforeAll(async () => {
  dir = await tempDir();
  milvus = await startMilvus({ storage: { local: true } });
  const etcd = await readFile(join(milvus.dir, 'configs', 'etcd.yaml'), 'utf8');
  endpoint = /^listen-client-urls: (\S+)$/m.exec(etcd)?.[1] ?? '';
  client = await connectMilvus(milvus);
  const fields = [
    { name: 'id', data_type: DataType.Int64, is_primary_key: true },
    { name: 'vec', data_type: DataType.FloatVector, dim: 4 },
  ];
  await client.createCollection({ collection_name: 'open', fields, enable_dynamic_field: true });
  await client.createCollection({ collection_name: 'closed', fields });
  const index = { field_name: 'vec', index_type: 'HNSW', metric_type: 'L2' };
  const params = { M: 8, efConstruction: 64 };
  for (const name of ['dropped', 'kept']) {
    const made = await client.createIndex({ collection_name: 'open', index_name: name, ...index, params });
    expect(made.error_code).toBe('Success');
    if (name === 'dropped') await client.dropIndex({ collection_name: 'open', index_name: name });
  }
});

afterAll(async () => {
  await client?.closeConnection();
  await milvus?.stop();
  await dir?.remove();
});

async function create(name: string, set: readonly string[], indexExtra = true) {
  const service = await openFrom(await writeBackupYaml(dir.path, { milvus }), set);
  try {
    await service.create({ name, indexExtra, strategy: 'meta_only' });
  } finally {
    await service.close();
  }
  const text = await readFile(join(dir.path, 'backup', name, 'meta', 'full_meta.json'), 'utf8');
  return { text, meta: decodeFullMeta(text) };
}

it('adds ids, times and parameters of indexes, and the hidden dynamic field', async () => {
  const { meta, text } = await create('extra', [`milvus.etcd.endpoints=${endpoint}`]);
  const open = meta.collection_backups.find((one) => one.collection_name === 'open');
  expect(open?.index_infos).toHaveLength(1);
  const [index] = open?.index_infos ?? [];
  expect(index).toMatchObject({
    index_name: 'kept',
    field_name: 'vec',
    field_id: 101n,
    is_auto_index: false,
    type_params: [{ key: 'dim', value: '4' }],
    index_params: expect.arrayContaining([{ key: 'index_type', value: 'HNSW' }]),
  });
  expect(index?.create_time).toBeGreaterThan(open?.created_timestamp ?? 0n);
  expect(text).toContain(`"index_id":${index?.index_id},"field_id":101,"create_time":${index?.create_time},`);
  expect(open?.schema.fields.at(-1)).toMatchObject({
    fieldID: 102n,
    name: '$meta',
    is_dynamic: true,
    data_type: DataType.JSON,
  });
  const closed = meta.collection_backups.find((one) => one.collection_name === 'closed');
  expect(closed?.schema.fields).toHaveLength(2);
  expect(closed?.index_infos).toEqual([]);
});

it('asks etcd for nothing otherwise', async () => {
  const { meta } = await create('plain', ['milvus.etcd.endpoints=127.0.0.1:1'], false);
  expect(meta.collection_backups.flatMap((one) => one.index_infos)).toEqual([
    expect.objectContaining({ field_id: 0n, create_time: 0n }),
  ]);
});

it('an etcd that does not answer, or is of another Milvus, is an error that names the setting', async () => {
  await expect(create('gone', ['milvus.etcd.endpoints=127.0.0.1:1'])).rejects.toMatchObject({
    code: 'MILVUS_UNREACHABLE',
    remedy: expect.stringContaining('milvus.etcd.endpoints'),
  });
  const other = [`milvus.etcd.endpoints=${endpoint}`, 'milvus.etcd.rootPath=other'];
  await expect(create('other', other)).rejects.toMatchObject({
    code: 'SOURCE_INCOMPLETE',
    remedy: expect.stringContaining('milvus.etcd.rootPath'),
  });
});

it('goes on to the next endpoint', async () => {
  const { meta } = await create('second', [`"milvus.etcd.endpoints=127.0.0.1:1,${endpoint}"`]);
  expect(meta.collection_backups).toHaveLength(2);
});
