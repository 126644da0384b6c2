import { loadConfig } from '../../src/config/index.js';
import type { ResolvedConfig } from '../../src/config/types.js';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver, type MemoryStore } from '../../src/driver/memory-driver.js';
import { silentLogger } from '../../src/log.js';
import type { MilvusGateway } from '../../src/milvus/gateway.js';
import { createBackupService } from '../../src/service/index.js';
import { makeHost } from '../task/runs-of.js';
import { FakeMilvus } from './fake-milvus.js';
import { makeManagement } from './management.js';

const settings = (backups: string): string[] => [
  'milvus.storage.bucketName=a-bucket',
  'milvus.storage.rootPath=files',
  `backup.storage.bucketName=${backups}`,
  'backup.storage.rootPath=backup',
];

export interface ServiceBench {
  readonly milvus: FakeMilvus;
  readonly data: StorageDriver;
  readonly config: ResolvedConfig;
  readonly host: ReturnType<typeof makeHost>;
  /** A service as another process would open it on the same stores; `change` is told each of its drivers, or of the backups' alone. */
  open(
    pid?: number,
    milvus?: MilvusGateway,
    change?: ((driver: StorageDriver) => void) | { readonly wrap: (driver: StorageDriver) => StorageDriver },
  ): ReturnType<typeof createBackupService>;
  /** Keys of a bucket; `null` when there is none. */
  keys(bucket: string): Promise<string[] | null>;
  driver(bucket: string): StorageDriver;
}

/** The whole of core over stores in memory and a Milvus of our own making; a bucket that is not Milvus's is not there yet. */
export async function makeServiceBench(backups = 'backups'): Promise<ServiceBench> {
  const store: MemoryStore = new Map();
  const driver = (bucket: string): StorageDriver =>
    createMemoryDriver({ store, bucket, createBucket: false });
  const data = driver('a-bucket');
  await data.createBucket();
  const milvus = new FakeMilvus(data);
  const host = makeHost();
  const config = await loadConfig({ path: '', env: {}, cwd: '/', set: settings(backups) });
  let ids = 0;
  return {
    milvus,
    data,
    config,
    host,
    driver,
    open: (pid = 7, gateway = milvus.gateway, change = () => {}) =>
      createBackupService({
        config,
        logger: silentLogger,
        identity: host.process(pid),
        openDriver: async (section) => {
          const opened = driver(section.bucketName);
          if (typeof change !== 'function') return change.wrap(opened);
          if (section.path === 'backup.storage') change(opened);
          return opened;
        },
        openMilvus: () => gateway,
        openManagement: () => makeManagement(),
        makeId: () => `id-${++ids}`,
        nanoseconds: () => 5,
      }),
    async keys(bucket) {
      if (!store.has(bucket)) return null;
      const keys: string[] = [];
      for await (const entry of driver(bucket).list('')) if (entry.type === 'object') keys.push(entry.key);
      return keys;
    },
  };
}
