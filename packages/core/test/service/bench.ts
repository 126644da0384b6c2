import { loadConfig } from '../../src/config/index.js';
import type { ResolvedConfig } from '../../src/config/types.js';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver, type MemoryStore } from '../../src/driver/memory-driver.js';
import { BackupError } from '../../src/errors/index.js';
import { silentLogger } from '../../src/log.js';
import { makeField, makeSchema } from '../../src/meta/index.js';
import type { FlushTicket, MilvusFeatures, MilvusGateway } from '../../src/milvus/gateway.js';
import { createBackupService } from '../../src/service/index.js';
import { makeHost } from '../task/runs-of.js';
import { makeGateway } from './gateway.js';

export interface FakeCollection {
  readonly id: bigint;
  readonly partition: bigint;
  /** Rows of each flushed segment, by its id. */
  readonly segments: Map<bigint, number>;
  imported: number;
}

const features: MilvusFeatures = {
  multiDatabase: true,
  describeDatabase: false,
  restSegmentDetails: false,
  replicateMessage: false,
  restImport: false,
  multiL0InOneJob: false,
  collectionGc: false,
  functionRuntimeCheck: false,
  bulkFlush: false,
  snapshot: false,
  grpcImportReadsTree: true,
};

const ticket: FlushTicket = {
  segmentIds: [],
  flushTimestamp: 1n,
  sealTime: 2n,
  channelCheckpoints: {},
  checkpointTimestamp: 3n,
};

/**
 * As much of a Milvus 2.3 as a backup and a restore need: collections with one partition, whose segments lie in a bucket as
 * two files each. An import counts the rows of the segments whose files it finds under the folder it is given.
 */
export class FakeMilvus {
  readonly collections = new Map<string, FakeCollection>();
  readonly gateway: MilvusGateway;
  readonly #bucket: StorageDriver;
  readonly #rows = new Map<string, number>();
  readonly #jobs: { rows: number }[] = [];
  #next = 100n;

  constructor(bucket: StorageDriver) {
    this.#bucket = bucket;
    this.gateway = this.#answer();
  }

  /** A flushed collection, its files in the bucket. */
  async add(name: string, ...rows: number[]): Promise<void> {
    const made = this.#create(name);
    for (const count of rows) {
      const segment = this.#next++;
      made.segments.set(segment, count);
      this.#rows.set(String(segment), count);
      for (const field of [0, 100]) {
        const key = `files/insert_log/${made.id}/${made.partition}/${segment}/${field}/${this.#next++}`;
        await this.#bucket.put(key, new Uint8Array(count));
      }
    }
  }

  #create(name: string): FakeCollection {
    const made = { id: this.#next++, partition: this.#next++, segments: new Map(), imported: 0 };
    this.collections.set(name, made);
    return made;
  }

  #find(name: string): FakeCollection {
    const found = this.collections.get(name);
    if (found) return found;
    throw new BackupError({ code: 'COLLECTION_NOT_FOUND', message: `no collection ${name}` });
  }

  #answer(): MilvusGateway {
    return makeGateway({
      serverInfo: async () => ({ version: 'v2.3.5', features }),
      listDatabases: async () => ['default'],
      listCollections: async () => [...this.collections.keys()],
      hasCollection: async ({ collection }) => this.collections.has(collection),
      describeCollection: async ({ collection }) => ({
        collectionId: this.#find(collection).id,
        databaseId: 0n,
        databaseName: 'default',
        name: collection,
        schema: makeSchema({
          name: collection,
          fields: [makeField({ name: 'id', fieldID: 100n, data_type: 5, is_primary_key: true })],
        }),
        shardsNum: 1,
        consistencyLevel: 0,
        properties: [],
        aliases: [],
        createdTimestamp: 1n,
        virtualChannels: [],
        physicalChannels: [],
      }),
      createCollection: async ({ collection }) => void this.#create(collection),
      dropCollection: async ({ collection }) => void this.collections.delete(collection),
      loadState: async () => 'NotLoad',
      listPartitions: async ({ collection }) => [{ id: this.#find(collection).partition, name: '_default' }],
      listIndexes: async () => [],
      flush: async (_database, names) => new Map(names.map((name) => [name, ticket])),
      isFlushed: async () => true,
      listSegments: async ({ collection }) => {
        const { partition, segments } = this.#find(collection);
        return [...segments].map(([id, rows]) => ({
          id,
          partitionId: partition,
          rows,
          state: 'Flushed',
          isL0: false,
          storageVersion: 0n,
        }));
      },
      rowCount: async ({ collection }) => {
        const { segments, imported } = this.#find(collection);
        return [...segments.values()].reduce((sum, rows) => sum + rows, imported);
      },
      startImport: async ({ collection }, { files }) => {
        const found = new Set<string>();
        for await (const entry of this.#bucket.list(files[0] ?? '')) {
          if (entry.type === 'object') found.add(entry.key.split('/').at(-3) ?? '');
        }
        const rows = [...found].reduce((sum, segment) => sum + (this.#rows.get(segment) ?? 0), 0);
        this.#find(collection).imported += rows;
        return String(this.#jobs.push({ rows }) - 1);
      },
      importState: async (_at, id) => {
        const rows = this.#jobs[Number(id)]?.rows ?? 0;
        return { status: 'completed', percent: 100, rows, reason: '' };
      },
      close: async () => {},
    });
  }
}

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
  /** A service as another process would open it on the same stores. */
  open(
    pid?: number,
    milvus?: MilvusGateway,
    changeBackups?: (driver: StorageDriver) => void,
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
    open: (pid = 7, gateway = milvus.gateway, changeBackups = () => {}) =>
      createBackupService({
        config,
        logger: silentLogger,
        identity: host.process(pid),
        openDriver: async (section) => {
          const opened = driver(section.bucketName);
          if (section.path === 'backup.storage') changeBackups(opened);
          return opened;
        },
        openMilvus: () => gateway,
        openManagement: () => ({ pauseGc: async () => {}, resumeGc: async () => {} }),
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
