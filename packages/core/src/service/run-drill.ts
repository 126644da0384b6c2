import { noteDrill } from '../drill/history.js';
import { chooseSample, namesOf, planDrill } from '../drill/plan-drill.js';
import {
  drillRunKey,
  dropScratch,
  dropUnused,
  forgetRestore,
  forgetScratch,
  makeScratchName,
  noteScratch,
  sweepScratch,
} from '../drill/scratch.js';
import type { DrillReport, DrillRequest } from '../drill/types.js';
import { BackupError, joinSignals, toBackupError } from '../errors/index.js';
import type { BackupMeta } from '../meta/types.js';
import { rootOf } from '../stores.js';
import { claim } from '../task/claim.js';
import { RecordWriter } from '../task/record-writer.js';
import type { RunContext } from '../task/runs.js';
import type { Store } from '../transfer/transfer.js';
import { type RestoreParts, startRestore } from './start-restore.js';

/** What is known of a drill before it begins. */
export interface DrillOf {
  readonly id: string;
  readonly meta: BackupMeta;
  readonly source: Store;
}

/**
 * Restores into a scratch database, compares, drops it, and notes the outcome beside the backup. One drill of a backup at a time: its
 * scratch database is noted in one place.
 * @throws BackupError of the restore or the comparison, noted by then
 */
export async function runDrill(
  parts: RestoreParts,
  request: DrillRequest,
  drill: DrillOf,
  { tracker, signal: asked }: RunContext,
): Promise<DrillReport> {
  const { identity, logger } = parts.deps;
  const { driver } = drill.source;
  const root = rootOf(drill.source);
  const key = drillRunKey(root, request.name);
  await claim(driver, key, tracker.view(), identity, asked);
  const record = new RecordWriter({
    driver,
    key,
    identity,
    view: () => tracker.view(),
    claimed: true,
    onError: (error) =>
      logger.warn({ reason: toBackupError(error).message }, 'the state of the drill could not be saved'),
  });
  try {
    return await drillOnce(parts, request, drill, { tracker, signal: joinSignals(asked, record.lost) });
  } finally {
    await record.remove();
  }
}

async function drillOnce(
  parts: RestoreParts,
  request: DrillRequest,
  { id, meta, source }: DrillOf,
  { tracker, signal }: RunContext,
): Promise<DrillReport> {
  const { deps } = parts;
  const { identity } = deps;
  const { driver } = source;
  const root = rootOf(source);
  const { name } = request;
  const milvus = parts.milvus();
  const { address, port } = deps.config.value.milvus.grpc;
  const place = `${address}:${port}`;
  const logger = deps.logger.child({ run: id, backup: name });
  tracker.step('looking for what interrupted drills have left');
  const bucket = (await parts.stores.milvus()).driver;
  const { into } = request;
  await sweepScratch({
    driver,
    root,
    milvus,
    address: place,
    bucket,
    identity,
    held: name,
    into,
    logger,
    signal,
  });
  const database = into || makeScratchName(identity.now());
  if ((await milvus.listDatabases({ signal })).includes(database)) throw taken(database);
  const { version } = await milvus.serverInfo({ signal });
  const chosen = chooseSample(meta.collection_backups, request.sample, request.seed ?? id);
  const base = {
    id,
    collections: chosen.length,
    collectionsTotal: meta.collection_backups.length,
    milvusVersion: version,
  };
  const restoreId = `drill-${id}`;
  await noteScratch(driver, root, name, { database, milvus: place, restore: restoreId });
  let made = false;
  let rows = 0;
  try {
    await milvus.createDatabase(database, { signal });
    made = true;
    if (chosen.length > 0) {
      const restore = await startRestore(
        parts,
        {
          id: restoreId,
          name,
          ...planDrill(chosen, database),
          prove: 'full',
          skipProperties: true,
          skipAliases: true,
          skipLoad: true,
          resume: false,
        },
        {
          signal,
          onProgress: ({ progress }) => tracker.step(progress.step, Math.min(99, progress.percent)),
        },
      );
      const view = await restore.done();
      rows = view.collections.reduce((sum, one) => sum + one.rows, 0);
    }
  } catch (cause) {
    const error = toBackupError(cause);
    // One that was stopped says nothing of the backup.
    if (error.code !== 'CANCELLED') {
      await noteDrill(driver, root, name, {
        ...base,
        rows,
        at: identity.now(),
        proven: false,
        error: error.message,
      });
    }
    throw error;
  } finally {
    tracker.step('dropping the scratch database');
    if (!made) await dropUnused(milvus, database);
    else if (!request.keep) await dropScratch(milvus, database);
    await forgetScratch(driver, root, name);
    await forgetRestore(driver, root, name, restoreId);
  }
  const result = { ...base, rows, at: identity.now(), proven: true, error: '' };
  await noteDrill(driver, root, name, result);
  logger.info({ database, collections: chosen.length, rows }, 'the backup was restored and proven');
  return { ...result, name, database, kept: request.keep === true, compared: namesOf(chosen) };
}

function taken(database: string): BackupError {
  return new BackupError({
    code: 'TARGET_EXISTS',
    message: `database ${database} is there: a drill makes a database of its own, and drops it`,
    remedy: 'give a name that is free, or leave --into out',
    details: { database },
  });
}
