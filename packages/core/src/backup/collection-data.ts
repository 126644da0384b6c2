import { BackupError } from '../errors/index.js';
import { backupPrefix, collectionFolder, deltaLogKey, insertLogKey } from '../layout/index.js';
import type { CollectionMeta, SegmentMeta } from '../meta/types.js';
import type { FlushTicket } from '../milvus/gateway.js';
import type { ObjectCopy } from '../transfer/transfer.js';
import type { BackupRun } from './backup-run.js';
import { type AssembledSegments, assembleSegments, listLogs } from './segments.js';
import { settledSegments } from './settled-segments.js';

/**
 * Copies the segments of one collection and proves that they arrived.
 * @param onPercent 0–100 of this collection
 * @returns the collection with its segments, sizes and times
 */
export async function backupCollectionData(
  run: BackupRun,
  collection: CollectionMeta,
  ticket: FlushTicket | undefined,
  onPercent: (percent: number) => void,
  signal: AbortSignal,
): Promise<CollectionMeta> {
  const assembled = await planSegments(run, collection, signal);
  const copies = planCopies(run, collection, assembled);
  const bytes = copies.reduce((sum, copy) => sum + copy.size, 0);
  run.tracker.add({ bytesTotal: bytes, objectsTotal: copies.length });
  let copied = 0;
  onPercent(15);
  await run.transfer.copyAll(copies, {
    signal,
    onObject: (object) => {
      copied += object.size;
      run.tracker.add({ bytesDone: object.size, objectsDone: 1 });
      onPercent(15 + (85 * copied) / Math.max(bytes, 1));
    },
  });
  await verifyArrived(run, collection, copies, signal);
  return attachSegments(collection, assembled.segments, ticket);
}

async function planSegments(
  run: BackupRun,
  collection: CollectionMeta,
  signal: AbortSignal,
): Promise<AssembledSegments> {
  const at = { database: collection.db_name, collection: collection.collection_name };
  const described = await run.milvus.describeCollection(at, { signal });
  if (described.collectionId !== collection.collection_id) throw recreated(collection);
  const facts = await settledSegments(run.milvus, at, run.logger, signal);
  const wanted = new Set(facts.map((one) => one.id));
  const listed = await listLogs(run.source.driver, run.sourceRoot, collection.collection_id, wanted, signal);
  return assembleSegments(collection, facts, listed, run.logger);
}

function planCopies(run: BackupRun, collection: CollectionMeta, assembled: AssembledSegments): ObjectCopy[] {
  const base = backupPrefix(run.targetRoot, run.name);
  const groups = new Map(assembled.segments.map((one) => [one.segment_id, one.group_id]));
  return assembled.logs.map((log): ObjectCopy => {
    const ids = {
      collection: collection.collection_id,
      partition: log.partition,
      group: groups.get(log.segment) ?? 0n,
      segment: log.segment,
      field: log.field,
      log: log.log,
    };
    const targetKey = log.kind === 'insert' ? insertLogKey(base, ids) : deltaLogKey(base, ids);
    return { sourceKey: log.key, targetKey, size: log.size };
  });
}

/** @throws BackupError `VERIFY_FAILED` when a copied object is missing or has another size */
async function verifyArrived(
  run: BackupRun,
  collection: CollectionMeta,
  copies: readonly ObjectCopy[],
  signal: AbortSignal,
): Promise<void> {
  const missing = new Map(copies.map((copy) => [copy.targetKey, copy.size]));
  const base = backupPrefix(run.targetRoot, run.name);
  const folders = [
    collectionFolder(base, 'insert', collection.collection_id),
    collectionFolder(base, 'delta', collection.collection_id),
  ].filter((folder) => copies.some((copy) => copy.targetKey.startsWith(folder)));
  for (const folder of folders) {
    for await (const entry of run.target.driver.list(folder, { signal })) {
      if (entry.type !== 'object') continue;
      const want = missing.get(entry.key);
      if (want === undefined) continue;
      if (want !== entry.size) {
        throw notVerified(`size mismatch, key=${entry.key} want=${want} got=${entry.size}`, entry.key);
      }
      missing.delete(entry.key);
    }
  }
  const [first] = missing.keys();
  if (first !== undefined) throw notVerified(`${missing.size} objects missing, one is ${first}`, first);
}

function attachSegments(
  collection: CollectionMeta,
  segments: readonly SegmentMeta[],
  ticket: FlushTicket | undefined,
): CollectionMeta {
  const ofPartition = (id: bigint): SegmentMeta[] => segments.filter((one) => one.partition_id === id);
  const sum = (list: readonly SegmentMeta[]): number => list.reduce((total, one) => total + one.size, 0);
  return {
    ...collection,
    partition_backups: collection.partition_backups.map((partition) => {
      const own = ofPartition(partition.partition_id);
      return { ...partition, segment_backups: own, size: sum(own) };
    }),
    l0_segments: ofPartition(-1n),
    size: sum(segments),
    backup_timestamp: ticket?.checkpointTimestamp ?? 0n,
    backup_physical_timestamp: ticket?.sealTime ?? 0n,
    channel_checkpoints: ticket?.channelCheckpoints ?? {},
  };
}

function notVerified(message: string, key: string): BackupError {
  return new BackupError({
    code: 'VERIFY_FAILED',
    message,
    remedy: 'run the command again; when it stays so, the backup store loses objects',
    details: { key },
  });
}

function recreated(collection: CollectionMeta): BackupError {
  return new BackupError({
    code: 'SOURCE_INCOMPLETE',
    message: `collection ${collection.db_name}.${collection.collection_name} was dropped and made again during the backup`,
    remedy: 'run the command again',
  });
}
