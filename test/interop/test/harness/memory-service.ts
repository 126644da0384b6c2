import { type BackupService, createBackupService, loadConfig, silentLogger } from '@milvus-backup/core';
import { createMemoryDriver, type MemoryStore } from '@milvus-backup/core/driver';

/** The service over stores in memory: backups in the bucket `near` below `backup`, and in `far` below `copies`. Milvus is not needed. */
export async function openInMemory(store: MemoryStore): Promise<BackupService> {
  const set = [
    'backup.storage.bucketName=near',
    'storages.far.bucketName=far',
    'storages.far.rootPath=copies',
    'transfer.mode=streaming',
  ];
  const unused = (): never => {
    throw new Error('Milvus is not needed');
  };
  return createBackupService({
    config: await loadConfig({ path: '', env: {}, cwd: '/', set }),
    logger: silentLogger,
    identity: {
      owner: { host: 'here', pid: 1, instance: 'one' },
      isAlive: () => true,
      now: () => 1_795_331_274_000,
    },
    openDriver: async ({ bucketName }) =>
      createMemoryDriver({ store, bucket: bucketName, createBucket: false }),
    openMilvus: unused,
    openManagement: unused,
    makeId: () => 'id',
    nanoseconds: () => 5,
  });
}
