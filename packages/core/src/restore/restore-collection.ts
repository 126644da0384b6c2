import type { LimitFunction } from 'p-limit';
import { countDeletedRows } from '../binlog/index.js';
import { nameKey } from '../filter/index.js';
import { stagingPrefix } from '../layout/index.js';
import type { ImportState } from '../milvus/gateway.js';
import { importPath } from '../stores.js';
import { restoreAliases } from './aliases.js';
import { listBackupLogs, sortLogs } from './backup-logs.js';
import { planProperties } from './collection-properties.js';
import type { ImportQueue } from './import-queue.js';
import { type ImportUnit, planImports } from './import-units.js';
import type { Leftovers } from './leftovers.js';
import type { CollectionLoads } from './load-collections.js';
import type { RestoreTarget } from './plan-targets.js';
import { prepareTarget } from './prepare-target.js';
import { assertRows, type ExpectedRows, expectCollection, expectRows } from './proof.js';
import type { RestoreRun } from './restore-run.js';
import { removeStaged } from './staging.js';
import { attempt } from './warn.js';

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
  /** What each target gets of the backup's aliases. */
  readonly aliases: ReadonlyMap<RestoreTarget, readonly string[]>;
  /** Aborted by the first failure, or with the run. */
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
  const { signal, leftovers } = lanes;
  const staging = stagingPrefix(run.id, target.at.database, target.at.collection);
  let staged = false;
  let replaced: readonly string[] = [];
  try {
    const units = await lanes.preparing(async () => {
      const planned = run.request.metaOnly ? null : await planUnits(run, target, staging, signal);
      replaced = await prepareTarget(run.milvus, target, run.request, leftovers, signal);
      const copies = planned ? [...planned.data, ...planned.l0].flatMap((unit) => unit.staging) : [];
      if (copies.length > 0) {
        staged = true;
        await run.transfer.copyAll(copies, { signal });
      }
      return planned;
    });
    const rows = units ? await importAndProve(run, target, units, lanes, onPercent) : 0;
    leftovers.whole(target);
    await finishTarget(run, target, replaced, lanes);
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

/** What comes when the data is proven, and whose failure is a warning: late properties, aliases, loading. */
async function finishTarget(
  run: RestoreRun,
  target: RestoreTarget,
  replaced: readonly string[],
  { aliases, loads, signal }: RestoreLanes,
): Promise<void> {
  const { milvus, request } = run;
  const { at, source } = target;
  const { afterProof } = planProperties(source, request);
  if (!request.skipCreateCollection && afterProof.length > 0) {
    await attempt(
      run,
      signal,
      () => milvus.alterCollection(at, afterProof, { signal }),
      (error) => [
        `properties of ${nameKey(at)} could not be set: ${error.message}`,
        `set them by hand: ${afterProof.map(({ key, value }) => `${key}=${value}`).join(', ')}`,
      ],
    );
  }
  const wanted = new Set([...(aliases.get(target) ?? []), ...replaced]);
  if (wanted.size > 0) {
    await attempt(
      run,
      signal,
      () => restoreAliases(run, target, wanted, signal),
      (error) => [
        `aliases of ${nameKey(at)} could not be made: ${error.message}`,
        `make them by hand: ${[...wanted].join(', ')}`,
      ],
    );
  }
  await loads.start(target, signal);
}

async function planUnits(
  run: RestoreRun,
  target: RestoreTarget,
  staging: string,
  signal: AbortSignal,
): Promise<ReturnType<typeof planImports>> {
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
    readsTree: features.grpcImportReadsTree,
    mayMerge: run.target.driver.capabilities.serverSideCopy === true,
    maxSegments: run.config.restore.maxSegmentsPerImportJob,
    maxBytes: maxBytesPerCall,
  });
}

async function importAndProve(
  run: RestoreRun,
  target: RestoreTarget,
  units: ReturnType<typeof planImports>,
  lanes: RestoreLanes,
  onPercent: OnPercent,
): Promise<number> {
  const { signal } = lanes;
  const total = Math.max(
    1,
    [...units.data, ...units.l0].reduce((sum, unit) => sum + unit.bytes, 0),
  );
  const percents = new Map<ImportUnit, number>();
  const importUnit = async (unit: ImportUnit): Promise<{ expected: ExpectedRows; state: ImportState }> => {
    const input = {
      partition: unit.partition,
      files: unit.files.map((key) => importPath(run.target, key)),
      isL0: unit.isL0,
      storageVersion: unit.storageVersion,
      ezk: '',
    };
    const onState = (state: ImportState): void => {
      percents.set(unit, state.percent);
      onPercent([...percents].reduce((sum, [one, percent]) => sum + one.bytes * percent, 0) / total);
    };
    const importing = lanes.queue.run(target.at, input, onState, lanes.stop);
    const counting = lanes.counting(() => expectedOf(run, target, unit, signal));
    await settleAll<unknown>([importing, counting], lanes.stop);
    const [state, expected] = [await importing, await counting];
    if (!unit.isL0) assertRows(target.at, `the import of partition ${unit.partition}`, expected, state.rows);
    return { expected, state };
  };
  const data = await settleAll(units.data.map(importUnit), lanes.stop);
  // Deletes after all data of the collection: they must find the rows.
  await settleAll(units.l0.map(importUnit), lanes.stop);
  const imported = data.reduce((sum, one) => sum + one.state.rows, 0);
  // An existing target may be in use: rows of others come and go there.
  if (!run.request.skipCreateCollection) {
    const parts = data.map((one) => one.expected);
    const expected = expectCollection(parts, units.l0.length > 0);
    assertRows(
      target.at,
      'the restored collection',
      expected,
      await run.milvus.rowCount(target.at, { signal }),
    );
  }
  run.logger.info(
    { ...target.at, rows: imported, imports: data.length + units.l0.length },
    'collection restored and proven',
  );
  return imported;
}

/**
 * Deletes inside the unit are counted from its own files; a form of them that is not known widens the proof, and says so.
 * @throws BackupError `VERIFY_FAILED` when one of the files is damaged
 */
async function expectedOf(
  run: RestoreRun,
  target: RestoreTarget,
  unit: ImportUnit,
  signal: AbortSignal,
): Promise<ExpectedRows> {
  if (unit.isL0) return { min: 0, max: 0 };
  if (!unit.logs.some((log) => log.kind === 'delta')) return expectRows(unit, { rows: 0, exact: true });
  const pkField = target.source.schema.fields.find((field) => field.is_primary_key)?.fieldID ?? 0n;
  const { driver } = run.source;
  const deleted = await countDeletedRows({ driver, logs: unit.logs, pkField, signal });
  if (!deleted.exact) {
    run.logger.warn(
      { ...target.at, partition: unit.partition },
      'deletes of this partition cannot be counted exactly; its row count is proven within bounds',
    );
  }
  return expectRows(unit, deleted);
}

/**
 * All results. The first failure stops the others and is thrown when they have ended, so that nothing reads staged files any
 * more by then.
 */
async function settleAll<T>(work: readonly Promise<T>[], stop: (reason: unknown) => void): Promise<T[]> {
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    stop(error);
  };
  await Promise.all(work.map((one) => one.then(() => {}, fail)));
  if (failure) throw failure.error;
  return await Promise.all(work);
}
