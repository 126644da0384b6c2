import type { S3Client } from '@aws-sdk/client-s3';
import {
  type ConfigTree,
  connectMilvus,
  createFixture,
  type Fixture,
  type Stack,
  type StackOptions,
  scalarsFixture,
  startStack,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { startCommand } from './binary.js';
import { type Bucket, openBucket } from './buckets.js';
import { type GatedProxy, type StoreRequest, startGatedProxy } from './gated-proxy.js';

/** A stack whose store is reached through a gate, and one collection with deletes in it. */
export interface GatedStack {
  readonly stack: Stack;
  readonly client: MilvusClient;
  readonly proxy: GatedProxy;
  readonly fixture: Fixture;
  readonly dir: TempDir;
  /** `backup.yaml` with the store behind the gate, backups in a bucket of their own. */
  readonly file: string;
  readonly data: Bucket;
  readonly backups: Bucket;
  /** The command, with that file. */
  run(...args: string[]): ReturnType<typeof startCommand>;
  stop(): Promise<void>;
}

export async function startGatedStack(
  overrides: ConfigTree = {},
  options: StackOptions = {},
): Promise<GatedStack> {
  const [dir, stack] = await Promise.all([tempDir(), startStack(options)]);
  const proxy = await startGatedProxy(stack.s3);
  const client = await connectMilvus(stack.milvus);
  const s3: S3Client = stack.s3.createClient();
  const fixture = scalarsFixture({ rows: 200, seed: 5 });
  await createFixture(client, fixture);
  const file = await writeBackupYaml(dir.path, stack, {
    minio: { port: proxy.port, backupPort: proxy.port, backupBucketName: stack.backupBucket },
    backup: { parallelism: { copydata: 1 } },
    ...overrides,
  });
  return {
    stack,
    client,
    proxy,
    fixture,
    dir,
    file,
    data: openBucket(s3, 'a-bucket'),
    backups: openBucket(s3, stack.backupBucket),
    run: (...args) => startCommand({ cwd: dir.path }, ...args),
    async stop() {
      s3.destroy();
      proxy.close();
      await client.closeConnection();
      await stack.stop();
      await dir.remove();
    },
  };
}

/** A copy of a binlog into a backup. */
export const isBackupCopy = ({ method, path, copySource }: StoreRequest): boolean =>
  method === 'PUT' && copySource !== undefined && path.includes('/binlogs/');

/** A copy of a binlog to where Milvus imports from. */
export const isStagingCopy = ({ method, path, copySource }: StoreRequest): boolean =>
  method === 'PUT' && copySource !== undefined && path.includes('/restore-temp-');

/** A write, not a copy, of an object whose key has this in it. */
export const isPutOf =
  (part: string) =>
  ({ method, path, copySource }: StoreRequest): boolean =>
    method === 'PUT' && copySource === undefined && path.includes(part);
