import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { createMemoryDriver, type StorageDriver } from '@milvus-backup/core/driver';
import { callRaw, connectMilvus, flushCollection, type Stack, startStack } from '@milvus-backup/test-support';
import { DataType, type MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  countDeletedRows,
  parseBinlog,
  readColumn,
  readDeletes,
  type SegmentLog,
} from '../../../packages/core/src/binlog/index.js';

/**
 * Which rows does Milvus leave out when it imports insert and delta logs together? Each row has a `version` of its own
 * (key × 10 + n), so that the rows that share a key can be told apart afterwards.
 */
describe.each([
  { keyType: DataType.Int64, name: 'long_keys', toKey: (key: number): number | string => key },
  { keyType: DataType.VarChar, name: 'text_keys', toKey: (key: number): number | string => `ключ "${key}"` },
])('deletes at import, keys in $name', ({ keyType, name, toKey }) => {
  let stack: Stack;
  let client: MilvusClient;
  let s3: S3Client;
  const target = `${name}_imported`;

  beforeAll(async () => {
    // A compaction would apply the deletes itself and leave its sources beside the result.
    stack = await startStack({ config: { dataCoord: { enableCompaction: false } } });
    client = await connectMilvus(stack.milvus);
    s3 = stack.s3.createClient();
    for (const collection of [name, target]) await create(collection);
    await fill();
  });

  afterAll(async () => {
    await client?.closeConnection();
    s3?.destroy();
    await stack?.stop();
  });

  it('keeps rows that are newer than the delete of their key, in one import of all segments', async () => {
    const folders = await partitionFolders();
    const imported = await importInto(target, folders);
    const kept = await versionsOf(target);
    expect(kept).toEqual([12, 21, 22, 52, 61, 73, 93, 102]);
    expect(imported).toBe(kept.length);
  });

  it('is what countDeletedRows foretells', async () => {
    const { logs, driver } = await readLogs();
    const keyLogs = logs.filter((log) => log.kind === 'insert' && log.field === 100n);
    expect(new Set(keyLogs.map((log) => log.segment)).size).toBe(2);
    const deleted = await countDeletedRows({
      driver,
      logs,
      pkField: 100n,
      signal: new AbortController().signal,
    });
    expect(deleted).toEqual({ rows: 20 - 8, exact: true });
  });

  it('meets deletes of the very moment of a row: both halves of an upsert have one timestamp', async () => {
    const { logs, driver } = await readLogs();
    const moments = new Set<bigint>();
    for (const log of logs.filter((one) => one.kind === 'delta')) {
      for (const { pk, ts } of await readDeletes(await bytesOf(driver, log.key))) {
        if (pk === asKey(5)) moments.add(ts);
      }
    }
    const rows: bigint[] = [];
    for (const log of logs.filter((one) => one.field === 1n)) {
      for (const { payload } of parseBinlog(await bytesOf(driver, log.key)).events) {
        const column = await readColumn(payload);
        if (column.type === 'long') rows.push(...column.values);
      }
    }
    expect(moments.size).toBe(1);
    expect(rows.filter((ts) => moments.has(ts))).not.toEqual([]);
  });

  const asKey = (key: number): bigint | string => {
    const value = toKey(key);
    return typeof value === 'number' ? BigInt(value) : value;
  };

  async function bytesOf(driver: StorageDriver, key: string): Promise<Uint8Array> {
    const { body } = await driver.get(key);
    return Buffer.concat(await body.toArray());
  }

  /** Before the first flush all is in one segment; what follows meets a sealed and a growing one. */
  async function fill(): Promise<void> {
    await insert(11, 21, 31, 41, 51, 61, 71, 81, 91, 101);
    await remove(1, 4);
    await insert(12, 22, 32, 42);
    await remove(3, 4);
    await upsert(52, 72);
    await upsert(73);
    await flushCollection(client, { collection: name });
    await remove(8, 10);
    await insert(92, 102);
    await remove(9);
    await insert(93);
    await flushCollection(client, { collection: name });
  }

  async function create(collection: string): Promise<void> {
    const text = keyType === DataType.VarChar ? { max_length: 64 } : {};
    await done(
      client.createCollection({
        collection_name: collection,
        shards_num: 1,
        fields: [
          { name: 'pk', data_type: keyType, is_primary_key: true, ...text },
          { name: 'version', data_type: DataType.Int64 },
          { name: 'vector', data_type: DataType.FloatVector, dim: 4 },
        ],
      }),
    );
    await done(
      client.createIndex({
        collection_name: collection,
        field_name: 'vector',
        index_type: 'FLAT',
        metric_type: 'L2',
      }),
    );
  }

  const rowsOf = (versions: readonly number[]) =>
    versions.map((version) => ({
      pk: toKey(Math.floor(version / 10)),
      version: String(version),
      vector: [version, 0, 0, 1],
    }));

  async function insert(...versions: number[]): Promise<void> {
    await accepted(client.insert({ collection_name: name, data: rowsOf(versions) }));
  }

  async function upsert(...versions: number[]): Promise<void> {
    await accepted(client.upsert({ collection_name: name, data: rowsOf(versions) }));
  }

  async function remove(...keys: number[]): Promise<void> {
    const list = JSON.stringify(keys.map(toKey));
    await accepted(client.delete({ collection_name: name, filter: `pk in ${list}` }));
  }

  async function partitionFolders(): Promise<string[]> {
    const described = await client.describeCollection({ collection_name: name });
    const partitions = await client.showPartitions({ collection_name: name });
    const path = `${described.collectionID}/${partitions.partitionIDs[0]}/`;
    return [`files/insert_log/${path}`, `files/delta_log/${path}`];
  }

  async function importInto(collection: string, files: string[]): Promise<number> {
    const { tasks } = await callRaw<{ readonly tasks: readonly string[] }>(client, 'Import', {
      collection_name: collection,
      partition_name: '_default',
      files,
      options: [
        { key: 'backup', value: 'true' },
        { key: 'skip_disk_quota_check', value: 'true' },
      ],
    });
    for (;;) {
      const state = await callRaw<ImportAnswer>(client, 'GetImportState', { task: tasks[0] });
      if (state.state === 'ImportCompleted') return Number(state.row_count);
      if (state.state.startsWith('ImportFailed')) throw new Error(JSON.stringify(state.infos));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** One query for each version: rows that share a key would hide each other in one answer. */
  async function versionsOf(collection: string): Promise<number[]> {
    await done(client.loadCollectionSync({ collection_name: collection }));
    const found: number[] = [];
    for (let key = 1; key <= 10; key += 1) {
      for (let n = 1; n <= 3; n += 1) {
        const version = key * 10 + n;
        const answer = await client.query({
          collection_name: collection,
          filter: `version == ${version}`,
          output_fields: ['pk', 'version'],
        });
        expect(answer.status.reason).toBe('');
        for (const row of answer.data) {
          expect(String(row.pk)).toBe(String(toKey(key)));
          found.push(Number(row.version));
        }
      }
    }
    return found;
  }

  async function readLogs() {
    const driver = createMemoryDriver();
    const logs: SegmentLog[] = [];
    const [inserts, deltas] = await partitionFolders();
    for (const [kind, Prefix] of [
      ['insert', inserts],
      ['delta', deltas],
    ] as const) {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'a-bucket', Prefix }));
      for (const { Key: key = '' } of Contents) {
        const object = await s3.send(new GetObjectCommand({ Bucket: 'a-bucket', Key: key }));
        const bytes = (await object.Body?.transformToByteArray()) ?? new Uint8Array();
        const parts = key.split('/').slice(4);
        const field = kind === 'insert' ? BigInt(parts[1] ?? 0) : 0n;
        logs.push({ kind, segment: BigInt(parts[0] ?? 0), field, key, size: bytes.length });
        await driver.put(key, bytes);
      }
    }
    return { driver, logs };
  }
});

interface ImportAnswer {
  readonly state: string;
  readonly row_count: string;
  readonly infos: unknown;
}

async function done(call: Promise<{ readonly error_code: unknown; readonly reason: string }>): Promise<void> {
  const status = await call;
  if (status.error_code !== 'Success') throw new Error(status.reason);
}

async function accepted(
  call: Promise<{ readonly status: { readonly error_code: unknown; readonly reason: string } }>,
): Promise<void> {
  await done(call.then((answer) => answer.status));
}
