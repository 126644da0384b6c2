import { BackupError } from '../errors/index.js';
import { backupPrefix, deltaLogKey, insertLogKey } from '../layout/index.js';
import type { ManifestObject } from '../manifest/index.js';
import type { CollectionMeta, SegmentMeta } from '../meta/types.js';
import type { FlushTicket } from '../milvus/gateway.js';
import type { ObjectCopy } from '../transfer/transfer.js';
import { type Found, splitCopied } from './already-copied.js';
import type { BackupRun } from './backup-run.js';
import type { CollectionJournal } from './journal.js';
import { readSegmentLogs } from './segment-logs.js';
import { type AssembledSegments, assembleSegments, listLogs } from './segments.js';
import { settledSegments } from './settled-segments.js';
import { foldersOf, verifyArrived } from './target-folders.js';

/** One try at the data of one collection. */
export interface DataAttempt {
  readonly collection: CollectionMeta;
  readonly ticket: FlushTicket | undefined;
  /** Whether an earlier try, of this run or another, may have left objects. */
  readonly again: boolean;
  /** 0–100 of this collection. */
  readonly onPercent: (percent: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Copies the segments of one collection and proves that they arrived. Objects that an earlier try has copied are kept.
 * @returns the collection with its segments, sizes and times
 */
export async function backupCollectionData(run: BackupRun, attempt: DataAttempt): Promise<CollectionMeta> {
  const { collection, ticket, again, onPercent, signal } = attempt;
  const journal = run.journal.begin(collection.collection_id);
  const assembled = await planSegments(run, collection, signal);
  const copies = planCopies(run, collection, assembled);
  const base = backupPrefix(run.targetRoot, run.name);
  const { todo, kept } = again
    ? splitCopied(copies, base, await findEarlier(run, collection, journal, signal))
    : { todo: copies, kept: [] };
  const progress = new CopyProgress(run, copies, onPercent);
  try {
    for (const item of kept) {
      journal.note(item);
      progress.arrived(item.size);
    }
    await run.transfer.copyAll(todo, {
      signal,
      onObject: (object, stored) => {
        journal.note(noteOf(object, stored, base));
        progress.arrived(object.size);
      },
    });
    await verifyArrived(run, collection, copies, again, signal);
    for (const segment of assembled.segments) {
      journal.note({
        type: 'segment',
        collection: String(segment.collection_id),
        partition: String(segment.partition_id),
        segment: String(segment.segment_id),
        rows: segment.num_of_rows,
      });
    }
  } catch (error) {
    progress.takeBack();
    // What has arrived needs not be copied again; that this could not be noted changes nothing in what went wrong.
    await journal.close().catch(() => {});
    throw error;
  }
  await journal.close();
  return attachSegments(collection, assembled.segments, ticket);
}

/** Adds a collection's objects to the run's progress, and takes them out again when the try has failed. */
class CopyProgress {
  readonly #run: BackupRun;
  readonly #onPercent: (percent: number) => void;
  readonly #total: { readonly bytes: number; readonly objects: number };
  #bytes = 0;
  #objects = 0;

  constructor(run: BackupRun, copies: readonly ObjectCopy[], onPercent: (percent: number) => void) {
    this.#run = run;
    this.#onPercent = onPercent;
    this.#total = { bytes: copies.reduce((sum, copy) => sum + copy.size, 0), objects: copies.length };
    run.tracker.add({ bytesTotal: this.#total.bytes, objectsTotal: this.#total.objects });
    onPercent(15);
  }

  arrived(bytes: number): void {
    this.#bytes += bytes;
    this.#objects += 1;
    this.#run.tracker.add({ bytesDone: bytes, objectsDone: 1 });
    this.#onPercent(15 + (85 * this.#bytes) / Math.max(this.#total.bytes, 1));
  }

  takeBack(): void {
    const { bytes, objects } = this.#total;
    this.#run.tracker.add({
      bytesDone: -this.#bytes,
      objectsDone: -this.#objects,
      bytesTotal: -bytes,
      objectsTotal: -objects,
    });
  }
}

function noteOf(
  object: ObjectCopy,
  stored: { readonly etag?: string; readonly checksum?: ManifestObject['checksum'] },
  base: string,
): ManifestObject {
  return {
    type: 'object',
    key: object.targetKey.slice(base.length),
    size: object.size,
    ...(stored.checksum === undefined ? {} : { checksum: stored.checksum }),
    ...(stored.etag === undefined ? {} : { etag: stored.etag }),
    from: { key: object.sourceKey, ...(object.etag === undefined ? {} : { etag: object.etag }) },
  };
}

async function findEarlier(
  run: BackupRun,
  collection: CollectionMeta,
  journal: CollectionJournal,
  signal: AbortSignal,
): Promise<Found> {
  const noted = await journal.earlier(signal);
  const stored = new Map<string, { size: number; etag?: string }>();
  if (noted.size === 0) return { journal: noted, stored };
  for (const folder of foldersOf(run, collection)) {
    for await (const entry of run.target.driver.list(folder, { signal })) {
      if (entry.type === 'object') stored.set(entry.key, entry);
    }
  }
  return { journal: noted, stored };
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
  const collectionId = collection.collection_id;
  const named = await readSegmentLogs(run.milvus, { at, collectionId, facts }, run.logger, signal);
  const listed = await listLogs(run.source.driver, run.sourceRoot, collectionId, wanted, { named, signal });
  return assembleSegments(collection, facts, listed, run.logger, named);
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
    return { sourceKey: log.key, targetKey, size: log.size, etag: log.etag };
  });
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

/** The collection of that name is another one now. */
function recreated(collection: CollectionMeta): BackupError {
  return new BackupError({
    code: 'SOURCE_INCOMPLETE',
    message: `collection ${collection.db_name}.${collection.collection_name} was dropped and made again during the backup`,
    remedy: 'run the command again; --on-missing skip leaves such collections out',
  });
}
