import { defaultDatabase } from '../../filter/index.js';
import { stagingPrefix } from '../../layout/index.js';
import type { CollectionMeta } from '../../meta/types.js';
import { loadWire } from '../../milvus/wire.js';
import { importPath } from '../../stores.js';
import { runAll } from '../../transfer/run-all.js';
import { listBackupLogs, sortLogs } from '../backup-logs.js';
import { type ImportPlan, type ImportUnit, planImports } from '../import-units.js';
import { sourceName } from '../plan-targets.js';
import { removeStaged } from '../staging.js';
import { checkBackup } from './check-backup.js';
import { checkCollections, checkVersion, readCheckpoints } from './check-target.js';
import { readFlushPoints } from './flush-points.js';
import type { UnitFacts } from './import-messages.js';
import { type CollectionImports, planSecondary, type SecondaryPlan, type Wave } from './plan-secondary.js';
import { SecondaryProgress } from './progress.js';
import { Replication } from './replication.js';
import { runBatch } from './run-batch.js';
import type { SecondaryRun } from './secondary-run.js';

const listedAtOnce = 4;
/** `dataCoord.import.maxImportJobNum` of a server that nobody has configured. */
const mostJobs = 1024;

/**
 * Restores a backup into the secondary of a replication, by messages as the primary would have sent them, and up to the point in the
 * primary's log at which the replication goes on. Nothing is sent before backup and target have been looked at.
 * @throws BackupError; what was sent by then stays, and the same command goes on from there
 */
export async function restoreSecondary(run: SecondaryRun): Promise<void> {
  const { meta, tracker, milvus, signal, begun } = run;
  tracker.step('checking the backup and the target', 1);
  checkBackup(meta);
  await checkVersion(run);
  const codec = loadWire();
  const flushes = readFlushPoints(meta, codec);
  const databases = begun?.databases ?? (await milvus.listDatabases({ signal }));
  if (begun === null) {
    await readCheckpoints(run, flushes, 0n);
    await checkCollections(run, databases);
  }
  tracker.step('checking the files of the backup');
  const imports = await planAllImports(run);
  const base = begun?.base ?? run.now();
  const plan = planSecondary({
    meta,
    extras: run.extras,
    codec,
    databases: new Set(databases),
    imports,
    flushes,
    pathOf: (key) => importPath(run.target, key),
    mostJobs: Math.min(run.config.restore.concurrency.importJobs, mostJobs),
    base,
  });
  const applied = begun === null ? noTicks : await readCheckpoints(run, flushes, plan.lastTick);
  if (begun === null) await run.note({ version: 1, base, databases: [...databases] });
  else run.logger.info({}, 'going on with a restore that was interrupted');
  const { request, logger } = run;
  const replication = new Replication({ milvus, clusters: request, flushes, applied, logger, signal });
  try {
    await send(run, plan, replication);
  } finally {
    replication.close();
  }
}

const noTicks: ReadonlyMap<string, bigint> = new Map();

async function send(run: SecondaryRun, plan: SecondaryPlan, replication: Replication): Promise<void> {
  const { tracker } = run;
  const progress = new SecondaryProgress(run);
  tracker.step('making databases, collections and indexes');
  for (const part of plan.structure) await replication.broadcast(part);
  tracker.step(`restoring ${run.meta.collection_backups.length} collections`);
  for (const wave of plan.waves) {
    try {
      await runWave(run, wave, replication, progress);
      progress.end(wave.collections);
    } catch (error) {
      progress.fail(wave.collections, error);
      throw error;
    }
  }
  if (plan.rbac) await replication.broadcast([plan.rbac]);
  tracker.step('handing over to the replication');
  await replication.forward(plan.flushes);
  run.logger.info({ collections: run.meta.collection_backups.length }, 'the secondary is as the backup');
}

async function runWave(
  run: SecondaryRun,
  wave: Wave,
  replication: Replication,
  progress: SecondaryProgress,
): Promise<void> {
  const { signal, transfer, config, target, logger } = run;
  progress.begin(wave);
  // Data that is visible already needs no files any more.
  const done = wave.batches.every((batch) => batch.commits.every((commit) => replication.has(commit)));
  const staged = run.inPlace || done ? [] : wave.collections;
  try {
    for (const collection of staged) {
      const { data, l0 } = await planUnits(run, collection);
      await transfer.copyAll(
        [...data, ...l0].flatMap((unit) => unit.staging),
        { signal },
      );
    }
    for (const batch of wave.batches) {
      await runBatch(run, replication, batch, (step, percent) => progress.step(step, percent));
    }
  } finally {
    if (!config.restore.keepTempFiles) {
      for (const collection of staged) {
        await removeStaged(target.driver, stagingOf(run, collection), logger);
      }
    }
  }
  await replication.broadcast(wave.loads);
}

/** @throws BackupError `VERIFY_FAILED` for a backup that is short of what its metadata says */
async function planAllImports(run: SecondaryRun): Promise<CollectionImports[]> {
  const planned = new Map<CollectionMeta, CollectionImports>();
  await runAll(
    run.meta.collection_backups,
    listedAtOnce,
    async (collection) => {
      const { data, l0 } = await planUnits(run, collection);
      planned.set(collection, { collection, data: data.map(factsOf), l0: l0.map(factsOf) });
    },
    run.signal,
  );
  return run.meta.collection_backups.flatMap((collection) => planned.get(collection) ?? []);
}

async function planUnits(run: SecondaryRun, collection: CollectionMeta): Promise<ImportPlan> {
  const { source, sourceRoot, request, config, signal } = run;
  const { driver } = source;
  const id = collection.collection_id;
  const listed = await listBackupLogs(driver, sourceRoot, request.name, id, signal);
  return planImports({
    collection,
    logs: sortLogs(collection, listed),
    root: sourceRoot,
    name: request.name,
    stagingBase: stagingOf(run, collection),
    inPlace: run.inPlace,
    readsTree: false,
    mayMerge: false,
    maxSegments: config.restore.maxSegmentsPerImportJob,
    maxBytes: Number.MAX_SAFE_INTEGER,
    jobs: { manyL0: true },
  });
}

function stagingOf(run: SecondaryRun, collection: CollectionMeta): string {
  return stagingPrefix(run.id, collection.db_name || defaultDatabase, sourceName(collection).collection);
}

/** Without the logs and copies, of which there may be millions. */
function factsOf({
  partition,
  folders,
  isL0,
  storageVersion,
  channel,
  bytes,
  segments,
}: ImportUnit): UnitFacts {
  const rows = segments.reduce((sum, one) => sum + one.num_of_rows, 0);
  return { partition, folders, isL0, storageVersion, channel, bytes, rows };
}
