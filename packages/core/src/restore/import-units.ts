import { createHash } from 'node:crypto';
import { groupBy } from '../group-by.js';
import {
  backupPrefix,
  deltaLogKey,
  groupFolder,
  insertLogKey,
  type LogKind,
  l0Folder,
  partitionFolder,
} from '../layout/index.js';
import type { CollectionMeta, PartitionMeta, SegmentMeta } from '../meta/types.js';
import type { ObjectCopy } from '../transfer/transfer.js';
import { allPartitions, type BackupLogObject, partitionOf, type SortedLogs } from './backup-logs.js';
import { joinUnits } from './join-units.js';
import { groupKey, indexLogs, type LogIndex, type LogsOfSegments, segmentKey } from './log-index.js';

/** Bytes of a segment whose server-side copy takes about as long as the two seconds of an import call. */
const worthItsOwnCall = 64 * 1024 * 1024;

/** One import call: folders in Milvus's bucket, and what must be copied there first. */
export interface ImportUnit {
  /** Empty: L0 of all partitions. */
  readonly partition: string;
  /** Each `[insert folder, delta folder or '']`, or `[delta folder]` for L0; gRPC takes one. */
  readonly folders: readonly (readonly string[])[];
  readonly isL0: boolean;
  readonly segments: readonly SegmentMeta[];
  readonly logs: readonly BackupLogObject[];
  readonly bytes: number;
  readonly staging: readonly ObjectCopy[];
  readonly storageVersion: bigint;
  /** Empty in backups that were made by listing folders. */
  readonly channel: string;
}

/** All imports of one collection; the deletes of L0 come after all data. */
export interface ImportPlan {
  readonly data: readonly ImportUnit[];
  readonly l0: readonly ImportUnit[];
}

/** `dataCoord.import.maxImportFileNumPerReq` of a server that nobody has configured. */
const mostFoldersOfJob = 1024;

/** The same for the same data, in every plan that cuts it this way. */
export function unitKey(unit: ImportUnit): string {
  const segments = unit.segments
    .map((one) => one.segment_id)
    .sort()
    .join(',');
  const hash = createHash('sha256').update(`${unit.partition}\0${unit.isL0}\0${segments}`).digest('hex');
  return hash.slice(0, 24);
}

export interface UnitInput {
  readonly collection: CollectionMeta;
  readonly logs: SortedLogs;
  readonly root: string;
  readonly name: string;
  /** Prefix in Milvus's bucket that this run may fill and will remove. */
  readonly stagingBase: string;
  /** Whether Milvus sees the backup's objects under their own keys. */
  readonly inPlace: boolean;
  /** Whether one call reads a whole tree of segment folders (gRPC import before Milvus 2.4). */
  readonly readsTree: boolean;
  /** Staging small segments together costs copies: worth it only where the store copies by itself. */
  readonly mayMerge: boolean;
  readonly maxSegments: number;
  readonly maxBytes: number;
  /** Import jobs by REST take many folders at once. */
  readonly jobs?: { readonly manyL0: boolean } | undefined;
}

/**
 * Cuts a collection's data into as few import calls as the server allows, data before L0. Milvus 2.3 works on one call at a
 * time, about two seconds each whatever its size, so the number of calls is the restore's time.
 */
export function planImports(input: UnitInput): ImportPlan {
  const { collection } = input;
  const logs = indexLogs(collection, input.logs);
  const most = Math.min(input.maxSegments, mostFoldersOfJob);
  const join = (units: ImportUnit[], folders: number): ImportUnit[] =>
    input.jobs ? joinUnits(units, folders) : units;
  const data = collection.partition_backups.flatMap((partition) =>
    join(planPartition(input, logs, partition), most),
  );
  const l0 = [
    ...collection.partition_backups.flatMap((partition) =>
      partition.segment_backups
        .filter((one) => one.is_l0)
        .map((segment) => l0Unit(input, logs, partition.partition_name, segment, partition.partition_id)),
    ),
    ...collection.l0_segments.map((segment) => l0Unit(input, logs, '', segment, allPartitions)),
  ].filter((unit) => unit.logs.length > 0);
  return { data, l0: join(l0, input.jobs?.manyL0 ? most : 1) };
}

function planPartition(input: UnitInput, logs: LogIndex, partition: PartitionMeta): ImportUnit[] {
  const logsOf = logs.data.get(partition.partition_id) ?? new Map<bigint, BackupLogObject[]>();
  // A segment without rows may have no file, and Milvus refuses to import a folder that is not there.
  const segments = partition.segment_backups.filter(
    (one) => !one.is_l0 && (one.num_of_rows > 0 || hasInsertLogs(logsOf.get(one.segment_id))),
  );
  if (segments.length === 0) return [];
  const known = new Set(segments.map((one) => one.segment_id));
  const clean =
    !logs.foreignPartitions.has(partition.partition_id) &&
    [...logsOf.keys()].every((segment) => known.has(segment));
  const sizeOf = (segment: SegmentMeta): number => bytesOf(logsOf.get(segment.segment_id) ?? []);
  const total = segments.reduce((sum, one) => sum + sizeOf(one), 0);
  const sameVersion = segments.every((one) => one.storage_version === segments[0]?.storage_version);
  const fits = total <= input.maxBytes && segments.length <= input.maxSegments && sameVersion;
  const ungrouped = segments.every((one) => one.group_id === 0n);
  const saves = segments.length > 1 && input.readsTree && fits;
  if (input.inPlace && clean && (ungrouped || saves)) {
    return [inPlaceUnit(input, partition, 0n, segments, logsOf)];
  }
  if (!input.readsTree || (input.inPlace && !input.mayMerge)) {
    return byGroup(segments).map((group) => unitOf(input, logs, partition, group, logsOf));
  }
  return packSegments(segments, sizeOf, input).map((bin) => unitOf(input, logs, partition, bin, logsOf));
}

/** In place where the bin is one whole group of the backup, staged otherwise. */
function unitOf(
  input: UnitInput,
  logs: LogIndex,
  partition: PartitionMeta,
  segments: readonly SegmentMeta[],
  logsOf: LogsOfSegments,
): ImportUnit {
  const group = segments[0]?.group_id ?? 0n;
  const folder = groupKey(partition.partition_id, group);
  const wholeGroup =
    group !== 0n &&
    segments.every((one) => one.group_id === group) &&
    !logs.foreignGroups.has(folder) &&
    logs.knownInGroup.get(folder) === logsIn(segments, logsOf).length;
  return input.inPlace && wholeGroup
    ? inPlaceUnit(input, partition, group, segments, logsOf)
    : stagedUnit(input, partition, segments, logsOf);
}

function inPlaceUnit(
  input: UnitInput,
  partition: PartitionMeta,
  group: bigint,
  segments: readonly SegmentMeta[],
  logsOf: LogsOfSegments,
): ImportUnit {
  const base = backupPrefix(input.root, input.name);
  const ids = { collection: input.collection.collection_id, partition: partition.partition_id, group };
  const folder = (kind: LogKind): string =>
    group === 0n ? partitionFolder(base, kind, ids) : groupFolder(base, kind, ids);
  return dataUnit(partition, segments, logsIn(segments, logsOf), folder, []);
}

/** Staged segments share one group, named by the first segment, so that one call finds them all. */
function stagedUnit(
  input: UnitInput,
  partition: PartitionMeta,
  segments: readonly SegmentMeta[],
  logsOf: LogsOfSegments,
): ImportUnit {
  const ids = {
    collection: input.collection.collection_id,
    partition: partition.partition_id,
    group: segments[0]?.segment_id ?? 0n,
  };
  const logs = logsIn(segments, logsOf);
  const staging = logs.map((log): ObjectCopy => {
    const at = { ...ids, segment: log.segment, field: log.field, log: log.log };
    const targetKey =
      log.kind === 'insert' ? insertLogKey(input.stagingBase, at) : deltaLogKey(input.stagingBase, at);
    return { sourceKey: log.key, targetKey, size: log.size };
  });
  return dataUnit(partition, segments, logs, (kind) => groupFolder(input.stagingBase, kind, ids), staging);
}

function dataUnit(
  partition: PartitionMeta,
  segments: readonly SegmentMeta[],
  logs: readonly BackupLogObject[],
  folder: (kind: LogKind) => string,
  staging: readonly ObjectCopy[],
): ImportUnit {
  const hasDeletes = logs.some((log) => log.kind === 'delta');
  return {
    partition: partition.partition_name,
    // Two entries always: Milvus takes a single folder for a partition of its own format.
    folders: [[folder('insert'), hasDeletes ? folder('delta') : '']],
    isL0: false,
    segments,
    logs,
    bytes: bytesOf(logs),
    staging,
    storageVersion: segments[0]?.storage_version ?? 0n,
    channel: segments[0]?.v_channel ?? '',
  };
}

function l0Unit(
  input: UnitInput,
  index: LogIndex,
  name: string,
  segment: SegmentMeta,
  under: bigint,
): ImportUnit {
  const partition = partitionOf(segment, under);
  const ids = {
    collection: input.collection.collection_id,
    partition,
    group: segment.group_id,
    segment: segment.segment_id,
  };
  const logs = index.deltas.get(segmentKey(partition, segment.segment_id)) ?? [];
  const base = input.inPlace ? backupPrefix(input.root, input.name) : input.stagingBase;
  return {
    partition: name,
    // The folder of all partitions has no group level, whatever the segment's group.
    folders: [
      [
        ids.group === 0n || partition === allPartitions
          ? l0Folder(base, ids)
          : groupFolder(base, 'delta', ids),
      ],
    ],
    isL0: true,
    segments: [segment],
    logs,
    bytes: bytesOf(logs),
    staging: input.inPlace
      ? []
      : logs.map((log) => ({
          sourceKey: log.key,
          targetKey: deltaLogKey(input.stagingBase, { ...ids, log: log.log }),
          size: log.size,
        })),
    storageVersion: segment.storage_version,
    channel: segment.v_channel,
  };
}

/**
 * Segments in bins of bounded size and number, in order. A large one that Milvus can import in place stays alone: copying
 * it would cost more than the call that it saves.
 */
function packSegments(
  segments: readonly SegmentMeta[],
  sizeOf: (segment: SegmentMeta) => number,
  limits: Pick<UnitInput, 'maxBytes' | 'maxSegments' | 'inPlace'>,
): SegmentMeta[][] {
  const bins: SegmentMeta[][] = [];
  // Those that can take more, so that a segment is not compared with all that are full.
  let open: { bytes: number; readonly segments: SegmentMeta[] }[] = [];
  for (const segment of segments) {
    const size = sizeOf(segment);
    if (limits.inPlace && size >= worthItsOwnCall) {
      bins.push([segment]);
      continue;
    }
    let bin = open.find(
      (one) =>
        one.bytes + size <= limits.maxBytes && one.segments[0]?.storage_version === segment.storage_version,
    );
    if (!bin) {
      bin = { bytes: 0, segments: [] };
      bins.push(bin.segments);
      open.push(bin);
    }
    bin.bytes += size;
    bin.segments.push(segment);
    if (bin.segments.length >= limits.maxSegments || bin.bytes >= limits.maxBytes) {
      open = open.filter((one) => one !== bin);
    }
  }
  return bins;
}

/** Backups from before 0.4.4 keep several segments under one group: that folder is imported once. */
function byGroup(segments: readonly SegmentMeta[]): SegmentMeta[][] {
  return [...groupBy(segments, (one) => one.group_id || one.segment_id).values()];
}

function logsIn(segments: readonly SegmentMeta[], logsOf: LogsOfSegments): BackupLogObject[] {
  return segments.flatMap((one) => logsOf.get(one.segment_id) ?? []);
}

const hasInsertLogs = (logs: readonly BackupLogObject[] | undefined): boolean =>
  logs?.some((log) => log.kind === 'insert') ?? false;

const bytesOf = (logs: readonly BackupLogObject[]): number => logs.reduce((sum, log) => sum + log.size, 0);
