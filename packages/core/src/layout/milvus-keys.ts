import type { LogKind } from './binlog-keys.js';
import { rootPrefix } from './root.js';

/** Where Milvus itself keeps a segment. All ids are those of the source. */
export interface MilvusSegmentIds {
  readonly collection: bigint;
  /** -1: an L0 segment of all partitions. */
  readonly partition: bigint;
  readonly segment: bigint;
}

export interface MilvusInsertIds extends MilvusSegmentIds {
  readonly field: bigint;
  readonly log: bigint;
}

export interface MilvusDeltaIds extends MilvusSegmentIds {
  readonly log: bigint;
}

/** `root/insert_log/C/` or `root/delta_log/C/` in Milvus's bucket. */
export function milvusCollectionFolder(root: string, kind: LogKind, collection: bigint): string {
  return `${rootPrefix(root)}${kind}_log/${collection}/`;
}

/** `root/insert_log/C/P/S/` or `root/delta_log/C/P/S/` in Milvus's bucket. */
export function milvusSegmentFolder(root: string, kind: LogKind, ids: MilvusSegmentIds): string {
  return `${milvusCollectionFolder(root, kind, ids.collection)}${ids.partition}/${ids.segment}/`;
}

const insertPattern = /(?:^|\/)insert_log\/(\d+)\/(\d+)\/(\d+)\/(\d+)\/(\d+)$/;
const deltaPattern = /(?:^|\/)delta_log\/(\d+)\/(-1|\d+)\/(\d+)\/(\d+)$/;

/** The ids in a key of an insert log below any root; `null` when the key is none. */
export function parseMilvusInsertKey(key: string): MilvusInsertIds | null {
  const match = insertPattern.exec(key);
  if (!match) return null;
  const [, collection = '', partition = '', segment = '', field = '', log = ''] = match;
  return {
    collection: BigInt(collection),
    partition: BigInt(partition),
    segment: BigInt(segment),
    field: BigInt(field),
    log: BigInt(log),
  };
}

/** The ids in a key of a delta log below any root; `null` when the key is none. */
export function parseMilvusDeltaKey(key: string): MilvusDeltaIds | null {
  const match = deltaPattern.exec(key);
  if (!match) return null;
  const [, collection = '', partition = '', segment = '', log = ''] = match;
  return {
    collection: BigInt(collection),
    partition: BigInt(partition),
    segment: BigInt(segment),
    log: BigInt(log),
  };
}
