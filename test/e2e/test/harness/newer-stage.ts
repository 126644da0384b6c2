import type { S3Client } from '@aws-sdk/client-s3';
import {
  connectMilvus,
  type MilvusSim,
  type RecordedCall,
  type S3Server,
  startMilvusSim,
  startS3,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import { DataType, type MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { decodeFullMeta } from '../../../../packages/core/src/meta/files.js';
import { openBucket } from './buckets.js';
import { openFrom, recordingLogger } from './open.js';

let s3: S3Server;
let dir: TempDir;
let files: S3Client;

/** A store for the simulated servers of a test file; to be called at its top. */
export function useNewerStore(): void {
  beforeAll(async () => {
    dir = await tempDir();
    s3 = await startS3();
    files = s3.createClient();
  });

  afterAll(async () => {
    files?.destroy();
    await s3?.stop();
    await dir?.remove();
  });
}

export interface Opened {
  readonly sim: MilvusSim;
  readonly client: MilvusClient;
  readonly bucket: ReturnType<typeof openBucket>;
}

let opened = 0;

/** A simulated Milvus that lives for one test. One collection of two segments, with deletes in a flush of their own. */
export async function open(version: string): Promise<Opened> {
  const bucket = `newer-${++opened}`;
  const sim = await startMilvusSim({ version, storage: { s3, bucket } });
  const client = await connectMilvus(sim);
  onTestFinished(async () => {
    await client.closeConnection();
    await sim.stop();
  });
  await client.createCollection({
    collection_name: 'books',
    fields: [
      { name: 'id', data_type: DataType.Int64, is_primary_key: true },
      { name: 'vec', data_type: DataType.FloatVector, dim: 4 },
    ],
    shards_num: 2,
    ...(version.startsWith('2.2') ? {} : { enable_dynamic_field: true }),
  });
  const data = Array.from({ length: 40 }, (_, id) => ({ id: String(id), vec: [id, 1, 2, 3] }));
  await client.insert({ collection_name: 'books', data: data as never });
  await client.flushSync({ collection_names: ['books'] });
  await client.delete({ collection_name: 'books', filter: 'id in [1,2,3]' });
  return { sim, client, bucket: openBucket(files, bucket) };
}

export async function backUp(
  { sim, bucket }: Opened,
  request: Parameters<Awaited<ReturnType<typeof openFrom>>['create']>[0] = {},
) {
  const file = await writeBackupYaml(`${dir.path}/${bucket.name}`, { milvus: sim });
  const logger = recordingLogger();
  const service = await openFrom(file, [], logger);
  sim.calls.length = 0;
  try {
    expect((await service.create({ name: 'b', format: 'binlog', ...request })).state).toBe('success');
  } finally {
    await service.close();
  }
  const meta = decodeFullMeta((await bucket.get('backup/b/meta/full_meta.json')).toString('utf8'));
  return { meta, calls: [...sim.calls], warnings: logger.warnings };
}

/** Names of the calls of one kind, in their order. */
export const methods = (calls: readonly RecordedCall[], kind: RecordedCall['kind']) =>
  calls.filter((call) => call.kind === kind).map(({ method }) => method);

export const gcPath = '/management/datacoord/garbage_collection';
