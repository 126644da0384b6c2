import type { LimitFunction } from 'p-limit';
import { joinSignals, toBackupError } from '../errors/index.js';
import { stagingPrefix } from '../layout/index.js';
import type { CollectionMeta } from '../meta/types.js';
import { listBackupLogs, sortLogs } from './backup-logs.js';
import type { ImportCall } from './check-versions.js';
import { finishTarget } from './finish-target.js';
import { importAndProve } from './import-collection.js';
import { type ImportQueue, isUnanswered } from './import-queue.js';
import type { ImportSettings } from './import-settings.js';
import { type ImportPlan, type ImportUnit, planImports, unitKey } from './import-units.js';
import type { Leftovers } from './leftovers.js';
import type { CollectionLoads } from './load-collections.js';
import type { RestoreTarget } from './plan-targets.js';
import { prepareTarget } from './prepare-target.js';
import type { TargetState } from './restore-journal.js';
import type { RestoreRun } from './restore-run.js';
import type { Resume } from './resume-targets.js';
import { removeStaged } from './staging.js';

/** Bytes that one import call may cover: large enough to be rare, small enough to be repeated. */
const maxBytesPerCall = 1024 * 1024 * 1024;

/** What the collections of one restore share. */
export interface RestoreLanes {
  readonly queue: ImportQueue;
  /** How many collections are prepared and staged at once; imports wait outside of it. */
  readonly preparing: LimitFunction;
  /** Reading delete logs takes memory: one at a time. */
  readonly counting: LimitFunction;
  readonly leftovers: Leftovers;
  readonly loads: CollectionLoads;
  readonly importCall: ImportCall;
  readonly settings: ReadonlyMap<CollectionMeta, ImportSettings>;
  /** What each target gets of the backup's aliases. */
  readonly aliases: ReadonlyMap<RestoreTarget, readonly string[]>;
  /** What an earlier try at this restore has begun. */
  readonly begun: ReadonlyMap<RestoreTarget, Resume>;
  /** Aborted by the first failure, or with the run; of a run that keeps going, by a failure of this collection. */
  readonly signal: AbortSignal;
  readonly stop: (reason: unknown) => void;
}

/** Reports 0–100 of one collection. */
export type OnPercent = (percent: number) => void;

/**
 * Restores one collection: checks the backup's files, prepares the target, stages, imports, proves, cleans up.
 * @returns rows that the proof found; 0 when no data was asked for
 */
export async function restoreCollection(
  run: RestoreRun,
  target: RestoreTarget,
  lanes: RestoreLanes,
  onPercent: OnPercent,
): Promise<number> {
  const resume = lanes.begun.get(target);
  if (resume?.kind === 'done') {
    await lanes.loads.start(target, lanes.signal);
    return resume.rows;
  }
  const own: Own = { aliases: new Set(), trees: true, merged: false };
  let next: Resume | undefined = resume;
  for (let left = run.request.skipCreateCollection ? 0 : remakes; left > 0; left--) {
    const rows = await tryOnce(run, target, next, own, lanes, onPercent);
    if (rows !== null) return rows;
    next = again;
  }
  return await restoreOnce(run, target, next, own, lanes, onPercent);
}

/** What the tries at one collection hand on. */
interface Own {
  /** Of the collection that was dropped for it. */
  readonly aliases: Set<string>;
  /** Whether one import may name a tree of folders, where the server is one that reads it. */
  trees: boolean;
  /** Whether one did. */
  merged: boolean;
}

const again: Resume = { kind: 'again' };

/** How often a collection of ours is made again within one run. */
const remakes = 2;

/**
 * Imports of an interrupted try may still fail, for its clean-up took their files; a Milvus that was started anew forgets imports, or
 * half of their rows; and the answer of an import may be lost, so that a second one could double its rows. That ends nothing: the
 * collection is ours, and is made again. Not every server before 2.4 may read a tree of segments in one call as 2.3.5 does.
 * @returns `null` when it has to be
 */
async function tryOnce(
  run: RestoreRun,
  target: RestoreTarget,
  resume: Resume | undefined,
  own: Own,
  lanes: RestoreLanes,
  onPercent: OnPercent,
): Promise<number | null> {
  const stop = new AbortController();
  const inner = { ...lanes, signal: joinSignals(lanes.signal, stop.signal), stop: stop.abort.bind(stop) };
  const outages = run.milvus.outages();
  try {
    return await restoreOnce(run, target, resume, own, inner, onPercent);
  } catch (error) {
    const { code, message } = toBackupError(error);
    const short = code === 'IMPORT_FAILED' || code === 'PROOF_FAILED';
    const why = isUnanswered(error)
      ? 'Milvus may have taken an import without an answer; the collection is made again'
      : short && resume?.kind === 'go-on' && resume.state.made
        ? 'the interrupted restore left this one unusable; it is made again'
        : short && run.milvus.outages() > outages
          ? 'Milvus was away amid the import; the collection is made again'
          : short && own.merged
            ? 'an import of many segments by one call came to nothing; the collection is made again, a call for each'
            : undefined;
    if (why !== undefined && !lanes.signal.aborted) {
      own.trees &&= !short;
      run.logger.warn({ ...target.at, reason: message }, why);
      return null;
    }
    lanes.stop(error);
    throw error;
  }
}

async function restoreOnce(
  run: RestoreRun,
  target: RestoreTarget,
  resume: Resume | undefined,
  own: Own,
  lanes: RestoreLanes,
  onPercent: OnPercent,
): Promise<number> {
  const { signal, leftovers } = lanes;
  const staging = stagingPrefix(run.id, target.at.database, target.at.collection);
  let staged = false;
  try {
    const { units, prepared } = await lanes.preparing(async () => {
      const units = run.request.metaOnly ? noImports : await planUnits(run, target, staging, own, lanes);
      own.merged = units.data.some(isTree);
      const asked = resume?.kind === 'go-on' && !fits(units, resume.state) ? again : resume;
      const prepared = await prepareTarget(run, target, asked, leftovers, signal);
      for (const alias of prepared.aliases) own.aliases.add(alias);
      const copies = [...units.data, ...units.l0]
        .filter((unit) => !prepared.state.jobs[unitKey(unit)])
        .flatMap((unit) => unit.staging);
      // What an earlier try has staged is removed with the rest.
      staged = copies.length > 0 || resume !== undefined;
      if (copies.length > 0) await run.transfer.copyAll(copies, { signal });
      return { units, prepared };
    });
    const rows = run.request.metaOnly
      ? 0
      : await importAndProve(run, target, units, prepared.state, lanes, onPercent);
    leftovers.whole(target);
    await finishTarget(run, target, own.aliases, lanes);
    await run.journal.save({ ...prepared.state, state: 'done', rows });
    return rows;
  } catch (error) {
    // Before the clean-up: imports that wait must not start on files that are being removed.
    lanes.stop(error);
    throw error;
  } finally {
    if (staged && !run.config.restore.keepTempFiles) {
      await removeStaged(run.target.driver, staging, run.logger);
    }
  }
}

const noImports: ImportPlan = { data: [], l0: [] };

/** Whether one call is to import folders that have been groups of their own. */
const isTree = ({ segments, folders }: ImportUnit): boolean =>
  new Set(segments.map((one) => one.group_id || one.segment_id)).size > folders.length;

/** Whether the imports of the earlier try are among those of this one: other settings may cut the data another way. */
function fits(units: ImportPlan, state: TargetState): boolean {
  const keys = new Set([...units.data, ...units.l0].map(unitKey));
  return Object.keys(state.jobs).every((key) => keys.has(key));
}

async function planUnits(
  run: RestoreRun,
  target: RestoreTarget,
  staging: string,
  { trees }: Own,
  { importCall, signal }: RestoreLanes,
): Promise<ImportPlan> {
  const { source: collection } = target;
  const name = run.request.name;
  const listed = await listBackupLogs(
    run.source.driver,
    run.sourceRoot,
    name,
    collection.collection_id,
    signal,
  );
  const { features } = await run.milvus.serverInfo({ signal });
  return planImports({
    collection,
    logs: sortLogs(collection, listed),
    root: run.sourceRoot,
    name,
    stagingBase: staging,
    inPlace: run.inPlace,
    readsTree: trees && features.grpcImportReadsTree,
    mayMerge: run.target.driver.capabilities.serverSideCopy === true,
    maxSegments: run.config.restore.maxSegmentsPerImportJob,
    maxBytes: maxBytesPerCall,
    jobs: importCall === 'rest' ? { manyL0: features.multiL0InOneJob } : undefined,
  });
}
