import pLimit from 'p-limit';
import { counted } from '../counted.js';
import { joinSignals, toBackupError } from '../errors/index.js';
import type { CollectionTaskView, TaskState } from '../task/types.js';
import { runAll } from '../transfer/run-all.js';
import { planAliases, warnOfAliases } from './aliases.js';
import { checkFiles } from './check-files.js';
import { checkTargets } from './check-targets.js';
import { checkVersions, chooseImport } from './check-versions.js';
import { assertSomethingChosen, findIdleRules } from './chosen.js';
import { prepareDatabases } from './database-properties.js';
import { ImportQueue } from './import-queue.js';
import { planImportSettings } from './import-settings.js';
import { Leftovers } from './leftovers.js';
import { CollectionLoads } from './load-collections.js';
import { planTargets, type RestorePlan, type RestoreTarget } from './plan-targets.js';
import { proveTargets } from './prove-targets.js';
import { restoreRbac } from './rbac.js';
import { type RestoreLanes, restoreCollection } from './restore-collection.js';
import type { RestoreRun } from './restore-run.js';
import { planResume, type Resume } from './resume-targets.js';
import { requireSnapshots } from './snapshot/check-request.js';
import { checkSnapshotFiles, checkSnapshotTargets, warnIgnored } from './snapshot/check-snapshots.js';
import { restoreSnapshot } from './snapshot/restore-snapshot.js';
import { warn } from './warn.js';

/** Collections whose data may be staged or importing at once; bounds what lies twice in Milvus's bucket. */
const collectionsInFlight = 16;

/** `dataCoord.import.maxImportJobNum` of a server that nobody has configured. */
const mostJobs = 1024;

/**
 * Restores what the request names. Nothing is changed before every target has been looked at.
 * @throws BackupError; collections restored by then stay
 */
export async function restoreBackup(run: RestoreRun): Promise<void> {
  const { milvus, tracker, request, signal } = run;
  tracker.step('checking the targets', 1);
  const plan = planTargets(run.meta, request);
  assertSomethingChosen(run.meta, request, plan);
  if (plan.targets.length === 0) warnNothingChosen(run);
  else warnIdleRules(run, plan);
  if (request.useAutoIndex && !request.rebuildIndex && !run.bundle) warnNoIndex(run);
  await checkVersions(run);
  if (run.bundle) {
    requireSnapshots(await milvus.serverInfo({ signal }));
    warnIgnored(run);
  }
  const settings = await planImportSettings(run, plan);
  const present = await milvus.listDatabases({ signal });
  const begun = await planResume(run, plan);
  if (begun.size > 0) tellResume(run, begun);
  if (run.bundle) await checkSnapshotTargets(run, plan, present, begun);
  else await checkTargets(milvus, plan, request, run.extras, present, begun, signal);
  tracker.step('checking the files of the backup');
  await (run.bundle ? checkSnapshotFiles(run, plan) : checkFiles(run, plan));
  await restoreRbac(run);
  await prepareDatabases(run, plan, present);
  await restoreCollections(run, plan, begun, settings);
}

async function restoreCollections(
  run: RestoreRun,
  plan: RestorePlan,
  begun: ReadonlyMap<RestoreTarget, Resume>,
  settings: RestoreLanes['settings'],
): Promise<void> {
  const { tracker, config, request, milvus } = run;
  const { features } = await milvus.serverInfo({ signal: run.signal });
  const stop = new AbortController();
  const signal = joinSignals(run.signal, stop.signal);
  const leftovers = new Leftovers();
  const loads = new CollectionLoads(run);
  const aliases = planAliases(plan, run.request);
  warnOfAliases(run, plan, aliases);
  const lanes: RestoreLanes = {
    queue: new ImportQueue(
      milvus,
      Math.min(config.restore.concurrency.importJobs, mostJobs),
      signal,
      run.logger,
    ),
    preparing: pLimit(config.restore.concurrency.collections),
    counting: pLimit(1),
    leftovers,
    loads,
    importCall: chooseImport(request, features),
    settings,
    aliases,
    begun,
    signal,
    stop: (reason) => stop.abort(reason),
  };
  const failures: unknown[] = [];
  const restored: RestoreTarget[] = [];
  const progress = new RestoreProgress(run, plan.targets);
  tracker.step(`restoring ${counted(plan.targets.length, 'collection')}`);
  const restoreOne = async (target: RestoreTarget): Promise<void> => {
    const own = progress.begin(target);
    const lane = run.request.keepGoing ? aside(lanes) : lanes;
    try {
      own.end(
        'success',
        run.bundle
          ? await restoreSnapshot(run, target, run.bundle, lane, own.percent)
          : await restoreCollection(run, target, lane, own.percent),
        '',
      );
      restored.push(target);
    } catch (error) {
      own.end('fail', 0, toBackupError(error).message);
      if (!run.request.keepGoing || signal.aborted) throw error;
      failures.push(error);
    }
  };
  const atOnce = Math.max(collectionsInFlight, config.restore.concurrency.collections);
  try {
    await runAll(plan.targets, atOnce, restoreOne, run.signal);
    if (failures.length === plan.targets.length && failures.length > 0) throw failures[0];
  } catch (error) {
    throw leftovers.explain(error, run.logger);
  }
  if (failures.length > 0) {
    const { message, remedy } = leftovers.explain(failures[0], run.logger);
    warn(
      run,
      `${counted(failures.length, 'collection')} could not be restored, one since: ${message}`,
      remedy ?? 'restore them again',
    );
  }
  await loads.wait(run.signal);
  await proveTargets(run, restored);
}

/** The same lanes for a collection whose failure keeps no other from going on. */
function aside(lanes: RestoreLanes): RestoreLanes {
  const stop = new AbortController();
  return { ...lanes, signal: joinSignals(lanes.signal, stop.signal), stop: (reason) => stop.abort(reason) };
}

function tellResume(run: RestoreRun, begun: ReadonlyMap<RestoreTarget, Resume>): void {
  const count = (kind: Resume['kind']): number =>
    [...begun.values()].filter((one) => one.kind === kind).length;
  run.logger.info(
    { done: count('done'), goOn: count('go-on'), again: count('again') },
    'going on with a restore that was interrupted',
  );
}

/** Progress by collection, and of the whole by the collections' sizes. */
class RestoreProgress {
  readonly #run: RestoreRun;
  readonly #total: number;
  readonly #percents = new Map<RestoreTarget, number>();

  constructor(run: RestoreRun, targets: readonly RestoreTarget[]) {
    this.#run = run;
    this.#total = targets.reduce((sum, one) => sum + weightOf(one), 0);
    run.tracker.add({
      collectionsTotal: targets.length,
      bytesTotal: targets.reduce((sum, one) => sum + one.source.size, 0),
    });
    for (const target of targets) run.tracker.collection(view(target, 'initial', 0, 0, ''));
  }

  begin(target: RestoreTarget): {
    readonly percent: (value: number) => void;
    readonly end: (state: TaskState, rows: number, error: string) => void;
  } {
    const { tracker, now } = this.#run;
    const startedAt = now();
    let bytes = 0;
    const raise = (value: number): void => {
      this.#percents.set(target, value);
      const done = Math.trunc((target.source.size * value) / 100);
      tracker.add({ bytesDone: Math.max(0, done - bytes) });
      bytes = Math.max(bytes, done);
      const sum = [...this.#percents].reduce((total, [one, percent]) => total + weightOf(one) * percent, 0);
      tracker.percent(Math.min(99, sum / Math.max(1, this.#total)));
    };
    tracker.collection(view(target, 'executing', 1, startedAt, ''));
    return {
      percent: (value) => {
        raise(value);
        tracker.collection(view(target, 'executing', Math.max(1, Math.trunc(value)), startedAt, ''));
      },
      end: (state, rows, error) => {
        if (state === 'success') {
          raise(100);
          tracker.add({ collectionsDone: 1 });
        }
        const percent = state === 'success' ? 100 : Math.trunc(this.#percents.get(target) ?? 1);
        const outcome = state === 'success' ? 'done' : 'failed';
        tracker.collection({
          ...view(target, state, percent, startedAt, error),
          rows,
          endedAt: now(),
          outcome,
        });
      },
    };
  }
}

/** An empty collection counts a little too: it has to be made. */
const weightOf = (target: RestoreTarget): number => target.source.size + 1;

function view(
  target: RestoreTarget,
  state: TaskState,
  percent: number,
  startedAt: number,
  error: string,
): CollectionTaskView {
  return { ...target.at, state, percent, rows: 0, startedAt, endedAt: 0, error };
}

function warnNothingChosen(run: RestoreRun): void {
  run.logger.warn(
    { collections: run.meta.collection_backups.length },
    'the filters choose no collection of this backup: nothing is restored',
  );
}

function warnIdleRules(run: RestoreRun, plan: RestorePlan): void {
  if (run.request.compat) return;
  const idle = findIdleRules(run.meta, run.request, plan);
  if (idle.length === 0) return;
  warn(
    run,
    `the filters name what backup ${run.meta.name} does not have: ${idle.join(', ')}`,
    'correct them',
  );
}

function warnNoIndex(run: RestoreRun): void {
  run.logger.warn(
    { backup: run.meta.name },
    'use_auto_index says only how indexes are made; none are made without rebuild_index (restoreIndex over REST)',
  );
}
