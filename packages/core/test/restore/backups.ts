import {
  type BackupMeta,
  type BinlogMeta,
  type CollectionMeta,
  makeBackup,
  makeBinlog,
  makeCollection,
  makeFieldBinlog,
  makePartition,
  makeSegment,
  type SegmentMeta,
} from '../../src/meta/index.js';
import type { BackupLogObject } from '../../src/restore/backup-logs.js';

/** One segment by hand: two fields of one log each, and delete logs when asked for. */
export interface SegmentPlan {
  readonly id: bigint;
  readonly partition?: bigint;
  /** Absent: its own id. */
  readonly group?: bigint;
  readonly rows?: number;
  /** Bytes of each insert log; default 10. */
  readonly size?: number;
  readonly deletes?: boolean;
  readonly isL0?: boolean;
  readonly storageVersion?: bigint;
}

export const collectionId = 5n;
export const partitionId = 50n;

export function planSegment(plan: SegmentPlan): SegmentMeta {
  const { id, size = 10 } = plan;
  const log = (field: bigint, bytes: number): BinlogMeta =>
    makeBinlog({ log_id: id * 100n + field, log_size: bytes });
  const fields = plan.isL0 ? [] : [0n, 101n];
  const deletes = plan.isL0 || plan.deletes ? [log(9n, 3)] : [];
  return makeSegment({
    segment_id: id,
    collection_id: collectionId,
    partition_id: plan.partition ?? partitionId,
    group_id: plan.group ?? id,
    num_of_rows: plan.rows ?? 1,
    is_l0: plan.isL0 ?? false,
    storage_version: plan.storageVersion ?? 0n,
    binlogs: fields.map((field) => makeFieldBinlog({ fieldID: field, binlogs: [log(field, size)] })),
    deltalogs: [makeFieldBinlog({ fieldID: 0n, binlogs: deletes })],
  });
}

export function planCollection(
  segments: readonly SegmentPlan[],
  given: Partial<CollectionMeta> = {},
): CollectionMeta {
  const made = segments.map(planSegment);
  const ids = [...new Set([partitionId, ...made.map((one) => one.partition_id)])].filter((id) => id !== -1n);
  return makeCollection({
    collection_id: collectionId,
    db_name: 'default',
    collection_name: 'books',
    partition_backups: ids.map((id) =>
      makePartition({
        partition_id: id,
        partition_name: id === partitionId ? '_default' : `p${id}`,
        collection_id: collectionId,
        segment_backups: made.filter((one) => one.partition_id === id),
      }),
    ),
    l0_segments: made.filter((one) => one.partition_id === -1n),
    ...given,
  });
}

/** The logs that a store lists for a collection made by {@link planCollection}. */
export function logsOf(collection: CollectionMeta, base = 'backup/b/'): BackupLogObject[] {
  const segments = [
    ...collection.partition_backups.flatMap((one) => one.segment_backups),
    ...collection.l0_segments,
  ];
  return segments.flatMap((segment) =>
    (['insert', 'delta'] as const).flatMap((kind) =>
      (kind === 'insert' ? segment.binlogs : segment.deltalogs).flatMap((field) =>
        field.binlogs.map((log): BackupLogObject => {
          const group = segment.group_id === 0n || segment.partition_id === -1n ? '' : `${segment.group_id}/`;
          const folder = `${base}binlogs/${kind}_log/${collectionId}/${segment.partition_id}/${group}`;
          const inner = kind === 'insert' ? `${field.fieldID}/` : '';
          return {
            kind,
            partition: segment.partition_id,
            group: segment.partition_id === -1n ? 0n : segment.group_id,
            segment: segment.segment_id,
            field: kind === 'insert' ? field.fieldID : 0n,
            log: log.log_id,
            key: `${folder}${segment.segment_id}/${inner}${log.log_id}`,
            size: log.log_size,
          };
        }),
      ),
    ),
  );
}

export function planBackup(collections: readonly CollectionMeta[], databases: readonly string[]): BackupMeta {
  return makeBackup({
    id: 'id',
    name: 'b',
    collection_backups: collections,
    database_backups: databases.map((name) => ({ db_name: name, db_id: 0n, properties: [], ezk: '' })),
  });
}
