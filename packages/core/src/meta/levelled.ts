import { groupBy } from '../group-by.js';
import { unreadable } from './codec.js';
import { parseMetaFile } from './files.js';
import { backup, collectionInfos, partitionInfos, segmentInfos } from './messages.js';
import type { BackupMeta, CollectionMeta, PartitionMeta, SegmentMeta } from './types.js';

/** The texts of the four files that stand for a missing `full_meta.json`. */
export interface LevelledTexts {
  readonly backup: string;
  readonly collection: string;
  readonly partition: string;
  readonly segment: string;
}

/**
 * The tree joined from the levelled files: segments to partitions by collection and partition id, partitions to
 * collections by collection id. What `collection_meta.json` nests is replaced, sizes are counted from the segments.
 * Databases, RBAC and positions are only in `full_meta.json` and stay empty.
 * @throws BackupError `META_UNREADABLE`, also for a segment or partition whose parent is missing: leaving it out would lose
 * rows without a word
 */
export function decodeLevelled(texts: LevelledTexts): BackupMeta {
  const root = backup.decode(parseMetaFile('backup_meta.json', texts.backup), ['backup_meta.json']);
  const collections = collectionInfos.decode(parseMetaFile('collection_meta.json', texts.collection), [
    'collection_meta.json',
  ]).infos;
  const partitions = partitionInfos.decode(parseMetaFile('partition_meta.json', texts.partition), [
    'partition_meta.json',
  ]).infos;
  const segments = segmentInfos.decode(parseMetaFile('segment_meta.json', texts.segment), [
    'segment_meta.json',
  ]).infos;

  const ofPartition = groupBy(segments, (segment) => partitionKey(segment));
  const ofCollection = groupBy(partitions, (partition) => partition.collection_id);
  refuseOrphans(collections, partitions, segments);

  const joined = collections.map((collection) => {
    const children = (ofCollection.get(collection.collection_id) ?? []).map((partition) =>
      joinPartition(partition, ofPartition.get(partitionKey(partition)) ?? []),
    );
    return joinCollection(collection, children, ofPartition.get(`${collection.collection_id}/-1`) ?? []);
  });
  return { ...root, collection_backups: joined, size: sumSizes(joined) };
}

/**
 * The tree of a backup that Milvus wrote, whose partitions stand in `collection_meta.json` alone.
 * @throws BackupError `META_UNREADABLE`
 */
export function decodeSnapshotLevelled(texts: Pick<LevelledTexts, 'backup' | 'collection'>): BackupMeta {
  const root = backup.decode(parseMetaFile('backup_meta.json', texts.backup), ['backup_meta.json']);
  const { infos } = collectionInfos.decode(parseMetaFile('collection_meta.json', texts.collection), [
    'collection_meta.json',
  ]);
  return { ...root, collection_backups: infos };
}

function joinPartition(partition: PartitionMeta, segments: readonly SegmentMeta[]): PartitionMeta {
  return { ...partition, segment_backups: segments, size: sumSizes(segments) };
}

function joinCollection(
  collection: CollectionMeta,
  partitions: readonly PartitionMeta[],
  segmentsOfAll: readonly SegmentMeta[],
): CollectionMeta {
  return {
    ...collection,
    partition_backups: partitions,
    l0_segments: collection.l0_segments.length > 0 ? collection.l0_segments : segmentsOfAll,
    size: sumSizes(partitions),
  };
}

function refuseOrphans(
  collections: readonly CollectionMeta[],
  partitions: readonly PartitionMeta[],
  segments: readonly SegmentMeta[],
): void {
  const knownCollections = new Set(collections.map((collection) => collection.collection_id));
  for (const [index, partition] of partitions.entries()) {
    if (!knownCollections.has(partition.collection_id)) {
      throw unreadable(
        ['partition_meta.json', 'infos', index],
        `collection ${partition.collection_id} is not in collection_meta.json`,
      );
    }
  }
  const knownPartitions = new Set(partitions.map((partition) => partitionKey(partition)));
  for (const [index, segment] of segments.entries()) {
    const known =
      segment.partition_id === -1n
        ? knownCollections.has(segment.collection_id)
        : knownPartitions.has(partitionKey(segment));
    if (!known) {
      throw unreadable(
        ['segment_meta.json', 'infos', index],
        `partition ${segment.partition_id} of collection ${segment.collection_id} is not in partition_meta.json`,
      );
    }
  }
}

function partitionKey(ids: { readonly collection_id: bigint; readonly partition_id: bigint }): string {
  return `${ids.collection_id}/${ids.partition_id}`;
}

function sumSizes(items: readonly { readonly size: number }[]): number {
  return items.reduce((sum, item) => sum + item.size, 0);
}
