import { countDeletedRows } from '../binlog/index.js';
import { isBackupError } from '../errors/index.js';
import type { CollectionName } from '../filter/types.js';
import { groupBy } from '../group-by.js';
import type { ImportState } from '../milvus/gateway.js';
import { importPath } from '../stores.js';
import type { ImportCall } from './check-versions.js';
import type { AnyImport } from './import-queue.js';
import type { ImportSettings } from './import-settings.js';
import { type ImportPlan, type ImportUnit, unitKey } from './import-units.js';
import { JobNotes } from './job-notes.js';
import type { RestoreTarget } from './plan-targets.js';
import { assertRows, type ExpectedRows, expectCollection, expectRows } from './proof.js';
import type { OnPercent, RestoreLanes } from './restore-collection.js';
import type { TargetState } from './restore-journal.js';
import type { RestoreRun } from './restore-run.js';

/**
 * Imports what was staged and proves the rows; imports that an earlier try has started are watched.
 * @returns rows imported
 */
export async function importAndProve(
  run: RestoreRun,
  target: RestoreTarget,
  units: ImportPlan,
  begun: TargetState,
  lanes: RestoreLanes,
  onPercent: OnPercent,
): Promise<number> {
  const { signal } = lanes;
  const settings = lanes.settings.get(target.source) ?? noSettings;
  const jobs = new JobNotes(run.journal, begun);
  const total = Math.max(
    1,
    [...units.data, ...units.l0].reduce((sum, unit) => sum + unit.bytes, 0),
  );
  const percents = new Map<ImportUnit, number>();
  const importUnit = async (unit: ImportUnit): Promise<Imported> => {
    const input = inputOf(run, unit, lanes.importCall, settings);
    const onState = (state: ImportState): void => {
      percents.set(unit, state.percent);
      onPercent([...percents].reduce((sum, [one, percent]) => sum + one.bytes * percent, 0) / total);
    };
    const importing = lanes.queue.run(target.at, input, {
      job: begun.jobs[unitKey(unit)],
      onStart: (job) => jobs.note(unitKey(unit), job),
      onState,
      mayBeLost: !run.request.skipCreateCollection,
      onFailure: lanes.stop,
      signal,
    });
    const truncated = settings.endTimestamps.size > 0;
    const counting = lanes.counting(() => expectedOf(run, target, unit, truncated, signal));
    await settleAll<unknown>([importing, counting], lanes.stop);
    const [state, expected] = [await importing, await counting];
    if (!unit.isL0 && state.rows !== null)
      assertRows(target.at, `the import of partition ${unit.partition}`, expected, state.rows);
    return { unit, expected, rows: state.rows ?? expected.max };
  };
  const data = await settleAll(units.data.map(importUnit), lanes.stop);
  // An existing target may be in use: rows of others come and go there.
  if (!run.request.skipCreateCollection) {
    const hasL0 = units.l0.some((unit) => begun.jobs[unitKey(unit)] !== undefined);
    await proveCounts(run, target, data, hasL0, signal);
  }
  // Deletes after all data of the collection: they must find the rows.
  await settleAll(units.l0.map(importUnit), lanes.stop);
  const imported = data.reduce((sum, one) => sum + one.rows, 0);
  run.logger.info(
    { ...target.at, rows: imported, imports: data.length + units.l0.length },
    'collection restored and proven',
  );
  return imported;
}

interface Imported {
  readonly unit: ImportUnit;
  readonly expected: ExpectedRows;
  readonly rows: number;
}

const noSettings: ImportSettings = { ezk: '', endTimestamps: new Map() };

function inputOf(
  run: RestoreRun,
  unit: ImportUnit,
  call: ImportCall,
  { ezk, endTimestamps }: ImportSettings,
): AnyImport {
  const options = {
    partition: unit.partition,
    isL0: unit.isL0,
    storageVersion: unit.storageVersion,
    ezk,
    endTimestamp: endTimestamps.get(unit.channel),
  };
  const folders = unit.folders.map((paths) => paths.map((key) => importPath(run.target, key)));
  return call === 'rest' ? { ...options, folders } : { ...options, files: folders[0] ?? [] };
}

/**
 * Compares the server's own counts with the backup while no L0 deletes are imported: afterwards it may take their rows out at any
 * time, and each import was proven by itself.
 * @param hasL0 whether an interrupted try has imported some already
 */
async function proveCounts(
  run: RestoreRun,
  { at }: RestoreTarget,
  data: readonly Imported[],
  hasL0: boolean,
  signal: AbortSignal,
): Promise<void> {
  const expect = (some: readonly Imported[]): ExpectedRows =>
    expectCollection(
      some.map((one) => one.expected),
      hasL0,
    );
  const rows = await unlessUnknown(run, at, () => run.milvus.rowCount(at, { signal }));
  if (rows === null) return;
  assertRows(at, 'the restored collection', expect(data), rows);
  const partitions = groupBy(data, (one) => one.unit.partition);
  // The count of the whole is that of the only one.
  for (const [name, own] of partitions.size > 1 ? partitions : []) {
    const got = await unlessUnknown(run, at, () => run.milvus.partitionRowCount(at, name, { signal }));
    if (got !== null) assertRows(at, `its partition ${name}`, expect(own), got);
  }
}

/** The Go tool asks for no counts: a server without the call is one that it can restore into, too. */
async function unlessUnknown(
  run: RestoreRun,
  at: CollectionName,
  ask: () => Promise<number>,
): Promise<number | null> {
  try {
    return await ask();
  } catch (error) {
    if (!isBackupError(error) || error.code !== 'MILVUS_UNSUPPORTED') throw error;
    run.logger.info(
      { ...at, reason: error.message },
      'Milvus does not count rows: its imports alone tell them',
    );
    return null;
  }
}

/**
 * Deletes inside the unit are counted from its own files; a form of them that is not known widens the proof, and says so.
 * @throws BackupError `VERIFY_FAILED` when one of the files is damaged
 */
async function expectedOf(
  run: RestoreRun,
  target: RestoreTarget,
  unit: ImportUnit,
  truncated: boolean,
  signal: AbortSignal,
): Promise<ExpectedRows> {
  if (unit.isL0) return { min: 0, max: 0 };
  // How many rows came after the checkpoint is in the data alone.
  if (truncated) return { ...expectRows(unit, { rows: 0, exact: true }), min: 0 };
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
