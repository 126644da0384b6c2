import type { S3Client } from '@aws-sdk/client-s3';
import {
  type ConfigTree,
  connectMilvus,
  createFixture,
  documentsFixture,
  type Fixture,
  type MilvusSim,
  partitionedFixture,
  type S3Server,
  scalarsFixture,
  startMilvusSim,
  startS3,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { onTestFinished } from 'vitest';
import { decodeFullMeta } from '../../../../packages/core/src/meta/files.js';
import { type Bucket, openBucket } from './buckets.js';
import { openFrom } from './open.js';
import { expectSameRows } from './rows.js';

/** A simulated Milvus of one test, and a configuration for it. */
export interface Side {
  readonly sim: MilvusSim;
  readonly client: MilvusClient;
  /** Folder of `backup.yaml`. */
  readonly folder: string;
  readonly file: string;
}

export const fixtures: readonly [Fixture, Fixture, Fixture] = [
  scalarsFixture({ rows: 60, seed: 5 }),
  partitionedFixture({ rows: 40, seed: 6 }),
  documentsFixture({ rows: 30, seed: 7 }),
];

/** Where backups are unless a test says otherwise. */
export const root = 'deep/backups';
const here = { minio: { backupBucketName: 'backups', backupRootPath: root } };

/** One S3 server with buckets for backups, for the tests of a file. */
export interface SnapshotStage {
  readonly s3: S3Server;
  readonly dir: TempDir;
  bucket(name: string): Bucket;
  /** A Milvus 3.0 that holds these collections. */
  open(
    held: readonly Fixture[],
    options?: { readonly version?: string; readonly config?: ConfigTree },
  ): Promise<Side>;
  stop(): Promise<void>;
}

export async function startSnapshotStage(): Promise<SnapshotStage> {
  const dir = await tempDir();
  const s3 = await startS3({ buckets: ['backups', 'copies'] });
  const files: S3Client = s3.createClient();
  let sides = 0;
  return {
    s3,
    dir,
    bucket: (name) => openBucket(files, name),
    async open(held, { version = '3.0.0', config = here } = {}) {
      const id = `milvus-${++sides}`;
      const sim = await startMilvusSim({ version, storage: { s3, bucket: id } });
      const client = await connectMilvus(sim);
      onTestFinished(async () => {
        await client.closeConnection();
        await sim.stop();
      });
      for (const fixture of held) await createFixture(client, fixture);
      const folder = `${dir.path}/${id}`;
      const file = await writeBackupYaml(folder, { milvus: sim }, config);
      sim.calls.length = 0;
      return { sim, client, folder, file };
    },
    async stop() {
      files.destroy();
      await s3.stop();
      await dir.remove();
    },
  };
}

export async function withService<T>(
  { file }: Pick<Side, 'file'>,
  work: (service: Awaited<ReturnType<typeof openFrom>>) => Promise<T>,
): Promise<T> {
  const service = await openFrom(file);
  try {
    return await work(service);
  } finally {
    await service.close();
  }
}

export async function readMeta(bucket: Bucket, name: string) {
  return decodeFullMeta((await bucket.get(`${root}/${name}/meta/full_meta.json`)).toString('utf8'));
}

export const methodsOf = ({ sim }: Side): string[] => sim.calls.map(({ method }) => method);

/** The rows of all collections are under a suffix what they are without it. */
export async function expectAll(
  source: Side,
  target: Side,
  held: readonly Fixture[],
  suffix: string,
): Promise<void> {
  for (const { db, collection } of held) {
    await expectSameRows(
      { client: source.client, db, collection },
      { client: target.client, db, collection: `${collection}${suffix}` },
    );
  }
}
