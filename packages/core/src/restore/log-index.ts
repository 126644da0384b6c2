import { groupBy } from '../group-by.js';
import type { CollectionMeta } from '../meta/types.js';
import type { BackupLogObject, SortedLogs } from './backup-logs.js';

/** The logs of one partition by segment. */
export type LogsOfSegments = ReadonlyMap<bigint, readonly BackupLogObject[]>;

/** A collection's logs by where they lie; made once, since a collection may have tens of thousands of segments. */
export interface LogIndex {
  /** Logs of data segments, by partition. */
  readonly data: ReadonlyMap<bigint, LogsOfSegments>;
  /** Delta logs of all segments, by {@link segmentKey}. */
  readonly deltas: ReadonlyMap<string, readonly BackupLogObject[]>;
  /** How many logs the metadata knows in a folder, by {@link groupKey}. */
  readonly knownInGroup: ReadonlyMap<string, number>;
  /** Folders with a log that the metadata does not know, by {@link groupKey}. */
  readonly foreignGroups: ReadonlySet<string>;
  readonly foreignPartitions: ReadonlySet<bigint>;
}

export function indexLogs(collection: CollectionMeta, { known, foreign }: SortedLogs): LogIndex {
  const l0 = new Set<string>();
  for (const partition of collection.partition_backups) {
    for (const segment of partition.segment_backups) {
      if (segment.is_l0) l0.add(segmentKey(partition.partition_id, segment.segment_id));
    }
  }
  const data = known.filter((log) => !l0.has(segmentKey(log.partition, log.segment)));
  const inGroups = groupBy(known, (log) => groupKey(log.partition, log.group));
  return {
    data: new Map(
      [...groupBy(data, (log) => log.partition)].map(([partition, logs]) => [
        partition,
        groupBy(logs, (log) => log.segment),
      ]),
    ),
    deltas: groupBy(
      known.filter((log) => log.kind === 'delta'),
      (log) => segmentKey(log.partition, log.segment),
    ),
    knownInGroup: new Map([...inGroups].map(([group, logs]) => [group, logs.length])),
    foreignGroups: new Set(foreign.map((log) => groupKey(log.partition, log.group))),
    foreignPartitions: new Set(foreign.map((log) => log.partition)),
  };
}

/** Old backups number the groups of every partition from 1: a group has a name only together with its partition. */
export const groupKey = (partition: bigint, group: bigint): string => `${partition}/${group}`;

export const segmentKey = (partition: bigint, segment: bigint): string => `${partition}/${segment}`;
