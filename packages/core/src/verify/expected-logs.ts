import { backupPrefix, deltaLogKey, insertLogKey, type LogKind } from '../layout/index.js';
import type { CollectionMeta, SegmentMeta } from '../meta/types.js';
import { expectedLogs, placedSegments } from '../restore/backup-logs.js';

/** One binlog that the metadata tells of. */
export interface ExpectedLog {
  readonly kind: LogKind;
  readonly partition: bigint;
  readonly segment: SegmentMeta;
  readonly field: bigint;
  readonly log: bigint;
  readonly size: number;
  /** Whole key, where both tools put it. */
  readonly key: string;
}

/** Every binlog that the metadata of a collection tells of. */
export function* expectLogs(root: string, name: string, collection: CollectionMeta): Generator<ExpectedLog> {
  const base = backupPrefix(root, name);
  for (const { partition, segment } of placedSegments(collection)) {
    const ids = {
      collection: collection.collection_id,
      partition,
      group: segment.group_id,
      segment: segment.segment_id,
    };
    for (const kind of ['insert', 'delta'] as const) {
      for (const [field, log, size] of expectedLogs(segment, kind)) {
        const key =
          kind === 'insert' ? insertLogKey(base, { ...ids, field, log }) : deltaLogKey(base, { ...ids, log });
        yield { kind, partition, segment, field, log, size, key };
      }
    }
  }
}

/** A log without the group in its key, which versions of the Go tool choose differently. */
export const logName = (log: {
  readonly kind: LogKind;
  readonly partition: bigint;
  readonly segment: bigint;
  readonly field: bigint;
  readonly log: bigint;
}): string => `${log.kind}/${log.partition}/${log.segment}/${log.field}/${log.log}`;
