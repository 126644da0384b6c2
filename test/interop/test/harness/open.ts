import {
  type BackupService,
  loadConfig,
  openService,
  processSurroundings,
  silentLogger,
} from '@milvus-backup/core';
import { type Stack, writeBackupYaml } from '@milvus-backup/test-support';

/** Where the backups of a test lie. */
export interface BackupPlace {
  readonly bucket: string;
  readonly root: string;
}

/** The real service over a `backup.yaml` of the Go tool's first schema. */
export async function openOver(stack: Stack, dir: string, place: BackupPlace): Promise<BackupService> {
  const file = await writeBackupYaml(dir, stack, {
    minio: { backupBucketName: place.bucket, backupRootPath: place.root },
  });
  const surroundings = processSurroundings('0.0.0-test', [import.meta.url]);
  const config = await loadConfig({ path: file, env: {}, cwd: dir, set: [] });
  return openService(config, silentLogger, surroundings);
}
