/**
 * Keys of binlogs in a backup. `base` ends with a slash and is a backup's prefix (`backupPrefix`) or a staging
 * prefix (`stagingPrefix`): both have the same inside. A group id of 0 means that the backup has no group level.
 */

export type LogKind = 'insert' | 'delta';

export interface GroupIds {
  readonly collection: bigint;
  /** -1: all partitions; such a folder has no group level. */
  readonly partition: bigint;
  readonly group: bigint;
}

export interface SegmentIds extends GroupIds {
  readonly segment: bigint;
}

export interface InsertLogIds extends SegmentIds {
  /** Field, or column group with StorageV2. */
  readonly field: bigint;
  readonly log: bigint;
}

export interface DeltaLogIds extends SegmentIds {
  readonly log: bigint;
}

export type BackupLog =
  | { readonly kind: 'insert'; readonly ids: InsertLogIds }
  | { readonly kind: 'delta'; readonly ids: DeltaLogIds };

const folders = { insert: 'insert_log', delta: 'delta_log' } as const;

/** `base/binlogs/` */
export function binlogsPrefix(base: string): string {
  return `${base}binlogs/`;
}

/** `base/binlogs/insert_log/C/`: what verification lists. */
export function collectionFolder(base: string, kind: LogKind, collection: bigint): string {
  return `${binlogsPrefix(base)}${folders[kind]}/${collection}/`;
}

/** `base/binlogs/insert_log/C/P/`: what is imported when a backup has no group ids. */
export function partitionFolder(
  base: string,
  kind: LogKind,
  ids: Pick<GroupIds, 'collection' | 'partition'>,
): string {
  return `${collectionFolder(base, kind, ids.collection)}${ids.partition}/`;
}

/**
 * `base/binlogs/insert_log/C/P/G/`: an import path, the parent of segment folders. Milvus takes each child as one
 * segment, named by its last element, and pairs insert and delta folders by it.
 */
export function groupFolder(base: string, kind: LogKind, ids: GroupIds): string {
  const folder = partitionFolder(base, kind, ids);
  return hasGroupLevel(ids) ? `${folder}${ids.group}/` : folder;
}

/** The folder of one segment, inside its group's. */
export function segmentFolder(base: string, kind: LogKind, ids: SegmentIds): string {
  return `${groupFolder(base, kind, ids)}${ids.segment}/`;
}

/** The import path of an L0 segment: `…/delta_log/C/-1/S/` for all partitions, else `…/delta_log/C/P/S/`. */
export function l0Folder(base: string, ids: Omit<SegmentIds, 'group'>): string {
  return `${partitionFolder(base, 'delta', ids)}${ids.segment}/`;
}

/** `base/binlogs/insert_log/C/P/G/S/F/L` */
export function insertLogKey(base: string, ids: InsertLogIds): string {
  return `${segmentFolder(base, 'insert', ids)}${ids.field}/${ids.log}`;
}

/** `base/binlogs/delta_log/C/P/G/S/L`, for all partitions `base/binlogs/delta_log/C/-1/S/L` */
export function deltaLogKey(base: string, ids: DeltaLogIds): string {
  return `${segmentFolder(base, 'delta', ids)}${ids.log}`;
}

const insertPattern = /^binlogs\/insert_log\/(\d+)\/(\d+)(?:\/([1-9]\d*))?\/(\d+)\/(\d+)\/(\d+)$/;
const deltaPattern = /^binlogs\/delta_log\/(\d+)\/(?:(-1)|(\d+)(?:\/([1-9]\d*))?)\/(\d+)\/(\d+)$/;

/** What a key under `base` is; `null` when it is no binlog of the backup layout. */
export function parseBackupLogKey(base: string, key: string): BackupLog | null {
  if (!key.startsWith(base)) return null;
  const rest = key.slice(base.length);
  const insert = insertPattern.exec(rest);
  if (insert) {
    const [, collection = '', partition = '', group = '0', segment = '', field = '', log = ''] = insert;
    return {
      kind: 'insert',
      ids: { ...toIds(collection, partition, group, segment), field: BigInt(field), log: BigInt(log) },
    };
  }
  const delta = deltaPattern.exec(rest);
  if (!delta) return null;
  const [, collection = '', all, partition = '', group = '0', segment = '', log = ''] = delta;
  return { kind: 'delta', ids: { ...toIds(collection, all ?? partition, group, segment), log: BigInt(log) } };
}

function toIds(collection: string, partition: string, group: string, segment: string): SegmentIds {
  return {
    collection: BigInt(collection),
    partition: BigInt(partition),
    group: BigInt(group),
    segment: BigInt(segment),
  };
}

function hasGroupLevel(ids: GroupIds): boolean {
  return ids.group !== 0n && ids.partition !== -1n;
}
