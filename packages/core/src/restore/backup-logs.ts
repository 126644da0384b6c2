import type { StorageDriver } from '../driver/driver.js';
import { BackupError } from '../errors/index.js';
import { backupPrefix, collectionFolder, type LogKind, parseBackupLogKey } from '../layout/index.js';
import type { CollectionMeta, FieldBinlogMeta, SegmentMeta } from '../meta/types.js';

/** One binlog of a backup, as the backup store lists it. */
export interface BackupLogObject {
  readonly kind: LogKind;
  readonly partition: bigint;
  /** 0: the backup has no group level. */
  readonly group: bigint;
  readonly segment: bigint;
  /** 0 for delta logs. */
  readonly field: bigint;
  readonly log: bigint;
  readonly key: string;
  readonly size: number;
}

/** Every binlog that the backup holds of one collection. */
export async function listBackupLogs(
  driver: StorageDriver,
  root: string,
  name: string,
  collectionId: bigint,
  signal: AbortSignal,
): Promise<BackupLogObject[]> {
  const base = backupPrefix(root, name);
  const read = async (kind: LogKind): Promise<BackupLogObject[]> => {
    const found: BackupLogObject[] = [];
    for await (const entry of driver.list(collectionFolder(base, kind, collectionId), { signal })) {
      if (entry.type !== 'object') continue;
      const log = parseBackupLogKey(base, entry.key);
      if (!log) continue;
      const { partition, group, segment, log: id } = log.ids;
      const field = log.kind === 'insert' ? log.ids.field : 0n;
      found.push({ kind, partition, group, segment, field, log: id, key: entry.key, size: entry.size });
    }
    return found;
  };
  return (await Promise.all([read('insert'), read('delta')])).flat();
}

/** The logs of a collection's folders, parted by whether its metadata knows them. */
export interface SortedLogs {
  readonly known: readonly BackupLogObject[];
  /** Left-overs of a broken run, or somebody's files: never to be imported. */
  readonly foreign: readonly BackupLogObject[];
}

/**
 * Refuses a backup that is short of what its metadata says, before the target is touched.
 * @throws BackupError `VERIFY_FAILED` naming the first object that is missing or has another size
 */
export function sortLogs(collection: CollectionMeta, logs: readonly BackupLogObject[]): SortedLogs {
  const expected = new Set<BackupLogObject>();
  const byName = new Map(
    logs.map((log) => [nameOf(log.kind, log.partition, log.segment, log.field, log.log), log]),
  );
  for (const { partition, segment } of placedSegments(collection)) {
    for (const kind of ['insert', 'delta'] as const) {
      for (const [field, log, size] of expectedLogs(segment, kind)) {
        const found = byName.get(nameOf(kind, partition, segment.segment_id, field, log));
        if (found?.size !== size) throw incomplete(collection, segment, kind, field, log, size, found);
        expected.add(found);
      }
    }
  }
  return { known: [...expected], foreign: logs.filter((log) => !expected.has(log)) };
}

/** Every segment with the partition under whose folder its logs lie. */
export function* placedSegments(
  collection: CollectionMeta,
): Generator<{ readonly partition: bigint; readonly segment: SegmentMeta }> {
  for (const one of collection.partition_backups) {
    for (const segment of one.segment_backups) {
      yield { partition: partitionOf(segment, one.partition_id), segment };
    }
  }
  for (const segment of collection.l0_segments) {
    yield { partition: partitionOf(segment, allPartitions), segment };
  }
}

/** What stands in place of a partition in the keys of L0 segments that belong to all of them. */
export const allPartitions = -1n;

/** @param under the partition that the metadata lists the segment under */
export function partitionOf(segment: SegmentMeta, under: bigint): bigint {
  return segment.is_l0 && segment.partition_id === allPartitions ? allPartitions : under;
}

export function* expectedLogs(segment: SegmentMeta, kind: LogKind): Generator<[bigint, bigint, number]> {
  const fields: readonly FieldBinlogMeta[] = kind === 'insert' ? segment.binlogs : segment.deltalogs;
  for (const field of fields) {
    for (const binlog of field.binlogs) {
      // Backups of 0.4 name the log by its path alone.
      const id = binlog.log_id === 0n ? (/(\d+)$/.exec(binlog.log_path)?.[1] ?? '0') : binlog.log_id;
      yield [kind === 'insert' ? field.fieldID : 0n, BigInt(id), binlog.log_size];
    }
  }
}

const nameOf = (kind: LogKind, partition: bigint, segment: bigint, field: bigint, log: bigint): string =>
  `${kind}/${partition}/${segment}/${field}/${log}`;

function incomplete(
  collection: CollectionMeta,
  segment: SegmentMeta,
  kind: LogKind,
  field: bigint,
  log: bigint,
  size: number,
  found: BackupLogObject | undefined,
): BackupError {
  const where = `${kind} log ${log} (field ${field}) of segment ${segment.segment_id}, ${collection.db_name}.${collection.collection_name}`;
  return new BackupError({
    code: 'VERIFY_FAILED',
    message: found
      ? `${where} has ${found.size} bytes, the backup's metadata says ${size}`
      : `${where} is missing in the backup`,
    remedy: 'restore another backup; this one is damaged, and nothing was changed in Milvus',
    details: { segment: String(segment.segment_id), log: String(log), key: found?.key ?? null },
  });
}
