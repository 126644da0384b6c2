import type { CollectionName } from '../filter/types.js';
import type {
  CollectionSchemaMeta,
  DatabaseMeta,
  FieldSchemaMeta,
  IndexMeta,
  KeyValue,
  RbacMeta,
  SegmentMeta,
} from '../meta/types.js';
import type { BackupCalls } from './gateway-backup.js';
import type { ReplicateCalls } from './gateway-replicate.js';
import type { SnapshotCalls } from './gateway-snapshots.js';

/** Cancels the call; every method of the gateway takes it last. */
export interface MilvusCall {
  readonly signal?: AbortSignal | undefined;
}

/**
 * All that this tool asks of a Milvus, in the words of the metadata. Ids and hybrid timestamps are `bigint`.
 * A failed call rejects with `MILVUS_UNREACHABLE`, `MILVUS_AUTH`, `MILVUS_UNSUPPORTED` (the server does not know
 * the call), `MILVUS_RATE_LIMITED`, `COLLECTION_NOT_FOUND`, `DATABASE_NOT_FOUND` or `MILVUS_ERROR`; transport failures and rate limits
 * have been retried by then.
 */
export interface MilvusGateway extends BackupCalls, ReplicateCalls, SnapshotCalls {
  /** How often Milvus was away, or did not answer, so far: it may have been started anew, without the work it was at. */
  outages(): number;
  /** Connects on first use; later calls answer from memory. */
  serverInfo(call?: MilvusCall): Promise<MilvusServerInfo>;

  /** Every database; a server without databases gives `default` alone. */
  listDatabases(call?: MilvusCall): Promise<readonly string[]>;
  describeDatabase(name: string, call?: MilvusCall): Promise<DatabaseMeta>;
  createDatabase(name: string, call?: MilvusCall): Promise<void>;
  /** Milvus refuses one that holds collections. */
  dropDatabase(name: string, call?: MilvusCall): Promise<void>;
  /** Sets these properties and leaves the others; `MILVUS_UNSUPPORTED` before 2.4.3. */
  alterDatabase(name: string, properties: readonly KeyValue[], call?: MilvusCall): Promise<void>;

  listCollections(database: string, call?: MilvusCall): Promise<readonly string[]>;
  hasCollection(at: CollectionRef, call?: MilvusCall): Promise<boolean>;
  describeCollection(at: CollectionRef, call?: MilvusCall): Promise<DescribedCollection>;
  createCollection(at: CollectionRef, input: CreateCollectionInput, call?: MilvusCall): Promise<void>;
  /** A collection that is not there is no error. */
  dropCollection(at: CollectionRef, call?: MilvusCall): Promise<void>;
  /** Adds one field behind all others; `MILVUS_UNSUPPORTED` before 2.6. */
  addField(at: CollectionRef, field: FieldSchemaMeta, call?: AddFieldCall): Promise<void>;
  /** Sets these properties and leaves the others. */
  alterCollection(at: CollectionRef, properties: readonly KeyValue[], call?: MilvusCall): Promise<void>;

  /** One that points to this collection already is no error on every server; to another one, it is. */
  createAlias(at: CollectionRef, alias: string, call?: MilvusCall): Promise<void>;
  dropAlias(database: string, alias: string, call?: MilvusCall): Promise<void>;

  /** `NotLoad`, `Loading` or `Loaded`; of the collection, which counts as loaded with one of its partitions. */
  loadState(at: CollectionRef, call?: MilvusCall): Promise<string>;
  /** The same of one partition. */
  partitionLoadState(at: CollectionRef, partition: string, call?: MilvusCall): Promise<string>;
  /** The resource group of each replica in memory; empty when the collection is not loaded. */
  listReplicas(at: CollectionRef, collectionId: bigint, call?: MilvusCall): Promise<readonly string[]>;
  /** Asks for it and does not wait: Milvus loads by itself. */
  load(at: CollectionRef, input: LoadInput, call?: MilvusCall): Promise<void>;
  /**
   * 0–100 of the collection, or of these partitions. A load that failed rejects with `MILVUS_ERROR`.
   * @param partitions empty: the collection
   */
  loadProgress(at: CollectionRef, partitions: readonly string[], call?: MilvusCall): Promise<number>;

  /** Takes it out of memory; one that is not loaded is no error. @param partitions empty: the collection */
  release(at: CollectionRef, partitions: readonly string[], call?: MilvusCall): Promise<void>;

  listPartitions(at: CollectionRef, call?: MilvusCall): Promise<readonly { id: bigint; name: string }[]>;
  hasPartition(at: CollectionRef, partition: string, call?: MilvusCall): Promise<boolean>;
  createPartition(at: CollectionRef, partition: string, call?: MilvusCall): Promise<void>;

  /** A collection without index gives an empty list. */
  listIndexes(at: CollectionRef, call?: MilvusCall): Promise<readonly IndexMeta[]>;
  createIndex(at: CollectionRef, input: CreateIndexInput, call?: MilvusCall): Promise<void>;
  dropIndex(at: CollectionRef, field: string, index: string, call?: MilvusCall): Promise<void>;

  /** Seals and flushes many collections of one database in one call; resolves when the call is taken. */
  flush(
    database: string,
    collections: readonly string[],
    call?: FlushCall,
  ): Promise<ReadonlyMap<string, FlushTicket>>;
  /** Whether everything up to the ticket is in the store. */
  isFlushed(at: CollectionRef, ticket: FlushTicket, call?: MilvusCall): Promise<boolean>;

  /** Segments in the store, L0 included, without their logs. */
  listSegments(at: CollectionRef, call?: MilvusCall): Promise<readonly SegmentFacts[]>;

  /** Rows by the server's own count (segment statistics), deletes not subtracted unless compacted. */
  rowCount(at: CollectionRef, call?: MilvusCall): Promise<number>;

  /** The same of one partition. */
  partitionRowCount(at: CollectionRef, partition: string, call?: MilvusCall): Promise<number>;

  /**
   * The rows that an expression chooses, in no order, as they are at the moment of the call (strong consistency). The collection
   * has to be loaded. Servers refuse answers of more than about 16,000 rows or 64 MiB.
   */
  query(at: CollectionRef, input: QueryInput, call?: MilvusCall): Promise<QueriedRows>;

  /** Asks for an import of binlog folders into one partition by gRPC; gives the job's id. */
  startImport(at: CollectionRef, input: ImportInput, call?: MilvusCall): Promise<string>;
  /**
   * The same by REST, for many folders at once; the id that it gives is for {@link MilvusGateway.importState} alone.
   * `MILVUS_UNSUPPORTED` before 2.4.
   */
  startImportJob(at: CollectionRef, input: ImportJobInput, call?: MilvusCall): Promise<string>;
  /** Of both kinds. A job that Milvus does not know, or has forgotten, has failed. */
  importState(at: CollectionRef, jobId: string, call?: MilvusCall): Promise<ImportState>;

  backupRbac(call?: MilvusCall): Promise<RbacMeta>;
  restoreRbac(rbac: RbacMeta, call?: MilvusCall): Promise<void>;

  close(): Promise<void>;
}

export type CollectionRef = CollectionName;

export interface MilvusServerInfo {
  /** As the server tells it, e.g. `v2.3.5-lite`; goes into the metadata verbatim. */
  readonly version: string;
  readonly features: MilvusFeatures;
}

/** What this server's version can do; `features.ts` decides, by the gates of the Go tool. */
export interface MilvusFeatures {
  /** The server answers ListDatabases. */
  readonly multiDatabase: boolean;
  /** 2.4.3: database ids and properties. */
  readonly describeDatabase: boolean;
  /** 2.5.8: logs of segments by REST; older servers need a listing of their bucket. */
  readonly restSegmentDetails: boolean;
  /** 2.5.x only: the position of the replication channel. */
  readonly replicateMessage: boolean;
  /** 2.4.0: import jobs by REST. */
  readonly restImport: boolean;
  /** 2.6.5: one import job takes many L0 folders. */
  readonly multiL0InOneJob: boolean;
  /** 2.6.8: garbage collection can be paused for one collection. */
  readonly collectionGc: boolean;
  /** 2.6.8: collections with functions are made with their runtime check off. */
  readonly functionRuntimeCheck: boolean;
  /** 2.6.11: one flush for the whole server. */
  readonly bulkFlush: boolean;
  /** 3.0.0: snapshots. */
  readonly snapshot: boolean;
  /** gRPC import reads a whole tree of segment folders in one call (before 2.4). */
  readonly grpcImportReadsTree: boolean;
}

export interface DescribedCollection {
  readonly collectionId: bigint;
  readonly databaseId: bigint;
  readonly databaseName: string;
  readonly name: string;
  readonly schema: CollectionSchemaMeta;
  /**
   * The server's whole schema as base64 of schemapb.CollectionSchema, when it says more than `schema` can, such as a clustering
   * key or the id of the dynamic field; otherwise empty.
   */
  readonly fullSchema?: string;
  /** Where the data of an external collection lies; empty or absent for all others. */
  readonly externalSource?: string;
  readonly shardsNum: number;
  readonly consistencyLevel: number;
  readonly properties: readonly KeyValue[];
  readonly aliases: readonly string[];
  /** TSO. */
  readonly createdTimestamp: bigint;
  readonly virtualChannels: readonly string[];
  readonly physicalChannels: readonly string[];
}

export interface CreateCollectionInput {
  /** Fields in order; the hidden dynamic field is not among them. */
  readonly schema: CollectionSchemaMeta;
  /** As {@link DescribedCollection.fullSchema}: adds, to fields of `schema`, what that cannot say. */
  readonly fullSchema?: string | undefined;
  readonly shardsNum: number;
  readonly consistencyLevel: number;
  readonly properties: readonly KeyValue[];
  /** Only with a partition key; 0 otherwise. */
  readonly numPartitions: number;
}

export interface QueryInput {
  readonly expression: string;
  /** Names; `count(*)` stands alone. */
  readonly fields: readonly string[];
}

/** Values as texts and bytes that are equal when the values are: floats and vectors are compared by their bits. */
/** `null`: the row has no value. */
export type QueriedValue = bigint | string | boolean | Uint8Array | null;

export interface QueriedRows {
  readonly rows: number;
  /** By name of the field, in the order of the rows; fields of a type that is not known here are left out; parts of structs are `struct[part]`. */
  readonly columns: ReadonlyMap<string, readonly QueriedValue[]>;
}

export interface LoadInput {
  /** Empty: the whole collection. */
  readonly partitions: readonly string[];
  /** 0: as many as the server gives by itself. */
  readonly replicas: number;
  /** Empty: the default one. */
  readonly resourceGroups: readonly string[];
}

export interface CreateIndexInput {
  readonly fieldName: string;
  readonly indexName: string;
  readonly params: Readonly<Record<string, string>>;
}

export interface FlushCall extends MilvusCall {
  /**
   * Virtual channels by name of the collection, to tell whose the checkpoints of an answer are; those of collections that are not
   * among them are asked for.
   */
  readonly channels?: ReadonlyMap<string, readonly string[]> | undefined;
}

export interface AddFieldCall extends MilvusCall {
  /** As {@link CreateCollectionInput.fullSchema}. */
  readonly fullSchema?: string | undefined;
}

export interface FlushTicket {
  readonly segmentIds: readonly bigint[];
  /** TSO; waiting for segments alone would miss deletes. */
  readonly flushTimestamp: bigint;
  /** Unix seconds; 0 when the server does not tell. */
  readonly sealTime: bigint;
  /** vchannel to base64 of msgpb.MsgPosition; empty on servers that do not tell. */
  readonly channelCheckpoints: Readonly<Record<string, string>>;
  /** The latest checkpoint's TSO; 0 when there is none. */
  readonly checkpointTimestamp: bigint;
}

export interface SegmentFacts {
  readonly id: bigint;
  readonly partitionId: bigint;
  readonly rows: number;
  /** `Growing`, `Sealed`, `Flushing`, `Flushed`, `Importing`, `Dropped`… */
  readonly state: string;
  readonly isL0: boolean;
  readonly storageVersion: SegmentMeta['storage_version'];
}

/** What both ways to import are told. */
export interface ImportOptions {
  /** Empty: all partitions (L0 of the whole collection). */
  readonly partition: string;
  readonly isL0: boolean;
  /** 0: not sent. */
  readonly storageVersion: bigint;
  /** Of an encrypted database; empty: not sent. */
  readonly ezk: string;
  /** TSO: later rows and deletes are left out. Absent or 0: not sent. */
  readonly endTimestamp?: bigint | undefined;
}

export interface ImportInput extends ImportOptions {
  /** Keys in Milvus's bucket: `[insert folder, delta folder or '']`, or `[delta folder]` for L0. */
  readonly files: readonly string[];
}

export interface ImportJobInput extends ImportOptions {
  /** As `files` of {@link ImportInput}, each a segment or a group of them. */
  readonly folders: readonly (readonly string[])[];
}

export interface ImportState {
  readonly status: 'running' | 'completed' | 'failed';
  /** 0–100. */
  readonly percent: number;
  /** Rows imported, after the deletes given in the same call; `null` when Milvus does not tell. */
  readonly rows: number | null;
  /** Why it failed. */
  readonly reason: string;
  /** Of one that runs, where Milvus loses such work when it is started anew: whether it has left the queue. */
  readonly working?: boolean;
}
