import type { SimClock } from './clock.js';
import type { FaultState } from './faults.js';
import type { GarbageCollector } from './garbage.js';
import type { ImportJob } from './import-jobs.js';
import type { ObjectStore } from './object-store.js';
import type { RbacState } from './rbac.js';
import type { ReplicationState } from './replication.js';
import { badParameter, collectionMissing, databaseMissing } from './sim-error.js';
import type { RestoreJob } from './snapshot-restores.js';
import type { Snapshot } from './snapshots.js';
import type { Collection, Database, Partition } from './types.js';
import type { SimVersion } from './version.js';
import type { SimWire } from './wire.js';

/** All state of one simulated Milvus. */
export interface World {
  readonly version: SimVersion;
  readonly wire: SimWire;
  readonly clock: SimClock;
  readonly store: ObjectStore;
  /** Of Milvus's own objects in the bucket, e.g. `files`. */
  readonly rootPath: string;
  readonly faults: FaultState;
  readonly databases: Map<string, Database>;
  readonly rbac: RbacState;
  readonly imports: Map<string, ImportJob>;
  readonly garbage: GarbageCollector;
  /** By database, collection id and name. */
  readonly snapshots: Map<string, Snapshot>;
  readonly restores: Map<string, RestoreJob>;
  /** Storage version of new segments; the version's own unless the options say otherwise. */
  readonly storageVersion: number;
  /** Its id among clusters, which the names of its channels begin with. */
  readonly cluster: string;
  /** Of which cluster it is a secondary; undefined: of none. */
  readonly source: string | undefined;
  readonly replication: ReplicationState;
}

export const defaultDatabase = 'default';
const allPartitions = -1n;

export function addDatabase(
  world: World,
  name: string,
  properties: Database['properties'] = [],
  id = name === defaultDatabase ? 1n : world.clock.nextId(),
): Database {
  const database: Database = {
    name,
    id,
    createdTimestamp: world.clock.nextTimestamp(),
    properties,
    collections: new Map(),
  };
  world.databases.set(name, database);
  return database;
}

export function findDatabase(world: World, name: string): Database {
  const found = world.databases.get(name || defaultDatabase);
  if (found === undefined) throw databaseMissing(name);
  return found;
}

/** By name or alias. @throws SimError 100 or 800 */
export function findCollection(world: World, database: string, name: string): Collection {
  const db = findDatabase(world, database);
  const found = db.collections.get(name) ?? [...db.collections.values()].find((one) => one.aliases.has(name));
  if (found === undefined) throw collectionMissing(db.name, name);
  return found;
}

export function findPartition(collection: Collection, name: string): Partition {
  const found = collection.partitions.get(name);
  if (found === undefined) throw badParameter(`partition not found[partition=${name}]`);
  return found;
}

/** The partitions that a list of names means; none means all. */
export function choosePartitions(collection: Collection, names: readonly string[]): readonly Partition[] {
  if (names.length === 0) return [...collection.partitions.values()];
  return names.map((name) => findPartition(collection, name));
}

export function isForPartition(scope: bigint, partition: bigint): boolean {
  return scope === allPartitions || scope === partition;
}

export { allPartitions };
