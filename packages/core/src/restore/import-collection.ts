import { countDeletedRows } from '../binlog/index.js';
import { groupBy } from '../group-by.js';
import type { ImportState } from '../milvus/gateway.js';
import { importPath } from '../stores.js';
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
  const jobs = new JobNotes(run.journal, begun);
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
    const importing = lanes.queue.run(target.at, input, {
      job: begun.jobs[unitKey(unit)],
      onStart: (job) => jobs.note(unitKey(unit), job),
      onState,
      onFailure: lanes.stop,
      signal,
    });
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
    const partitions = groupBy(
      units.data.map((unit, at) => ({ name: unit.partition, expected: parts[at] ?? { min: 0, max: 0 } })),
      (one) => one.name,
    );
    // The count of the whole is that of the only one.
    for (const [name, own] of partitions.size > 1 ? partitions : []) {
      const want = expectCollection(
        own.map((one) => one.expected),
        units.l0.length > 0,
      );
      const got = await run.milvus.partitionRowCount(target.at, name, { signal });
      assertRows(target.at, `its partition ${name}`, want, got);
    }
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
