import type { MetaFileName } from '../layout/index.js';
import { unreadable } from './codec.js';
import { encodeGoJson, type GoStruct } from './go-json.js';
import { backup, collectionInfos, partitionInfos, segmentInfos } from './messages.js';
import type { BackupMeta, CollectionMeta, PartitionMeta, SegmentMeta } from './types.js';
import { parseWideJson } from './wide-json.js';

export interface MetaFile {
  readonly name: MetaFileName;
  readonly bytes: Uint8Array;
}

/**
 * The order in which the files are written. The peer reads `full_meta.json` alone when it is there, and asks for
 * `backup_meta.json` to know that a backup exists: so these come last, and a run that ends between them leaves nothing that
 * looks whole to us.
 */
export const metaWriteOrder = [
  'collection_meta.json',
  'partition_meta.json',
  'segment_meta.json',
  'full_meta.json',
  'backup_meta.json',
] as const satisfies readonly MetaFileName[];

/** Those of them that a backup has: one that Milvus wrote has no partitions and segments to tell of. */
export function metaFilesOf({ format }: Pick<BackupMeta, 'format'>): readonly MetaFileName[] {
  return format === 'snapshot'
    ? metaWriteOrder.filter((name) => name !== 'partition_meta.json' && name !== 'segment_meta.json')
    : metaWriteOrder;
}

/** All files of a backup, in {@link metaWriteOrder}. */
export function encodeMetaFiles(meta: BackupMeta): readonly MetaFile[] {
  return metaFilesOf(meta).map((name) => ({ name, bytes: encodeMetaFile(meta, name) }));
}

/** One file, byte for byte as the peer writes it. */
export function encodeMetaFile(meta: BackupMeta, name: MetaFileName): Uint8Array {
  return Buffer.from(encodeGoJson(contents[name](meta)));
}

const contents: { readonly [Name in MetaFileName]: (meta: BackupMeta) => GoStruct } = {
  'backup_meta.json': (meta) => backup.encode(scalarsOf(meta)),
  'collection_meta.json': (meta) =>
    collectionInfos.encode({ infos: meta.collection_backups.map(withoutSegments) }),
  'partition_meta.json': (meta) => partitionInfos.encode({ infos: partitionsOf(meta).map(stripSegments) }),
  'segment_meta.json': (meta) => segmentInfos.encode({ infos: segmentsOf(meta) }),
  'full_meta.json': (meta) => backup.encode(meta),
};

/** Only `full_meta.json` holds the lists, maps and positions of the backup itself. */
function scalarsOf(meta: BackupMeta): BackupMeta {
  const { id, state_code, name, backup_timestamp, size, milvus_version, format } = meta;
  return backup.make({ id, state_code, name, backup_timestamp, size, milvus_version, format });
}

/** As the peer since v0.5.13: neither segments nor L0 segments in `collection_meta.json`. */
function withoutSegments(collection: CollectionMeta): CollectionMeta {
  return {
    ...collection,
    partition_backups: collection.partition_backups.map(stripSegments),
    l0_segments: [],
  };
}

function stripSegments(partition: PartitionMeta): PartitionMeta {
  return { ...partition, segment_backups: [] };
}

function partitionsOf(meta: BackupMeta): readonly PartitionMeta[] {
  return meta.collection_backups.flatMap((collection) => collection.partition_backups);
}

function segmentsOf(meta: BackupMeta): readonly SegmentMeta[] {
  return partitionsOf(meta).flatMap((partition) => partition.segment_backups);
}

/**
 * The tree in the text of a `full_meta.json`.
 * @throws BackupError `META_UNREADABLE`
 */
export function decodeFullMeta(text: string): BackupMeta {
  return backup.decode(parseMetaFile('full_meta.json', text), ['full_meta.json']);
}

/** @throws BackupError `META_UNREADABLE` for text that is no JSON */
export function parseMetaFile(name: MetaFileName, text: string): unknown {
  try {
    return parseWideJson(text);
  } catch (cause) {
    throw unreadable([name], 'is no whole JSON text', cause);
  }
}
