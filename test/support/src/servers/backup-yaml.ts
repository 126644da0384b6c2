import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { MilvusServer } from './milvus.js';
import { type ConfigTree, mergeTree } from './milvus-config.js';
import type { Stack } from './stack.js';

/** What a configuration says of a Milvus, real or simulated. */
type ConfiguredMilvus = Pick<
  MilvusServer,
  'address' | 'port' | 'managementPort' | 'storage' | 'user' | 'password'
>;

/** The part of a stack that a configuration speaks of. */
export type BackupTarget = { readonly milvus: ConfiguredMilvus } & Partial<Pick<Stack, 's3'>>;

/**
 * Writes `<dir>/backup.yaml` in the first schema, as a user of the Go tool has it: Milvus and its bucket, the
 * backups in the same bucket under `backup`.
 * @param overrides merged over it, for example `{ minio: { backupBucketName: 'backup-bucket' } }`
 * @returns the path of the file
 */
export async function writeBackupYaml(
  dir: string,
  stack: BackupTarget,
  overrides: ConfigTree = {},
): Promise<string> {
  await mkdir(dir, { recursive: true });
  const file = join(dir, 'backup.yaml');
  const content = mergeTree(describe(stack.milvus, dir), overrides);
  await writeFile(file, stringify(content), { mode: 0o600 });
  return file;
}

function describe(milvus: ConfiguredMilvus, dir: string): ConfigTree {
  return {
    log: { level: 'info', console: true, file: { filename: join(dir, 'backup.log') } },
    http: { simpleResponse: true },
    milvus: {
      address: milvus.address,
      port: milvus.port,
      user: milvus.user ?? '',
      password: milvus.password ?? '',
      tlsMode: 0,
    },
    minio: storage(milvus, dir),
    backup: {
      maxSegmentGroupSize: '2G',
      parallelism: { backupCollection: 4, copydata: 128, restoreCollection: 2 },
      keepTempFiles: false,
      gcPause: { enable: true, address: `http://${milvus.address}:${milvus.managementPort}` },
    },
  };
}

function storage(milvus: ConfiguredMilvus, dir: string): ConfigTree {
  const { storage } = milvus;
  if (storage.kind === 'local') {
    return {
      storageType: 'local',
      rootPath: storage.path,
      backupStorageType: 'local',
      backupRootPath: join(dir, 'backup'),
    };
  }
  const shared = { accessKeyID: storage.accessKey, secretAccessKey: storage.secretKey };
  return {
    storageType: 'minio',
    address: storage.address,
    port: storage.port,
    ...shared,
    useSSL: false,
    useIAM: false,
    bucketName: storage.bucket,
    rootPath: storage.rootPath,
    backupStorageType: 'minio',
    backupAddress: storage.address,
    backupPort: storage.port,
    backupAccessKeyID: storage.accessKey,
    backupSecretAccessKey: storage.secretKey,
    backupUseSSL: false,
    backupBucketName: storage.bucket,
    backupRootPath: 'backup',
    crossStorage: false,
  };
}
