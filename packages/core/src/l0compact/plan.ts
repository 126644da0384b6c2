import { BackupError } from '../errors/index.js';
import type { BackupMeta, CollectionMeta, SegmentMeta } from '../meta/types.js';
import { expectedLogs, placedSegments } from '../restore/backup-logs.js';

/** A segment with the partition under whose folder its logs lie. */
export interface PlacedSegment {
  readonly partition: bigint;
  readonly segment: SegmentMeta;
}

/** What is to be folded in one collection: deletes of the one into segments of the other, channel by channel. */
export interface ChannelPlan {
  readonly l0: readonly PlacedSegment[];
  readonly data: readonly PlacedSegment[];
}

export interface CollectionPlan {
  readonly collection: CollectionMeta;
  /** Field of the primary key. */
  readonly key: bigint;
  readonly channels: readonly ChannelPlan[];
}

export interface CompactPlan {
  readonly collections: readonly CollectionPlan[];
  /** Log ids from here on are free in the whole backup. */
  readonly firstLog: bigint;
}

const maxStorageVersion = 3n;

/**
 * Tells what has to be read and folded, from the metadata alone.
 * @throws BackupError `FORMAT_UNSUPPORTED` for a storage version that nobody knows, `META_UNREADABLE` for a schema without key
 */
export function planCompaction(meta: BackupMeta): CompactPlan {
  let highest = 0n;
  const collections = meta.collection_backups.map((collection): CollectionPlan => {
    const all = [...placedSegments(collection)];
    for (const { segment } of all) {
      const { storage_version: version } = segment;
      if (version < 0n || version > maxStorageVersion) throw unknownStorage(collection, segment);
      for (const kind of ['insert', 'delta'] as const) {
        for (const [, log] of expectedLogs(segment, kind)) if (log > highest) highest = log;
      }
    }
    return { collection, key: keyOf(collection), channels: planChannels(collection, all) };
  });
  return { collections, firstLog: highest + 1n };
}

/** Whether a segment holds deletes for others alone; those of the collection's own list do, whatever they say. */
export const isLevelZero = (collection: CollectionMeta, segment: SegmentMeta): boolean =>
  segment.is_l0 || collection.l0_segments.includes(segment);

/**
 * A key and its deletes go through one channel. Backups that do not name the channels of all segments are one, since deletes of a key
 * hit its rows wherever they are.
 */
function planChannels(collection: CollectionMeta, all: readonly PlacedSegment[]): ChannelPlan[] {
  const named = all.every(({ segment }) => segment.v_channel !== '');
  const channels = new Map<string, { l0: PlacedSegment[]; data: PlacedSegment[] }>();
  for (const placed of all) {
    const name = named ? placed.segment.v_channel : '';
    const channel = channels.get(name) ?? { l0: [], data: [] };
    channels.set(name, channel);
    channel[isLevelZero(collection, placed.segment) ? 'l0' : 'data'].push(placed);
  }
  return [...channels.values()].filter(({ l0, data }) => l0.length > 0 && data.length > 0);
}

function keyOf({ schema, db_name, collection_name }: CollectionMeta): bigint {
  const field = schema.fields.find((one) => one.is_primary_key);
  if (field) return field.fieldID;
  throw new BackupError({
    code: 'META_UNREADABLE',
    message: `the schema of ${db_name}.${collection_name} has no primary key`,
    remedy: 'compact another backup; this one cannot be restored either',
  });
}

function unknownStorage({ db_name, collection_name }: CollectionMeta, segment: SegmentMeta): BackupError {
  return new BackupError({
    code: 'FORMAT_UNSUPPORTED',
    message: `segment ${segment.segment_id} of ${db_name}.${collection_name} is of storage version ${segment.storage_version}, only 0 to ${maxStorageVersion} are known`,
    remedy: 'use a newer version of this tool; nothing was written',
    details: { segment: String(segment.segment_id) },
  });
}
