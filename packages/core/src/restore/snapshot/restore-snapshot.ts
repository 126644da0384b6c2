import { withoutSecrets } from '../../backup/snapshot/snapshot-collection.js';
import { BackupError, isBackupError, sleep } from '../../errors/index.js';
import { nameKey } from '../../filter/index.js';
import type { CollectionRef, MilvusGateway } from '../../milvus/gateway.js';
import type { SnapshotPlace } from '../../milvus/gateway-snapshots.js';
import { assertSameFields } from '../check-fields.js';
import { alreadyThere } from '../check-targets.js';
import { finishTarget } from '../finish-target.js';
import type { RestoreTarget } from '../plan-targets.js';
import { dropAliases } from '../prepare-target.js';
import type { OnPercent, RestoreLanes } from '../restore-collection.js';
import type { TargetState } from '../restore-journal.js';
import type { RestoreRun } from '../restore-run.js';
import type { Resume } from '../resume-targets.js';
import { snapshotUnit } from './resume-snapshot.js';
import { planSkippedParams } from './skipped-params.js';

/** Milliseconds between questions for a job: the first soon, for small collections. */
const firstPause = 200;
const longestPause = 3_000;

/**
 * Lets Milvus make one collection out of the bundle, then takes away what was not to be restored.
 * @param folder the backup's, in Milvus's words
 * @returns 0: Milvus does not tell the rows
 * @throws BackupError `IMPORT_FAILED` with Milvus's reason, `TARGET_MISMATCH` when the collection is another one
 */
export async function restoreSnapshot(
  run: RestoreRun,
  target: RestoreTarget,
  folder: SnapshotPlace,
  lanes: RestoreLanes,
  onPercent: OnPercent,
): Promise<number> {
  const resume = lanes.begun.get(target);
  if (resume?.kind === 'done') {
    await lanes.loads.start(target, lanes.signal);
    return resume.rows;
  }
  return await lanes.preparing(async () => {
    try {
      if (resume?.kind !== 'go-on')
        return await restoreOnce(run, target, { folder, resume }, lanes, onPercent);
      try {
        return await restoreOnce(run, target, { folder, resume }, lanes, onPercent);
      } catch (error) {
        if (lanes.signal.aborted || !isBackupError(error) || error.code !== 'IMPORT_FAILED') throw error;
        run.logger.warn(
          { ...target.at, reason: error.message },
          'the restore that was interrupted has failed; it is made again',
        );
        const again = { folder, resume: { kind: 'again' } } as const;
        return await restoreOnce(run, target, again, lanes, onPercent);
      }
    } catch (error) {
      lanes.stop(error);
      throw error;
    }
  });
}

interface From {
  readonly folder: SnapshotPlace;
  readonly resume: Resume | undefined;
}

async function restoreOnce(
  run: RestoreRun,
  target: RestoreTarget,
  { folder, resume }: From,
  lanes: RestoreLanes,
  onPercent: OnPercent,
): Promise<number> {
  const { milvus, journal } = run;
  const { at } = target;
  const { signal, leftovers } = lanes;
  let aliases: readonly string[] = [];
  let state: TargetState;
  if (resume?.kind === 'go-on') state = resume.state;
  else {
    if (run.request.dropExistCollection || resume?.kind === 'again') {
      aliases = await dropTarget(run, target, lanes);
    }
    state = { version: 1, ...at, state: 'making', collectionId: '', made: true, rows: 0, jobs: {} };
    await journal.save(state);
    const path = target.source.snapshot_backup?.metadata_path ?? '';
    const metadata = { ...folder, uri: `${folder.uri}/${path}` };
    const job = await begin(milvus, at, metadata, signal);
    state = { ...state, jobs: { [snapshotUnit]: job } };
  }
  leftovers.made(target);
  await journal.save(state);
  await waitForJob(run, at, { job: state.jobs[snapshotUnit] ?? '', folder, onPercent, signal });
  const { collectionId } = await assertSameFields(milvus, target, signal);
  await takeAway(run, target, signal);
  leftovers.whole(target);
  await finishTarget(run, target, aliases, lanes);
  await journal.save({ ...state, state: 'done', collectionId: String(collectionId) });
  return 0;
}

/** A network may deliver the request twice, and the answer is that of the second. */
async function begin(
  milvus: MilvusGateway,
  at: CollectionRef,
  metadata: SnapshotPlace,
  signal: AbortSignal,
): Promise<string> {
  try {
    return await milvus.restoreSnapshot(at, metadata, { signal });
  } catch (cause) {
    if (!isBackupError(cause) || !/already exist/i.test(cause.message)) throw cause;
    const job = await milvus.findSnapshotRestore(at, { signal });
    // It was not there when the targets were looked at.
    if (job === null) throw alreadyThere(at);
    return job;
  }
}

async function dropTarget(
  { milvus, request }: RestoreRun,
  target: RestoreTarget,
  { signal, leftovers }: RestoreLanes,
): Promise<readonly string[]> {
  const { at } = target;
  if (!(await milvus.hasCollection(at, { signal }))) return [];
  const aliases = request.compat ? [] : await dropAliases(milvus, at, signal);
  await milvus.dropCollection(at, { signal });
  leftovers.dropped(target);
  return aliases;
}

interface Job {
  readonly job: string;
  readonly folder: SnapshotPlace;
  readonly onPercent: OnPercent;
  readonly signal: AbortSignal;
}

async function waitForJob(
  { milvus }: { readonly milvus: MilvusGateway },
  at: CollectionRef,
  { job, folder, onPercent, signal }: Job,
): Promise<void> {
  for (let pause = firstPause; ; pause = Math.min(pause * 1.5, longestPause)) {
    const { status, percent, reason } = await milvus.restoreState(job, { signal });
    if (status === 'completed') return;
    if (status === 'failed') {
      throw new BackupError({
        code: 'IMPORT_FAILED',
        message: `Milvus could not restore the snapshot into ${nameKey(at)}: ${withoutSecrets(reason, folder) || 'it gave no reason'}`,
        remedy:
          'check that Milvus reaches the store of the backup (backup.storage.milvusAddress); Milvus copies within one server only: ' +
          'a backup in another one is copied there first (`copy`)',
        details: { ...at, job },
      });
    }
    onPercent(Math.min(99, percent));
    await sleep(pause, signal);
  }
}

/** Each is part of what was asked for, so that a failure fails the collection. */
async function takeAway(run: RestoreRun, target: RestoreTarget, signal: AbortSignal): Promise<void> {
  const { milvus, request } = run;
  const { at, source, description } = target;
  const { collection, fields, indexes } = planSkippedParams(source, request);
  if (collection.length > 0) await milvus.deleteCollectionProperties(at, collection, { signal });
  for (const { field, keys } of fields) await milvus.deleteFieldParams(at, field, keys, { signal });
  for (const { index, keys } of indexes) await milvus.deleteIndexParams(at, index, keys, { signal });
  if (description === undefined) return;
  await milvus.alterCollection(at, [{ key: 'collection.description', value: description }], { signal });
}
