import type { Handlers } from './handlers.js';
import { segmentKeys } from './segment-files.js';
import { badParameter, SimError } from './sim-error.js';
import { createExportHandlers } from './snapshot-exports.js';
import { type SnapshotFile, snapshotFileOf } from './snapshot-file.js';
import { createSnapshotRestoreHandlers } from './snapshot-restores.js';
import type { Collection } from './types.js';
import { findCollection, type World } from './world.js';

export interface Snapshot {
  readonly id: bigint;
  readonly name: string;
  readonly description: string;
  readonly collection: Collection;
  readonly createTs: bigint;
  readonly file: SnapshotFile;
  readonly keys: readonly string[];
  /** Of the pause that keeps its files. */
  readonly ticket: string;
}

const forEver = 365 * 24 * 3600;

interface OfSnapshot {
  readonly name: string;
  readonly collection_name: string;
}

/** Snapshots of 3.0. What the exported files hold is of the simulator's own making; only it reads them. */
export function createSnapshotHandlers(world: World): Handlers {
  const keyOf = (collection: Collection, name: string): string => `${collection.id}/${name}`;
  const find = ({ name, collection_name }: OfSnapshot, database: string): Snapshot => {
    const collection = findCollection(world, database, collection_name);
    const found = world.snapshots.get(keyOf(collection, name));
    if (found === undefined) throw new SimError(2500, 1, `snapshot not found[snapshot=${name}]`);
    return found;
  };
  return {
    CreateSnapshot(
      { name, collection_name, description }: OfSnapshot & { readonly description: string },
      { database },
    ) {
      const collection = findCollection(world, database, collection_name);
      if (world.snapshots.has(keyOf(collection, name)))
        throw badParameter(`snapshot name ${name} already exists`);
      // What has not been flushed is not in it.
      const keys = [...collection.segments.values()]
        .filter(({ state }) => state === 'flushed')
        .flatMap((segment) => segmentKeys(world, collection, segment));
      world.snapshots.set(keyOf(collection, name), {
        id: world.clock.nextId(),
        name,
        description,
        collection,
        createTs: world.clock.nextTimestamp(),
        file: snapshotFileOf(world, collection),
        keys,
        ticket: world.garbage.pause(collection.id, forEver),
      });
      return {};
    },
    async DropSnapshot(request: OfSnapshot, { database }) {
      const snapshot = find(request, database);
      world.snapshots.delete(keyOf(snapshot.collection, snapshot.name));
      await world.garbage.resume(snapshot.ticket);
      return {};
    },
    ListSnapshots({ collection_name }: OfSnapshot, { database }) {
      const { id } = findCollection(world, database, collection_name);
      return {
        snapshots: [...world.snapshots.values()]
          .filter((one) => one.collection.id === id)
          .map(({ name }) => name),
      };
    },
    DescribeSnapshot(request: OfSnapshot, { database }) {
      const { name, description, collection, createTs, file } = find(request, database);
      return {
        name,
        description,
        collection_name: collection.name,
        partition_names: file.partitions.map((one) => one.name),
        create_ts: String(createTs),
      };
    },
    ...createExportHandlers(world, find),
    ...createSnapshotRestoreHandlers(world),
  };
}
