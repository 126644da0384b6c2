import type { Bucket } from './bucket.js';
import { parseMeta } from './meta-json.js';
import type { GoldenBackup, GoldenSegment } from './meta-shapes.js';

/** A backup as it lies in a bucket, in the form of a golden one. */
export interface StoredBackup {
  /** Keys below the backup's folder to their bytes. */
  readonly objects: ReadonlyMap<string, Buffer>;
  readonly meta: GoldenBackup;
}

/** Downloads a backup whole. */
export async function downloadBackup(bucket: Bucket, root: string, name: string): Promise<StoredBackup> {
  const prefix = `${root}/${name}/`;
  const objects = new Map<string, Buffer>();
  for (const key of (await bucket.list(prefix)).keys()) {
    objects.set(key.slice(prefix.length), await bucket.get(key));
  }
  const full = objects.get('meta/full_meta.json');
  if (full === undefined) throw new Error(`${prefix} has no full_meta.json`);
  return { objects, meta: parseMeta<GoldenBackup>(full) };
}

/** All segments of a backup, in the order of the file. */
export function segmentsOf(meta: GoldenBackup): GoldenSegment[] {
  return meta.collection_backups.flatMap((collection) =>
    collection.partition_backups.flatMap((partition) => partition.segment_backups ?? []),
  );
}

export interface CopiedLog {
  /** Key in Milvus's bucket, as `log_path` says. */
  readonly source: string;
  readonly size: bigint;
  /** Where the copy must lie, below the backup's folder. */
  readonly copy: string;
}

/** Every log that the metadata names, with the place that the layout gives to its copy. */
export function copiedLogs(meta: GoldenBackup): CopiedLog[] {
  return segmentsOf(meta).flatMap((segment) => {
    const { collection_id: collection, partition_id: partition, segment_id: id } = segment;
    const folder = `${collection}/${partition}/${segment.group_id}/${id}`;
    const insert = segment.binlogs.flatMap(({ fieldID = 0n, binlogs = [] }) =>
      binlogs.map((log) => ({
        source: log.log_path,
        size: log.log_size,
        copy: `binlogs/insert_log/${folder}/${fieldID}/${log.log_id}`,
      })),
    );
    const deletes = segment.deltalogs.flatMap(({ binlogs = [] }) =>
      binlogs.map((log) => ({
        source: log.log_path,
        size: log.log_size,
        copy: `binlogs/delta_log/${folder}/${log.log_id}`,
      })),
    );
    return [...insert, ...deletes];
  });
}

const patterns: readonly (readonly [RegExp, string])[] = [
  [/^binlogs\/insert_log\/\d+\/\d+\/(\d+)\/\1\/(\d+)\/\d+$/, 'binlogs/insert_log/C/P/S/S/F/L'],
  [/^binlogs\/delta_log\/\d+\/\d+\/(\d+)\/\1\/\d+$/, 'binlogs/delta_log/C/P/S/S/L'],
];

/** The kinds of keys of a backup; a key of no known kind is there itself. */
export function keyShapes(objects: ReadonlyMap<string, unknown>): string[] {
  const shapes = [...objects.keys()].map(
    (key) => patterns.find(([pattern]) => pattern.test(key))?.[1] ?? key,
  );
  return [...new Set(shapes)].sort();
}
