import { BackupError, sleep } from '../../errors/index.js';
import { nameKey } from '../../filter/index.js';
import { runAll } from '../../transfer/run-all.js';
import { sourceName } from '../plan-targets.js';
import { warn } from '../warn.js';
import type { ImportStep } from './import-messages.js';
import type { ImportBatch } from './plan-secondary.js';
import type { Replication } from './replication.js';
import type { SecondaryRun } from './secondary-run.js';

const askedAtOnce = 8;
/** Milliseconds between rounds of questions: short at first, since an import of little data is. */
const shortestPause = 200;
const longestPause = 3_000;
/** Milliseconds after which a job that the target does not know will not come any more. */
const unknownFor = 10 * 60 * 1_000;
/** Progress of a job that only its commit is missing of, where the state does not say so. */
const nearlyDone = 99;

export type OnStep = (step: ImportStep, percent: number) => void;

/**
 * Asks for the imports of a batch, waits until the target has all of the data, then shows it. Servers without two-phase imports show
 * it by themselves, and are not told to.
 * @throws BackupError `IMPORT_FAILED`
 */
export async function runBatch(
  run: SecondaryRun,
  replication: Replication,
  batch: ImportBatch,
  onStep: OnStep,
): Promise<void> {
  await replication.broadcast(batch.steps.map((step) => step.start));
  // Those that an earlier try has shown are not waited for: the target forgets its jobs.
  const left = batch.steps.flatMap((step, index) => {
    const commit = batch.commits[index];
    return commit && !replication.has(commit) ? [{ step, commit }] : [];
  });
  const hidden = new Set<ImportStep>();
  await untilAll(
    run,
    left.map(({ step }) => step),
    onStep,
    (step, state) => {
      if (state.status === 'completed') return true;
      if (state.state !== 'Uncommitted' && state.percent < nearlyDone) return false;
      hidden.add(step);
      return true;
    },
  );
  if (hidden.size === 0) return;
  await replication.broadcast(left.filter(({ step }) => hidden.has(step)).map(({ commit }) => commit));
  await untilAll(run, [...hidden], onStep, (_step, state) => state.status === 'completed');
}

type State = Awaited<ReturnType<SecondaryRun['milvus']['replicatedImport']>>;

async function untilAll(
  run: SecondaryRun,
  steps: readonly ImportStep[],
  onStep: OnStep,
  isDone: (step: ImportStep, state: State) => boolean,
): Promise<void> {
  const left = new Set(steps);
  const unknownSince = new Map<ImportStep, number>();
  for (let pause = shortestPause; left.size > 0; pause = Math.min(pause * 1.5, longestPause)) {
    await sleep(pause, run.signal);
    await runAll(
      [...left],
      askedAtOnce,
      async (step, signal) => {
        const state = await run.milvus.replicatedImport(sourceName(step.collection), step.jobId, { signal });
        if (state.status === 'failed') throw failed(step, state.reason);
        if (state.state === '') assertComing(run, step, unknownSince);
        else unknownSince.delete(step);
        onStep(step, state.status === 'completed' ? 100 : state.percent);
        if (!isDone(step, state)) return;
        left.delete(step);
        tellRows(run, step, state);
      },
      run.signal,
    );
  }
}

/** A job that is not made: its message failed behind its confirmation. */
function assertComing(run: SecondaryRun, step: ImportStep, since: Map<ImportStep, number>): void {
  const first = since.get(step) ?? run.now();
  since.set(step, first);
  if (run.now() - first < unknownFor) return;
  throw failed(step, 'Milvus has confirmed the message and knows no such job after ten minutes');
}

/** Rows after the flush are left out, and deletes taken off, so that fewer are no damage; none at all may be. */
function tellRows(run: SecondaryRun, step: ImportStep, state: State): void {
  const { unit, collection } = step;
  if (state.status !== 'completed' || unit.isL0 || state.rows !== 0 || unit.rows === 0) return;
  warn(
    run,
    `the import into partition ${unit.partition} of ${nameKey(sourceName(collection))} brought no rows, the backup has ${unit.rows}`,
    'compare bucket and root path of milvus.storage with what the target itself uses',
  );
}

function failed(step: ImportStep, reason: string): BackupError {
  const at = sourceName(step.collection);
  return new BackupError({
    code: 'IMPORT_FAILED',
    message: `bulk insert failed: ${reason || 'Milvus gives no reason'} (${nameKey(at)}, job ${step.jobId})`,
    remedy:
      'read the reason; "no binlog to import" means that the target does not see the files: compare bucket and root path of milvus.storage ' +
      'with what it uses itself. Then make the target a new secondary again, and restore anew',
    details: {
      database: at.database,
      collection: at.collection,
      job: String(step.jobId),
      folder: step.unit.folders[0]?.[0] ?? '',
    },
  });
}
