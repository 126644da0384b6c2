import { makeFieldBinlog } from '../meta/index.js';
import type { BackupMeta, BinlogMeta, CollectionMeta, SegmentMeta } from '../meta/types.js';
import { segmentKey } from '../restore/log-index.js';
import { isLevelZero } from './plan.js';

/** New delta logs by collection, then by {@link segmentKey}. */
export type AddedLogs = ReadonlyMap<bigint, ReadonlyMap<string, readonly BinlogMeta[]>>;

const none: ReadonlyMap<string, readonly BinlogMeta[]> = new Map();

/** The metadata of the new backup: without L0 segments, with the logs that took their place, and sizes to fit. */
export function compactMeta(
  meta: BackupMeta,
  { id, name }: { readonly id: string; readonly name: string },
  added: AddedLogs,
): BackupMeta {
  let change = 0;
  const collections = meta.collection_backups.map((collection) => {
    const compacted = compactCollection(collection, id, added.get(collection.collection_id) ?? none);
    change += compacted.size - collection.size;
    return compacted;
  });
  return { ...meta, id, name, collection_backups: collections, size: meta.size + change };
}

function compactCollection(
  collection: CollectionMeta,
  id: string,
  added: ReadonlyMap<string, readonly BinlogMeta[]>,
): CollectionMeta {
  let change = -sumOf(collection.l0_segments);
  const partitions = collection.partition_backups.map((partition) => {
    const before = sumOf(partition.segment_backups);
    const segments = partition.segment_backups
      .filter((segment) => !isLevelZero(collection, segment))
      .map((segment) =>
        addLogs(segment, added.get(segmentKey(partition.partition_id, segment.segment_id)) ?? []),
      );
    const grown = sumOf(segments) - before;
    change += grown;
    return { ...partition, segment_backups: segments, size: partition.size + grown };
  });
  return {
    ...collection,
    id,
    partition_backups: partitions,
    l0_segments: [],
    size: collection.size + change,
  };
}

/** Delta logs of a segment are one list that names no field. */
function addLogs(segment: SegmentMeta, logs: readonly BinlogMeta[]): SegmentMeta {
  if (logs.length === 0) return segment;
  const [first = makeFieldBinlog({}), ...rest] = segment.deltalogs;
  const bytes = logs.reduce((sum, { log_size }) => sum + log_size, 0);
  return {
    ...segment,
    deltalogs: [{ ...first, binlogs: [...first.binlogs, ...logs] }, ...rest],
    size: segment.size + bytes,
  };
}

const sumOf = (segments: readonly SegmentMeta[]): number => segments.reduce((sum, { size }) => sum + size, 0);
