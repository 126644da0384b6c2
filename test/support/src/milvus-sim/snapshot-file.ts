import { newCollection } from './rpc-collections.js';
import { logKey } from './segment-files.js';
import type { Collection, KeyValue, Schema, Segment, SimIndex } from './types.js';
import type { World } from './world.js';

/** What the metadata file of an exported snapshot holds. */
export interface SnapshotFile {
  readonly schema: Schema;
  readonly shards: number;
  readonly consistencyLevel: number;
  readonly properties: readonly KeyValue[];
  readonly indexes: readonly {
    readonly field: string;
    readonly name: string;
    readonly params: readonly KeyValue[];
  }[];
  readonly partitions: readonly { readonly id: string; readonly name: string }[];
  readonly segments: readonly {
    readonly partition: string;
    /** Number of the channel within the collection. */
    readonly channel: number;
    readonly level: Segment['level'];
    readonly storageVersion: number;
    readonly logs: readonly (readonly [field: string, keys: readonly string[]])[];
    readonly deltas: readonly string[];
  }[];
}

export function snapshotFileOf(world: World, collection: Collection): SnapshotFile {
  const { schema, shards, consistencyLevel, properties, indexes } = collection;
  return {
    schema,
    shards,
    consistencyLevel,
    properties,
    indexes: indexes.map(({ field, name, params }) => ({ field, name, params })),
    partitions: [...collection.partitions.values()].map(({ id, name }) => ({ id: String(id), name })),
    segments: [...collection.segments.values()].filter(isFlushed).map((segment) => ({
      partition: String(segment.partitionId),
      channel: Math.max(0, collection.virtualChannels.indexOf(segment.channel)),
      level: segment.level,
      storageVersion: segment.storageVersion,
      logs: segment.insertLogs.map(({ field, logs }) => [
        String(field),
        logs.map((log) => logKey(world, 'insert_log', collection, segment, field, log)),
      ]),
      deltas: segment.deltaLogs.map((log) => logKey(world, 'delta_log', collection, segment, undefined, log)),
    })),
  };
}

const isFlushed = ({ state }: Segment): boolean => state === 'flushed';

export function stringifySnapshot(file: SnapshotFile): Buffer {
  return Buffer.from(JSON.stringify(file));
}

/** With `open`, which makes an empty collection after it. */
export function parseSnapshot(
  bytes: Buffer,
): SnapshotFile & { readonly open: (world: World, database: string, name: string) => Collection } {
  const file = JSON.parse(bytes.toString('utf8')) as SnapshotFile;
  return {
    ...file,
    open(world, database, name) {
      const collection = newCollection(world, database, name, file.schema, {
        shards_num: file.shards,
        consistency_level: file.consistencyLevel,
        properties: file.properties,
      });
      collection.indexes = file.indexes.map(
        (one): SimIndex => ({
          ...one,
          params: [...one.params],
          id: world.clock.nextId(),
        }),
      );
      return collection;
    },
  };
}
