import { BackupError, isBackupError, toBackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionName } from '../filter/types.js';
import type { BackupMeta, CollectionMeta } from '../meta/types.js';
import type { FlushTicket } from '../milvus/gateway.js';
import type { CreateRequest } from '../requests.js';
import { runAll } from '../transfer/run-all.js';
import { backupCollection, type CollectionResult, dropped, giveUp, isGone } from './backup-collection.js';
import type { BackupRun } from './backup-run.js';
import { CollectionResults } from './collection-results.js';
import { describeCollection, describeDatabase } from './describe.js';
import { flushAll } from './flush.js';
import type { Selection } from './select-collections.js';
import { removeOtherCollections } from './target-folders.js';

/** Collections described at once: a few small calls each. */
const describedAtOnce = 16;

/**
 * Takes the backup: plan, flush, copy, verify. What it returns is not yet written: the caller commits it.
 * @throws BackupError; what was copied by then stays, unlisted
 */
export async function takeBackup(
  run: BackupRun,
  selection: Selection,
  request: CreateRequest,
): Promise<BackupMeta> {
  const take = (): Promise<BackupMeta> => takeWithGcPaused(run, selection, request);
  return run.gcPause ? await run.gcPause.during(take) : await take();
}

async function takeWithGcPaused(
  run: BackupRun,
  selection: Selection,
  request: CreateRequest,
): Promise<BackupMeta> {
  const { milvus, tracker, signal } = run;
  const { version, features } = await milvus.serverInfo({ signal });
  if (run.strategy === 'bulk_flush' && !features.bulkFlush) throw noBulkFlush(version);
  tracker.add({ collectionsTotal: selection.collections.length });
  const databases = [];
  for (const name of selection.databases) databases.push(await describeDatabase(milvus, name, signal));
  tracker.step(`describing ${selection.collections.length} collections`, 5);
  const results = new CollectionResults(run, selection.collections);
  const described = await describeAll(run, results);
  // Before the copy: a server without this call must not let the user wait for it.
  const rbac = request.rbac ? await milvus.backupRbac({ signal }) : null;
  await backupData(run, results, described);
  const collections = results.done();
  if (run.resumed || collections.length < selection.collections.length) {
    await removeOtherCollections(run, collections);
  }
  tracker.step('saving the metadata');
  return {
    id: run.id,
    state_code: 0,
    name: run.name,
    backup_timestamp: 0n,
    collection_backups: collections,
    size: collections.reduce((sum, one) => sum + one.size, 0),
    milvus_version: version,
    rbac_meta: rbac,
    rpc_channel_info: null,
    database_backups: databases,
    flush_all_msgs_base64: {},
    control_channel_name: '',
    physical_channel_names: [],
    format: '',
  };
}

async function describeAll(run: BackupRun, results: CollectionResults): Promise<Map<string, CollectionMeta>> {
  const described = new Map<string, CollectionMeta>();
  await runAll(
    results.pending(),
    describedAtOnce,
    async (at, signal) => {
      try {
        described.set(nameKey(at), await describeCollection(run.milvus, at, run.id, signal));
      } catch (cause) {
        results.end(at, outcomeOf(run, at, cause, signal));
      }
    },
    run.signal,
  );
  return described;
}

async function backupData(
  run: BackupRun,
  results: CollectionResults,
  described: ReadonlyMap<string, CollectionMeta>,
): Promise<void> {
  if (run.strategy === 'meta_only') {
    for (const at of results.pending()) {
      const collection = described.get(nameKey(at));
      if (collection) results.end(at, { outcome: 'done', collection });
    }
    return;
  }
  const tickets = await flushPresent(run, results);
  const pending = results.pending();
  run.tracker.step(`copying ${pending.length} collections`);
  let sum = 0;
  await runAll(
    pending,
    run.config.backup.concurrency.collections,
    async (at, signal) => {
      const collection = described.get(nameKey(at));
      if (!collection) return;
      let own = 0;
      const raise = (percent: number): void => {
        sum += percent - own;
        own = percent;
        // The last percent is the commit's.
        run.tracker.percent(Math.min(99, 5 + (0.95 * sum) / pending.length));
      };
      const onPercent = (percent: number): void => {
        results.percent(at, percent);
        raise(percent);
      };
      results.begin(at);
      const ticket = tickets.get(nameKey(at));
      let result: CollectionResult;
      try {
        result = await backupCollection(run, at, collection, ticket, onPercent, signal);
      } catch (cause) {
        result = outcomeOf(run, at, cause, signal);
      }
      results.end(at, result);
      raise(100);
    },
    run.signal,
  );
}

/** Flushes what is pending. A call for many collections fails for one that is gone: it is taken out, and the call made again. */
async function flushPresent(
  run: BackupRun,
  results: CollectionResults,
): Promise<ReadonlyMap<string, FlushTicket>> {
  const { milvus, logger, signal } = run;
  for (;;) {
    const pending = results.pending();
    if (run.strategy === 'skip_flush' || pending.length === 0) return new Map();
    run.tracker.step(`flushing ${pending.length} collections`);
    try {
      return await flushAll(milvus, pending, logger, signal);
    } catch (error) {
      if (!isBackupError(error) || !isGone(error)) throw error;
      await runAll(
        pending,
        describedAtOnce,
        async (at, inner) => {
          if (await milvus.hasCollection(at, { signal: inner })) return;
          results.end(at, outcomeOf(run, at, error, inner));
        },
        signal,
      );
      // Nothing was taken out: the next call would fail alike.
      if (results.pending().length === pending.length) throw error;
    }
  }
}

/** @throws BackupError when the run is to end with it */
function outcomeOf(
  run: BackupRun,
  at: CollectionName,
  cause: unknown,
  signal: AbortSignal,
): CollectionResult {
  const error = toBackupError(cause);
  return isGone(error)
    ? giveUp(run, dropped(at, error), 'gone', signal)
    : giveUp(run, error, 'failed', signal);
}

function noBulkFlush(version: string): BackupError {
  return new BackupError({
    code: 'MILVUS_UNSUPPORTED',
    message: `strategy bulk_flush needs Milvus 2.6.11 or newer, this one is ${version}`,
    remedy: 'leave the strategy out; one Flush call takes many collections anyway',
  });
}
