import { BackupError, isBackupError, sleep, toBackupError } from '../errors/index.js';
import type { CollectionName } from '../filter/types.js';
import type { CollectionMeta } from '../meta/types.js';
import type { FlushTicket } from '../milvus/gateway.js';
import type { CollectionOutcome } from '../task/types.js';
import type { BackupRun } from './backup-run.js';
import { backupCollectionData } from './collection-data.js';
import { describeCollection, type Structure } from './describe.js';
import { completeFromEtcd } from './etcd-facts.js';
import { flushAll } from './flush.js';
import { snapshotCollection } from './snapshot/snapshot-collection.js';

/** How often a collection is planned again whose files vanish, and the pause before it (milliseconds). */
const replans = 4;
const replanPause = 500;

/** What one collection came to: its metadata, or the reason why it is not in the backup. */
export type CollectionResult =
  | { readonly outcome: 'done'; readonly collection: CollectionMeta; readonly fullSchema: string }
  | { readonly outcome: Exclude<CollectionOutcome, 'done'>; readonly error: BackupError };

/**
 * Backs up the data of one collection. Compaction may take files away under the copy: their rows are in new segments by then,
 * so the collection is planned again.
 * @throws BackupError when the run is to end with it
 */
export async function backupCollection(
  run: BackupRun,
  at: CollectionName,
  described: Structure,
  ticket: FlushTicket | undefined,
  onPercent: (percent: number) => void,
  signal: AbortSignal,
): Promise<CollectionResult> {
  let now = { ...described, ticket };
  for (let attempt = 0; ; attempt++) {
    try {
      const again = run.resumed || attempt > 0;
      const { fullSchema } = now;
      const take = (): Promise<CollectionMeta> =>
        run.snapshots
          ? snapshotCollection(run, run.snapshots, { ...now, onPercent, signal })
          : backupCollectionData(run, { ...now, again, onPercent, signal });
      const { gc } = run;
      const collection = await (gc ? gc.duringCollection(now.collection.collection_id, take) : take());
      return { outcome: 'done', collection, fullSchema };
    } catch (cause) {
      const error = toBackupError(cause);
      if (signal.aborted || !isVanished(error)) return giveUp(run, error, 'failed', signal);
      const present = await describeAgain(run, at, signal);
      if (present === null) return giveUp(run, dropped(at, error), 'gone', signal);
      const made = present.collection.collection_id !== now.collection.collection_id;
      if (made && run.onMissing !== 'retry') return giveUp(run, error, 'skipped', signal);
      if (attempt >= replans) return giveUp(run, error, 'failed', signal);
      run.logger.info(
        { ...at, reason: error.message },
        'files of the collection went away; it is planned again',
      );
      await sleep(replanPause * (attempt + 1), signal);
      const fresh = made && run.strategy !== 'skip_flush';
      const tickets = fresh ? await flushAll(run.milvus, [present.collection], run.logger, signal) : null;
      now = { ...present, ticket: tickets ? [...tickets.values()][0] : now.ticket };
    }
  }
}

/** The collection as it is now; `null` when it is gone. */
export async function describeAgain(
  run: BackupRun,
  at: CollectionName,
  signal: AbortSignal,
): Promise<Structure | null> {
  try {
    return await completeFromEtcd(run, await describeCollection(run.milvus, at, run.id, signal), signal);
  } catch (error) {
    if (isBackupError(error) && isGone(error)) return null;
    throw error;
  }
}

/** Whether the run goes on without the collection; otherwise its error ends the run. */
export function giveUp(
  run: Pick<BackupRun, 'onMissing' | 'keepGoing'>,
  error: BackupError,
  outcome: Exclude<CollectionOutcome, 'done'>,
  signal: AbortSignal,
): CollectionResult {
  const skipped = outcome !== 'failed' && run.onMissing === 'skip';
  if (signal.aborted || !(run.keepGoing || skipped)) throw error;
  return { outcome, error };
}

export function isGone(error: BackupError): boolean {
  return error.code === 'COLLECTION_NOT_FOUND' || error.code === 'DATABASE_NOT_FOUND';
}

function isVanished(error: BackupError): boolean {
  return error.code === 'SOURCE_INCOMPLETE' || isGone(error);
}

export function dropped(at: CollectionName, cause: BackupError): BackupError {
  return new BackupError({
    code: 'COLLECTION_NOT_FOUND',
    message: `collection ${at.database}.${at.collection} was dropped during the backup`,
    remedy: 'run the command again; --on-missing skip leaves such collections out',
    cause,
    details: { database: at.database, collection: at.collection },
  });
}
