import { BackupError, isBackupError, sleep } from '../../errors/index.js';
import { nameKey } from '../../filter/index.js';
import type { CollectionName } from '../../filter/types.js';
import type { CollectionMeta } from '../../meta/types.js';
import type { FlushTicket } from '../../milvus/gateway.js';
import type { ExportState } from '../../milvus/gateway-snapshots.js';
import type { BackupRun } from '../backup-run.js';
import type { HeldSnapshots } from './held-snapshots.js';
import { collectionOfMetadata, metadataPathOf } from './metadata-path.js';
import type { BundlePlace } from './place.js';

/** Milliseconds between questions for an export: the first soon, for small collections. */
const firstPause = 200;
const longestPause = 3_000;

/** What a backup in the snapshot format works with besides the rest. */
export interface SnapshotParts {
  readonly place: BundlePlace;
  readonly held: HeldSnapshots;
  /** TSO of the flush of the whole server; 0 before it, and without one. */
  flushedAt: bigint;
}

export interface SnapshotAttempt {
  readonly collection: CollectionMeta;
  readonly ticket: FlushTicket | undefined;
  /** 0–100 of this collection. */
  readonly onPercent: (percent: number) => void;
  readonly signal: AbortSignal;
}

type Run = Pick<BackupRun, 'milvus' | 'target' | 'tracker'>;

/**
 * Lets Milvus write one collection to the bundle of the backup, out of a snapshot that is dropped afterwards.
 * @returns the collection with what a restore needs
 * @throws BackupError `MILVUS_ERROR` with Milvus's reason, `SOURCE_INCOMPLETE` when the collection was made anew meanwhile
 */
export async function snapshotCollection(
  run: Run,
  { place, held, flushedAt }: SnapshotParts,
  { collection, ticket, onPercent, signal }: SnapshotAttempt,
): Promise<CollectionMeta> {
  const { milvus } = run;
  const at = { database: collection.db_name || 'default', collection: collection.collection_name };
  return await held.during(at, collection.collection_id, async (snapshot) => {
    await create(run, at, { snapshot, flushedAt: ticket?.flushTimestamp ?? flushedAt }, signal);
    const { createTimestamp } = await milvus.describeSnapshot(at, snapshot, { signal });
    onPercent(15);
    const what = { snapshot, id: collection.collection_id };
    const exported = await exportAll(run, at, what, { place, onPercent, signal });
    const path = metadataPathOf(exported.metadataUri, place);
    const id = collectionOfMetadata(path) ?? collection.collection_id;
    if (id !== collection.collection_id) throw recreated(at);
    await assertVisible(run, place, path, signal);
    return {
      ...collection,
      backup_timestamp: createTimestamp,
      backup_physical_timestamp: ticket?.sealTime ?? 0n,
      channel_checkpoints: ticket?.channelCheckpoints ?? {},
      size: exported.totalBytes,
      snapshot_backup: {
        metadata_path: path,
        total_files: exported.totalFiles,
        total_bytes: exported.totalBytes,
      },
    };
  });
}

/**
 * A network may deliver the request twice, and the answer is that of the second. One that is there and younger than the flush holds
 * all that it should, whoever made it.
 */
async function create(
  { milvus }: Run,
  at: CollectionName,
  { snapshot, flushedAt }: { readonly snapshot: string; readonly flushedAt: bigint },
  signal: AbortSignal,
): Promise<void> {
  try {
    await milvus.createSnapshot(at, snapshot, { signal });
  } catch (cause) {
    if (!isBackupError(cause) || !/already exist/i.test(cause.message)) throw cause;
    const { createTimestamp } = await milvus.describeSnapshot(at, snapshot, { signal });
    if (flushedAt > 0n && createTimestamp > flushedAt) return;
    throw new BackupError({
      code: 'MILVUS_ERROR',
      message: `Milvus holds a snapshot ${snapshot} of ${nameKey(at)} already: a backup of that name into another place may be under way`,
      remedy: 'wait for it, or choose another name; when none is, drop that snapshot in Milvus',
      cause,
      details: { ...at, snapshot },
    });
  }
}

async function exportAll(
  { milvus, tracker, target }: Run,
  at: CollectionName,
  { snapshot, id }: { readonly snapshot: string; readonly id: bigint },
  {
    place,
    onPercent,
    signal,
  }: Pick<SnapshotAttempt, 'onPercent' | 'signal'> & { readonly place: BundlePlace },
): Promise<Pick<ExportState, 'metadataUri' | 'totalFiles' | 'totalBytes'>> {
  const { jobId, metadataUri } = await milvus.exportSnapshot(at, snapshot, place, { signal });
  if (jobId === undefined) return { metadataUri, ...(await measure(target, place, id, signal)) };
  for (let pause = firstPause; ; pause = Math.min(pause * 1.5, longestPause)) {
    const state = await milvus.exportState(jobId, { signal });
    onPercent(15 + 0.85 * Math.min(100, state.percent));
    if (state.status === 'failed') throw failed(at, state.reason, place);
    if (state.status === 'completed') {
      const { totalFiles, totalBytes } = state;
      tracker.add({
        objectsTotal: totalFiles,
        objectsDone: totalFiles,
        bytesTotal: totalBytes,
        bytesDone: totalBytes,
      });
      return state;
    }
    await sleep(pause, signal);
  }
}

/** What an early build of 3.0 has written, which tells nothing of it: keys name the collection that they are of. */
async function measure(
  { driver }: Run['target'],
  { key }: BundlePlace,
  id: bigint,
  signal: AbortSignal,
): Promise<Pick<ExportState, 'totalFiles' | 'totalBytes'>> {
  const sum = { totalFiles: 0, totalBytes: 0 };
  for await (const entry of driver.list(`${key}/`, { signal })) {
    if (entry.type !== 'object' || !entry.key.slice(key.length).includes(`/${id}/`)) continue;
    sum.totalFiles += 1;
    sum.totalBytes += entry.size;
  }
  return sum;
}

/** A Milvus that writes elsewhere, under the same names, would make a backup of nothing. */
async function assertVisible(
  { target }: Run,
  { key }: BundlePlace,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const whole = key.replace(/[^/]*$/, '') + path;
  if ((await target.driver.head(whole, { signal })) !== null) return;
  const { path: section, bucketName } = target.section;
  throw new BackupError({
    code: 'MILVUS_ERROR',
    message: `Milvus has written ${path}, but bucket ${bucketName} of ${section} does not hold it`,
    remedy: `check that ${section} and Milvus mean the same store: ${section}.address is this tool's, ${section}.milvusAddress Milvus's word for it`,
    details: { key: whole },
  });
}

function failed(at: CollectionName, reason: string, place: BundlePlace): BackupError {
  return new BackupError({
    code: 'MILVUS_ERROR',
    message: `Milvus could not export ${nameKey(at)} to ${place.uri}: ${withoutSecrets(reason, place) || 'it gave no reason'}`,
    remedy:
      'check that Milvus reaches that store and may write to it (backup.storage.milvusAddress); Milvus copies within one server only: ' +
      'for any other store take the backup with --format binlog',
    details: { ...at },
  });
}

/** Milvus hides what it was handed; other servers may not. */
export function withoutSecrets(text: string, { externalSpec }: Pick<BundlePlace, 'externalSpec'>): string {
  if (externalSpec === '') return text;
  const { extfs } = JSON.parse(externalSpec) as { readonly extfs: Readonly<Record<string, string>> };
  const secrets = [externalSpec, extfs.access_key_value, extfs.credential_json];
  return secrets.reduce<string>((shown, secret) => (secret ? shown.replaceAll(secret, '****') : shown), text);
}

function recreated({ database, collection }: CollectionName): BackupError {
  return new BackupError({
    code: 'SOURCE_INCOMPLETE',
    message: `collection ${database}.${collection} was dropped and made again during the backup`,
    remedy: 'run the command again; --on-missing skip leaves such collections out',
  });
}
