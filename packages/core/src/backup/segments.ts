import type { StorageDriver } from '../driver/driver.js';
import { BackupError } from '../errors/index.js';
import { groupBy } from '../group-by.js';
import {
  type LogKind,
  milvusCollectionFolder,
  parseMilvusDeltaKey,
  parseMilvusInsertKey,
} from '../layout/index.js';
import type { Logger } from '../log.js';
import type { BinlogMeta, CollectionMeta, FieldBinlogMeta, SegmentMeta } from '../meta/types.js';
import type { SegmentFacts } from '../milvus/gateway.js';
import type { SegmentLogs } from '../milvus/gateway-backup.js';

/** A log file of Milvus, as its bucket lists it. */
export interface ListedLog {
  readonly partition: bigint;
  readonly segment: bigint;
  /** 0 for delta logs. */
  readonly field: bigint;
  readonly log: bigint;
  readonly key: string;
  readonly size: number;
  readonly etag: string | undefined;
}

export interface ListedLogs {
  readonly insert: readonly ListedLog[];
  readonly delta: readonly ListedLog[];
}

/**
 * The logs of the wanted segments of one collection, with their sizes, from two listings.
 * @param named segments whose logs Milvus names: foreign files in their folders do not matter
 * @throws BackupError `SOURCE_INCOMPLETE` for a foreign file in the folder of another wanted segment
 */
export async function listLogs(
  source: StorageDriver,
  milvusRoot: string,
  collectionId: bigint,
  wanted: ReadonlySet<bigint>,
  { named, signal }: { readonly named?: Named; readonly signal?: AbortSignal } = {},
): Promise<ListedLogs> {
  const wantedFolders = new Set([...wanted].filter((id) => !named?.has(id)).map(String));
  const read = async (kind: LogKind): Promise<ListedLog[]> => {
    const found: ListedLog[] = [];
    for await (const entry of source.list(milvusCollectionFolder(milvusRoot, kind, collectionId), {
      signal,
    })) {
      if (entry.type !== 'object' || (entry.size === 0 && entry.key.endsWith('/'))) continue;
      const ids = parseLogKey(kind, entry.key);
      if (!ids) {
        if (entry.key.split('/').some((part) => wantedFolders.has(part))) throw foreignFile(entry.key);
      } else if (wanted.has(ids.segment)) {
        found.push({ ...ids, key: entry.key, size: entry.size, etag: entry.etag });
      }
    }
    return found;
  };
  const [insert, delta] = await Promise.all([read('insert'), read('delta')]);
  return { insert, delta };
}

/** Logs as Milvus names them, by segment. */
type Named = ReadonlyMap<bigint, SegmentLogs>;

function parseLogKey(kind: LogKind, key: string): Omit<ListedLog, 'key' | 'size' | 'etag'> | null {
  if (kind === 'insert') return parseMilvusInsertKey(key);
  const ids = parseMilvusDeltaKey(key);
  return ids && { ...ids, field: 0n };
}

export interface AssembledSegments {
  readonly segments: readonly SegmentMeta[];
  readonly logs: readonly (ListedLog & { readonly kind: LogKind })[];
}

/**
 * Joins what Milvus says of its segments with what its bucket holds.
 * @param named what is taken of the segments that it has; of the others, all that the bucket has
 * @throws BackupError `SOURCE_INCOMPLETE` when rows have no files, a named file is not there, or fields have unequal numbers of
 * files
 */
export function assembleSegments(
  collection: CollectionMeta,
  facts: readonly SegmentFacts[],
  listed: ListedLogs,
  logger: Logger,
  named: Named = new Map(),
): AssembledSegments {
  const partitions = new Set(collection.partition_backups.map((one) => one.partition_id));
  const insertBySegment = groupBy(listed.insert, (log) => log.segment);
  const deltaBySegment = groupBy(listed.delta, (log) => log.segment);
  const segments: SegmentMeta[] = [];
  const logs: (ListedLog & { kind: LogKind })[] = [];
  for (const fact of facts) {
    if (!(fact.isL0 && fact.partitionId === -1n) && !partitions.has(fact.partitionId)) {
      logger.warn(
        { segment: String(fact.id), partition: String(fact.partitionId) },
        'a segment of a partition that is not in the collection (dropped meanwhile) is left out',
      );
      continue;
    }
    const found = { insert: insertBySegment.get(fact.id) ?? [], delta: deltaBySegment.get(fact.id) ?? [] };
    const told = named.get(fact.id);
    const { insert, delta } = told ? pickNamed(collection, fact, told, found) : found;
    if (insert.length === 0 && !fact.isL0) {
      if (fact.rows === 0) continue;
      throw noInsertLogs(collection, fact);
    }
    const segment = toSegmentMeta(collection.collection_id, fact, insert, delta);
    if (told) segments.push(asNamed(segment, told, found));
    else segments.push(checkEven(segment));
    for (const log of insert) logs.push({ ...log, kind: 'insert' });
    for (const log of delta) logs.push({ ...log, kind: 'delta' });
  }
  return { segments, logs };
}

function toSegmentMeta(
  collectionId: bigint,
  fact: SegmentFacts,
  insert: readonly ListedLog[],
  delta: readonly ListedLog[],
): SegmentMeta {
  const fields = groupBy(insert, (log) => log.field);
  const binlogs = [...fields].map(
    ([field, logs]): FieldBinlogMeta => ({ fieldID: field, binlogs: logs.map(toBinlog) }),
  );
  return {
    segment_id: fact.id,
    collection_id: collectionId,
    partition_id: fact.partitionId,
    num_of_rows: fact.rows,
    binlogs,
    statslogs: [],
    // The Go tool writes one entry in list-file mode, also when a segment has no deletes.
    deltalogs: [{ fieldID: 0n, binlogs: delta.map(toBinlog) }],
    size: [...insert, ...delta].reduce((sum, log) => sum + log.size, 0),
    // Its own group for every segment; segments of all partitions have none. See storage-layout of the Go tool.
    group_id: fact.partitionId === -1n ? 0n : fact.id,
    backuped: false,
    is_l0: fact.isL0,
    v_channel: '',
    storage_version: fact.storageVersion,
  };
}

/** The listed files behind the named logs; others in the folder are left-overs of the server. */
function pickNamed(
  collection: CollectionMeta,
  fact: SegmentFacts,
  told: SegmentLogs,
  found: ListedLogs,
): ListedLogs {
  const pick = (kind: LogKind): ListedLog[] => {
    // Delta logs have no folder of a field.
    const idOf = (field: bigint, log: bigint): string => `${kind === 'insert' ? field : 0n}/${log}`;
    const byId = new Map(found[kind].map((log) => [idOf(log.field, log.log), log]));
    return told[kind].flatMap(({ field, logs }) =>
      logs.map((id) => {
        const log = byId.get(idOf(field, id));
        if (log) return log;
        throw noSuchLog(collection, fact, `${kind} log ${id} of field ${field}`);
      }),
    );
  };
  return { insert: pick('insert'), delta: pick('delta') };
}

/** What the Go tool writes when it has asked Milvus: no empty list of deletes, and the size of both folders. */
function asNamed(segment: SegmentMeta, told: SegmentLogs, found: ListedLogs): SegmentMeta {
  return {
    ...segment,
    deltalogs: segment.deltalogs.filter((one) => one.binlogs.length > 0),
    size: [...found.insert, ...found.delta].reduce((sum, log) => sum + log.size, 0),
    v_channel: told.vChannel,
  };
}

function checkEven(segment: SegmentMeta): SegmentMeta {
  const files = segment.binlogs[0]?.binlogs.length ?? 0;
  const uneven = segment.binlogs.find((one) => one.binlogs.length !== files);
  if (uneven) throw unevenFields(segment, uneven);
  return segment;
}

const toBinlog = (log: ListedLog): BinlogMeta => ({ log_path: log.key, log_size: log.size, log_id: log.log });

const pathRemedy =
  'check the bucket name and root path of the Milvus storage (milvus.storage / minio.*): Docker Compose has ' +
  'a-bucket and files, Helm and Operator have milvus-bucket and file';

function noInsertLogs(collection: CollectionMeta, fact: SegmentFacts): BackupError {
  return new BackupError({
    code: 'SOURCE_INCOMPLETE',
    message: `segment ${fact.id} of ${collection.db_name}.${collection.collection_name} has ${fact.rows} rows but no insert logs`,
    remedy: pathRemedy,
    details: { segment: String(fact.id), rows: fact.rows },
  });
}

function noSuchLog(collection: CollectionMeta, fact: SegmentFacts, log: string): BackupError {
  return new BackupError({
    code: 'SOURCE_INCOMPLETE',
    message: `${log} of segment ${fact.id} of ${collection.db_name}.${collection.collection_name} does not exist in the Milvus bucket`,
    remedy: pathRemedy,
    details: { segment: String(fact.id) },
  });
}

function unevenFields(segment: SegmentMeta, field: FieldBinlogMeta): BackupError {
  return new BackupError({
    code: 'SOURCE_INCOMPLETE',
    message: `field ${field.fieldID} of segment ${segment.segment_id} has a different number of files than other fields`,
    remedy: 'run the command again; when it stays so, files of this segment are missing in the Milvus bucket',
    details: { segment: String(segment.segment_id), field: String(field.fieldID) },
  });
}

function foreignFile(key: string): BackupError {
  return new BackupError({
    code: 'SOURCE_INCOMPLETE',
    message: `log path ${key} does not match the pattern of Milvus's logs`,
    remedy: `remove the foreign file, or ${pathRemedy}`,
    details: { key },
  });
}
