import { BackupError, isBackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionName } from '../filter/types.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import { runAll } from '../transfer/run-all.js';
import type { RestorePlan, RestoreTarget } from './plan-targets.js';
import type { TargetState } from './restore-journal.js';
import type { RestoreRun } from './restore-run.js';
import { decideSnapshot } from './snapshot/resume-snapshot.js';

/** What to do with a target that an earlier try at the same restore has begun. */
export type Resume =
  /** Whole and proven: left alone. */
  | { readonly kind: 'done'; readonly rows: number }
  /** There, with imports of ours that are done or under way. */
  | { readonly kind: 'go-on'; readonly state: TargetState }
  /** Ours, and not to be trusted: dropped, and made again. */
  | { readonly kind: 'again' };

const askedAtOnce = 16;

/**
 * Decides it for every target that has been begun; changes nothing.
 * @throws BackupError `TARGET_MISMATCH` for an existing collection that an import may have filled or not
 */
export async function planResume(
  run: RestoreRun,
  plan: RestorePlan,
): Promise<ReadonlyMap<RestoreTarget, Resume>> {
  const found = new Map<RestoreTarget, Resume>();
  await runAll(
    plan.targets,
    askedAtOnce,
    async (target, signal) => {
      const state = run.journal.previous(target.at);
      const resume = state && (await decide(run, target.at, state, signal));
      if (resume) found.set(target, resume);
    },
    run.signal,
  );
  return found;
}

async function decide(
  run: RestoreRun,
  at: CollectionName,
  state: TargetState,
  signal: AbortSignal,
): Promise<Resume | null> {
  const { milvus } = run;
  const present = await collectionIdOf(run, at, signal);
  if (run.bundle) return await decideSnapshot(run, at, state, present, signal);
  // Dropped since, by whomever: it is restored as if for the first time.
  if (present === null) return null;
  if (state.state === 'making') {
    // It was not there before we asked for it. One with rows is filled by somebody else by now.
    return (await isEmpty(milvus, at, signal)) ? { kind: 'again' } : null;
  }
  if (present !== state.collectionId) return null;
  if (state.state === 'done') return { kind: 'done', rows: state.rows };
  for (const [unit, job] of Object.entries(state.jobs)) {
    const known = job !== '' && (await isAlive(run, at, job, signal));
    if (known) continue;
    if (state.made) return { kind: 'again' };
    throw unclear(at, unit, job);
  }
  return { kind: 'go-on', state };
}

/** Nothing is taken for empty that Milvus does not say so of. */
async function isEmpty(milvus: MilvusGateway, at: CollectionName, signal: AbortSignal): Promise<boolean> {
  try {
    return (await milvus.rowCount(at, { signal })) === 0;
  } catch (error) {
    if (isBackupError(error) && error.code === 'MILVUS_UNSUPPORTED') return false;
    throw error;
  }
}

async function collectionIdOf(
  run: RestoreRun,
  at: CollectionName,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    if (!(await run.milvus.hasCollection(at, { signal }))) return null;
    return String((await run.milvus.describeCollection(at, { signal })).collectionId);
  } catch (error) {
    const gone = isBackupError(error) && /^(COLLECTION|DATABASE)_NOT_FOUND$/.test(error.code);
    if (gone) return null;
    throw error;
  }
}

/** Whether an import has ended well or goes on. One that failed, or that Milvus has forgotten, is neither. */
async function isAlive(
  run: RestoreRun,
  at: CollectionName,
  job: string,
  signal: AbortSignal,
): Promise<boolean> {
  return (await run.milvus.importState(at, job, { signal })).status !== 'failed';
}

function unclear(at: CollectionName, unit: string, job: string): BackupError {
  return new BackupError({
    code: 'TARGET_MISMATCH',
    message: `${nameKey(at)}: it cannot be told whether an import of the interrupted restore has put its rows (${unit}, job ${job || 'without answer'})`,
    remedy:
      'look at the rows of that collection; then restore into an empty one, or import everything once more with --no-resume',
    details: { database: at.database, collection: at.collection, job },
  });
}
