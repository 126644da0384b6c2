/**
 * A Milvus of any version from 2.2 to 3.0 in this process: gRPC and REST on one port, the management port beside it, real
 * state, real binlogs in a real bucket. For what does not run on this machine; what does, is tested against the real 2.3.5.
 *
 * Checked against the real 2.3.5 by one test body for both (`test/milvus-sim/contract*.integration.test.ts`): version and
 * databases; calls, REST paths and management paths that are not there; `code` and `error_code` of 27 failures and near
 * failures; schema, field ids, hidden dynamic field, properties, channels; partitions, partition keys, aliases, indexes, load
 * state, users and roles; strong queries after insert, upsert, delete; Flush (no positions), FlushAll, segments; the keys and
 * the number of rows of insert logs; gRPC import of a tree with delete logs, of nothing, and of what does not fit. The
 * real one imports the binlogs of this one, and the rows are equal.
 *
 * Stands on the wire definitions and the project's facts alone: everything of 2.2 and of 2.4 and newer, namely all gates
 * in `version.ts`; L0 segments; REST import and segment details; flush positions, FlushAll messages and the control channel;
 * garbage collection tickets; RBAC backup and its order of checks; AddCollectionField; the position of ReplicateMessage; the
 * replicate stream, which is by Milvus's source (messages of broadcasts, checkpoints, what is passed over, imports in two phases).
 * Sentences and codes of failures that 2.3.5 does not have are guesses that keep the shape.
 *
 * Of its own making: column groups of storage version 2 (narrow columns in group 0, each vector and text in its own, columns named
 * by field id); version 3 (files as in 2, its import refused); the files of an exported snapshot but for the
 * place of its metadata; hashes of keys to channels and partitions; what BM25 makes of a text; `sim-ezk-<zone>` as key.
 *
 * Not there: search, resource groups, index building, loading that takes time, external collections, quotas, TLS, several
 * binlogs a field, expressions beyond comparisons joined by `and`, privileges (deny a call by `faults.deny`). Calls without a
 * handler answer UNIMPLEMENTED.
 *
 * The SDK's own retries hang at it as at any grpc-js server (its retried calls are never half-closed): `connectMilvus`
 * clients are for calls that succeed the first time.
 */

import { promisify } from 'node:util';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import type { MilvusS3Storage } from '../servers/milvus.js';
import type { MilvusStorage } from '../servers/milvus-config.js';
import { createCallLog, type RecordedCall } from './calls.js';
import { createSimClock } from './clock.js';
import { type SimEtcd, serveEtcd } from './etcd.js';
import { createFaults, type Faults } from './faults.js';
import { type Listening, listenForBoth, listenForHttp } from './front.js';
import { createGarbageCollector, type GarbageCollector } from './garbage.js';
import type { Handlers } from './handlers.js';
import { createManagementListener, createRestListener } from './http.js';
import { createS3Store, ensureBucket, type ObjectStore } from './object-store.js';
import { createRbacHandlers, createRbacState } from './rbac.js';
import { createReplicateHandlers } from './replicate.js';
import { createReplication, type Replication } from './replication.js';
import { createCollectionHandlers, dropCollection } from './rpc-collections.js';
import { createDataHandlers } from './rpc-data.js';
import { createFlushHandlers } from './rpc-flush.js';
import { createImportHandlers } from './rpc-imports.js';
import { createLoadHandlers } from './rpc-load.js';
import { createRpcServer } from './rpc-server.js';
import { createStructureHandlers } from './rpc-structure.js';
import { compactCollection } from './segments.js';
import { createSnapshotHandlers } from './snapshots.js';
import type { KeyValue } from './types.js';
import { createSimVersion } from './version.js';
import { loadSimWire } from './wire.js';
import { addDatabase, defaultDatabase, findCollection, type World } from './world.js';

export interface MilvusSimOptions {
  /** Such as `2.2.16`, `2.3.5`, `2.4.23`, `2.5.20`, `2.6.11`, `3.0.0`; told to clients with a `v` before it. */
  readonly version: string;
  /** A bucket of an S3 server, made when it is missing, or a store in memory. */
  readonly storage: MilvusS3Storage | { readonly store: ObjectStore; readonly rootPath?: string };
  /** Ask for user and password (`root` / `Milvus`). Default: false. */
  readonly authorization?: boolean;
  /** Of new segments: 0, 2 or 3. Default: what the version writes. */
  readonly storageVersion?: 0 | 2 | 3;
  /** Id among clusters, which the names of its channels begin with. Default: `by-dev`. */
  readonly cluster?: string;
  /** Id of the cluster that it is the secondary of; its channels are paired by their numbers. Default: a primary. */
  readonly secondaryOf?: string;
  /** Milliseconds since 1970. Default: the time. */
  readonly now?: () => number;
}

/** Has what `connectMilvus` and `writeBackupYaml` need of a Milvus. */
export interface MilvusSim {
  readonly address: '127.0.0.1';
  /** gRPC and REST. */
  readonly port: number;
  /** The same port; by a name of its own for configurations that tell them apart. */
  readonly restPort: number;
  readonly managementPort: number;
  readonly version: string;
  readonly storage: MilvusStorage;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Every call that arrived; empty it by `calls.length = 0`. */
  readonly calls: RecordedCall[];
  readonly faults: Faults;
  readonly garbage: Pick<GarbageCollector, 'pauses'>;
  /** Snapshots that are held, as `database.collection/name`. */
  snapshots(): readonly string[];
  /** What came over replicate streams. */
  readonly replication: Replication;
  /** Serves what Milvus would keep in etcd; `stop` of the simulator ends it. Gives the endpoint, `127.0.0.1:PORT`. */
  openEtcd(): Promise<string>;
  /** Breaks all connections; the state stays. */
  restart(): void;
  /** Rewrites the segments of one collection, or of all, without deleted rows. */
  compact(at?: SimPlace): Promise<void>;
  /** As another client would, past the call log. */
  dropCollection(at: SimPlace): Promise<void>;
  /** A property such as `cipher.ezID`, past the call log. */
  setDatabaseProperties(database: string, properties: readonly KeyValue[]): void;
  stop(): Promise<void>;
}

export interface SimPlace {
  readonly collection: string;
  readonly db?: string | undefined;
}

const rootPassword = 'Milvus';

/** Starts a simulated Milvus within this process; several can run at once. */
export async function startMilvusSim(options: MilvusSimOptions): Promise<MilvusSim> {
  const now = options.now ?? Date.now;
  const storage = describeStorage(options.storage);
  const store = 'store' in options.storage ? options.storage.store : await openBucket(options.storage);
  const world = createWorld(options, store, storage, now);
  const log = createCallLog(now);
  const deps = { world, log, authorization: options.authorization ?? false };
  const rpc = createRpcServer({ ...deps, handlers: allHandlers(world, options) });
  const front = await listenForBoth(await bind(rpc), createRestListener(deps));
  const management = await listenForHttp(createManagementListener(deps));
  return describeSim({ options, storage, world, log, rpc, front, management, store });
}

function createWorld(
  options: MilvusSimOptions,
  store: ObjectStore,
  storage: MilvusStorage,
  now: () => number,
): World {
  const version = createSimVersion(options.version);
  const imports: World['imports'] = new Map();
  const world: World = {
    version,
    wire: loadSimWire(),
    clock: createSimClock(now),
    store,
    rootPath: storage.kind === 's3' ? storage.rootPath : storage.path,
    faults: createFaults(() => imports.clear()),
    databases: new Map(),
    rbac: createRbacState(rootPassword),
    imports,
    garbage: createGarbageCollector(store, now),
    snapshots: new Map(),
    restores: new Map(),
    storageVersion: options.storageVersion ?? version.storageVersion,
    cluster: options.cluster ?? 'by-dev',
    source: options.secondaryOf,
    replication: createReplication(),
  };
  addDatabase(world, defaultDatabase);
  return world;
}

function allHandlers(world: World, { version }: MilvusSimOptions): Handlers {
  const build = {
    build_tags: world.version.tag,
    build_time: '',
    git_commit: version,
    go_version: '',
    deploy_mode: 'STANDALONE',
  };
  return {
    Connect: () => ({ server_info: build, identifier: String(world.clock.nextId()) }),
    GetVersion: () => ({ version: world.version.tag }),
    CheckHealth: () => ({ isHealthy: true }),
    GetComponentStates: () => ({}),
    ...createCollectionHandlers(world),
    ...createStructureHandlers(world),
    ...createDataHandlers(world),
    ...createFlushHandlers(world),
    ...createLoadHandlers(world),
    ...createImportHandlers(world),
    ...createRbacHandlers(world),
    ...createReplicateHandlers(world),
    ...createSnapshotHandlers(world),
  };
}

/** Takes a port of its own, behind the one that is shown. */
function bind(rpc: Server): Promise<number> {
  return promisify(rpc.bindAsync.bind(rpc))('127.0.0.1:0', ServerCredentials.createInsecure());
}

interface Parts {
  readonly options: MilvusSimOptions;
  readonly storage: MilvusStorage;
  readonly world: World;
  readonly log: { readonly calls: RecordedCall[] };
  readonly rpc: Server;
  readonly front: Listening;
  readonly management: Listening;
  readonly store: ObjectStore;
}

function describeSim({ options, storage, world, log, rpc, front, management, store }: Parts): MilvusSim {
  const etcds: SimEtcd[] = [];
  const find = ({ db, collection }: SimPlace) => findCollection(world, db ?? defaultDatabase, collection);
  return {
    address: '127.0.0.1',
    port: front.port,
    restPort: front.port,
    managementPort: management.port,
    version: world.version.tag,
    storage,
    user: options.authorization ? 'root' : undefined,
    password: options.authorization ? rootPassword : undefined,
    calls: log.calls,
    faults: world.faults,
    garbage: world.garbage,
    replication: world.replication,
    snapshots: () =>
      [...world.snapshots.values()].map(
        ({ collection, name }) => `${collection.database}.${collection.name}/${name}`,
      ),
    async openEtcd() {
      const etcd = await serveEtcd(world);
      etcds.push(etcd);
      return `127.0.0.1:${etcd.port}`;
    },
    restart: () => front.dropConnections(),
    async compact(at) {
      const all = [...world.databases.values()].flatMap((db) => [...db.collections.values()]);
      for (const collection of at === undefined ? all : [find(at)])
        await compactCollection(world, collection);
    },
    dropCollection: (at) => dropCollection(world, find(at)),
    setDatabaseProperties(database, properties) {
      const db = world.databases.get(database);
      if (db === undefined) throw new Error(`the simulator has no database ${database}`);
      db.properties = [...properties];
    },
    async stop() {
      rpc.forceShutdown();
      for (const etcd of etcds) etcd.stop();
      await Promise.all([front.close(), management.close()]);
      if (!('store' in options.storage)) store.close();
    },
  };
}

async function openBucket({ s3, bucket }: MilvusS3Storage): Promise<ObjectStore> {
  const place = {
    endpoint: `http://${s3.address}:${s3.port}`,
    accessKey: s3.accessKey,
    secretKey: s3.secretKey,
    bucket,
  };
  await ensureBucket(place);
  return createS3Store(place);
}

function describeStorage(storage: MilvusSimOptions['storage']): MilvusStorage {
  if ('store' in storage) return { kind: 'local', path: storage.rootPath ?? '' };
  const { s3, bucket, rootPath = 'files' } = storage;
  const { address, port, accessKey, secretKey } = s3;
  return { kind: 's3', address, port, accessKey, secretKey, bucket, rootPath };
}
