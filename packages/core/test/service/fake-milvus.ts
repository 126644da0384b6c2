import type { StorageDriver } from '../../src/driver/driver.js';
import { BackupError } from '../../src/errors/index.js';
import { makeField, makeSchema } from '../../src/meta/index.js';
import type { FlushTicket, MilvusFeatures, MilvusGateway } from '../../src/milvus/gateway.js';
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
    this.#create(name);
    for (const count of rows) await this.flushInto(name, count);
  }

  /** One more segment. */
  async flushInto(name: string, count: number): Promise<void> {
    const made = this.#find(name);
    const segment = this.#next++;
    made.segments.set(segment, count);
    this.#rows.set(String(segment), count);
    for (const field of [0, 100]) {
      const key = `files/insert_log/${made.id}/${made.partition}/${segment}/${field}/${this.#next++}`;
      await this.#bucket.put(key, new Uint8Array(count));
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
      createCollection: async ({ collection }, { schema }) => {
        if (schema.fields.length === 0) throw refused('a collection needs fields');
        // As Milvus: an equal one that is there is no error.
        if (!this.collections.has(collection)) this.#create(collection);
      },
      createPartition: async ({ collection }) => void this.#find(collection),
      createIndex: async ({ collection }) => void this.#find(collection),
      backupRbac: async () => ({ users: [], roles: [], grants: [], privilege_groups: [] }),
      dropCollection: async ({ collection }) => void this.collections.delete(collection),
      loadProgress: async () => 0,
      hasPartition: async (_at, partition) => partition === '_default',
      listPartitions: async ({ collection }) => [{ id: this.#find(collection).partition, name: '_default' }],
      listIndexes: async () => [],
      flush: async (_database, names) => {
        for (const name of names) this.#find(name);
        return new Map(names.map((name) => [name, ticket]));
      },
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
        if (files.length === 0) throw refused('import request is empty');
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

const refused = (message: string): BackupError => new BackupError({ code: 'MILVUS_ERROR', message });
