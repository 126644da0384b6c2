import { physicalMs } from './clock.js';
import type { Handlers } from './handlers.js';
import { flushCollection } from './segments.js';
import type { Collection } from './types.js';
import { findCollection, findDatabase, type World } from './world.js';

/** `SegmentState` and `SegmentLevel`. */
const flushed = 4;
const levels = { legacy: 0, l0: 1, l1: 2 } as const;

interface FlushedCollection {
  readonly collection: Collection;
  readonly timestamp: bigint;
  readonly sealed: readonly bigint[];
}

/** Every physical channel has a position; a flush of everything tells them all. */
const channelCount = 16;

/** Flush, and what is in the store afterwards. */
export function createFlushHandlers(world: World): Handlers {
  return {
    async Flush({ collection_names }: { readonly collection_names: readonly string[] }, { database }) {
      const all = collection_names.map((name) => findCollection(world, database, name));
      const answers: FlushedCollection[] = [];
      for (const collection of all) {
        const timestamp = world.clock.nextTimestamp();
        answers.push({ collection, timestamp, sealed: await flushCollection(world, collection) });
      }
      const entries = <T>(of: (one: FlushedCollection) => T): Record<string, T> =>
        Object.fromEntries(answers.map((one) => [one.collection.name, of(one)]));
      const flushedBefore = ({ collection, sealed }: FlushedCollection): object => ({
        data: dataIds(collection)
          .filter((id) => !sealed.includes(id))
          .map(String),
      });
      return {
        db_name: database,
        coll_segIDs: entries(({ sealed }) => ({ data: sealed.map(String) })),
        flush_coll_segIDs: entries(flushedBefore),
        coll_seal_times: entries(({ timestamp }) => String(Math.floor(physicalMs(timestamp) / 1000))),
        coll_flush_ts: entries(({ timestamp }) => String(timestamp)),
        ...(world.version.flushPositions
          ? {
              channel_cps: Object.fromEntries(
                answers.flatMap(({ collection, timestamp }) =>
                  collection.virtualChannels.map((channel) => [channel, position(channel, timestamp)]),
                ),
              ),
            }
          : {}),
      };
    },

    GetFlushState: () => ({ flushed: !world.faults.takeFlushDelay() }),

    async FlushAll({ db_name }: { readonly db_name: string }) {
      const timestamp = world.clock.nextTimestamp();
      const databases = db_name === '' ? [...world.databases.values()] : [findDatabase(world, db_name)];
      for (const database of databases) {
        for (const collection of database.collections.values()) await flushCollection(world, collection);
      }
      if (!world.version.flushAllMessages) return { flush_all_ts: String(timestamp) };
      const pchannels = Array.from({ length: channelCount }, (_, i) => `${world.cluster}-rootcoord-dml_${i}`);
      const controlChannel = `${pchannels[0]}_vcchan`;
      return {
        flush_all_ts: String(timestamp),
        flush_all_msgs: Object.fromEntries(
          pchannels.map((channel, index) => [
            channel,
            flushAllMessage(index === 0 ? controlChannel : channel, world.clock.nextTimestamp()),
          ]),
        ),
        cluster_info: { cluster_id: world.cluster, cchannel: controlChannel, pchannels },
      };
    },

    GetFlushAllState: () => ({ flushed: !world.faults.takeFlushDelay() }),

    GetPersistentSegmentInfo(
      { collectionName, dbName }: { readonly collectionName: string; readonly dbName: string },
      { database },
    ) {
      const collection = findCollection(world, dbName || database, collectionName);
      const { version } = world;
      return {
        infos: [...collection.segments.values()]
          .filter(({ state }) => state === 'flushed')
          .map((segment) => ({
            segmentID: String(segment.id),
            collectionID: String(collection.id),
            partitionID: String(segment.partitionId),
            num_rows: String(segment.timestamps.length),
            state: flushed,
            level: segment.level === 'l0' ? levels.l0 : version.l0Segments ? levels.l1 : levels.legacy,
            storage_version: String(segment.storageVersion),
          })),
      };
    },

    GetQuerySegmentInfo: () => ({ infos: [] }),
    AllocTimestamp: () => ({ timestamp: String(world.clock.nextTimestamp()) }),
  };
}

function dataIds(collection: Collection): readonly bigint[] {
  return [...collection.segments.values()]
    .filter(({ level, state }) => level === 'data' && state === 'flushed')
    .map(({ id }) => id);
}

export function position(channel: string, timestamp: bigint): object {
  const id = Buffer.alloc(8);
  id.writeBigUInt64LE(timestamp);
  return { channel_name: channel, msgID: id, msgGroup: 'by-dev-dataNode', timestamp: String(timestamp) };
}

/** `_tt` is the timestamp in base 36; type 37 is FlushAll, and its last confirmed message is itself. */
function flushAllMessage(channel: string, timestamp: bigint): object {
  return {
    id: { id: timestamp.toString(36), WAL_name: 1 },
    payload: Buffer.alloc(0),
    properties: { _tt: timestamp.toString(36), _v: '2', _t: '37', _h: '', _vc: channel, _lcs: '', _pcl: '' },
  };
}
