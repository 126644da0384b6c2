import { counted } from '../counted.js';
import { BackupError, throwIfAborted, toBackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionName } from '../filter/types.js';
import type { SchemaExtras } from '../meta/extras.js';
import type { BackupMeta, RpcChannelMeta } from '../meta/types.js';
import type { FlushTicket } from '../milvus/gateway.js';
import type { FlushAllTicket } from '../milvus/gateway-backup.js';
import type { CreateRequest } from '../requests.js';
import { runAll } from '../transfer/run-all.js';
import { backupCollection, type CollectionResult, dropped, giveUp, isGone } from './backup-collection.js';
import type { BackupRun } from './backup-run.js';
import { CollectionResults } from './collection-results.js';
import { describeCollection, describeDatabase, type Structure } from './describe.js';
import { completeFromEtcd } from './etcd-facts.js';
import { flushAll } from './flush.js';
import { flushPresent } from './flush-present.js';
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
): Promise<TakenBackup> {
  const take = (): Promise<TakenBackup> => takeWithGcPaused(run, selection, request);
  return run.gc ? await run.gc.during(take) : await take();
}

/** What is to be committed. */
export interface TakenBackup {
  readonly meta: BackupMeta;
  readonly schemas: readonly SchemaExtras[];
}

async function takeWithGcPaused(
  run: BackupRun,
  selection: Selection,
  request: CreateRequest,
): Promise<TakenBackup> {
  const { milvus, tracker, signal } = run;
  const { version, features } = await milvus.serverInfo({ signal });
  if (run.strategy === 'bulk_flush' && !features.bulkFlush) throw noBulkFlush(version);
  tracker.add({ collectionsTotal: selection.collections.length });
  const databases = [];
  for (const name of selection.databases) databases.push(await describeDatabase(run, name, signal));
  tracker.step(`describing ${counted(selection.collections.length, 'collection')}`, 5);
  const results = new CollectionResults(run, selection.collections);
  const described = await describeAll(run, results);
  // Before the copy: a server without this call must not let the user wait for it.
  const rbac = request.rbac ? await milvus.backupRbac({ signal }) : null;
  const flushed = await backupData(run, results, described);
  const { collections, schemas } = results.done();
  if (!run.snapshots && (run.resumed || collections.length < selection.collections.length)) {
    await removeOtherCollections(run, collections);
  }
  const position = features.replicateMessage ? await replicationPosition(run) : null;
  tracker.step('saving the metadata');
  const meta: BackupMeta = {
    id: run.id,
    state_code: 0,
    name: run.name,
    backup_timestamp: 0n,
    collection_backups: collections,
    // As the Go tool: what Milvus writes does not count.
    size: run.snapshots ? 0 : collections.reduce((sum, one) => sum + one.size, 0),
    milvus_version: version,
    rbac_meta: rbac,
    rpc_channel_info: position,
    database_backups: databases,
    flush_all_msgs_base64: flushed?.messages ?? {},
    control_channel_name: flushed?.controlChannel ?? '',
    physical_channel_names: flushed?.physicalChannels ?? [],
    format: run.snapshots ? 'snapshot' : '',
  };
  return { meta, schemas };
}

/** Only a replication that goes on from this backup needs it: without it the backup is as good. */
async function replicationPosition(run: BackupRun): Promise<RpcChannelMeta | null> {
  const { milvus, signal, config, logger } = run;
  const name = config.milvus.replicate.rpcChannelName;
  try {
    return { name, position: await milvus.replicatePosition(name, { signal }) };
  } catch (error) {
    throwIfAborted(signal);
    const { code, message } = toBackupError(error);
    logger.warn({ channel: name, code, reason: message }, 'the replication position is not in the backup');
    return null;
  }
}

async function describeAll(run: BackupRun, results: CollectionResults): Promise<Map<string, Structure>> {
  const described = new Map<string, Structure>();
  await runAll(
    results.pending(),
    describedAtOnce,
    async (at, signal) => {
      try {
        const structure = await describeCollection(run.milvus, at, run.id, signal);
        if (structure.external) results.leaveOut(at);
        else described.set(nameKey(at), await completeFromEtcd(run, structure, signal));
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
  described: Map<string, Structure>,
): Promise<FlushAllTicket | null> {
  if (run.strategy === 'meta_only') {
    for (const at of results.pending()) {
      const structure = described.get(nameKey(at));
      if (structure) results.end(at, { outcome: 'done', ...structure });
    }
    return null;
  }
  const { tickets, flushed } = await flushPresent(run, results, described);
  if (run.snapshots && flushed) {
    const times = [flushed.timestamp, ...Object.values(flushed.timestamps)];
    run.snapshots.flushedAt = times.reduce((latest, one) => (one > latest ? one : latest), 0n);
  }
  const pending = results.pending();
  run.tracker.step(`${run.snapshots ? 'exporting' : 'copying'} ${counted(pending.length, 'collection')}`);
  let sum = 0;
  await runAll(
    pending,
    run.config.backup.concurrency.collections,
    async (at, signal) => {
      const structure = described.get(nameKey(at));
      if (!structure) return;
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
      let result: CollectionResult;
      try {
        const own = run.strategy === 'serial_flush' ? await flushOne(run, structure, signal) : tickets;
        const ticket = own.get(nameKey(at));
        result = await backupCollection(run, at, structure, ticket, onPercent, signal);
      } catch (cause) {
        result = outcomeOf(run, at, cause, signal);
      }
      results.end(at, result);
      raise(100);
    },
    run.signal,
  );
  return flushed;
}

const flushOne = (
  { milvus, logger }: BackupRun,
  { collection }: Structure,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, FlushTicket>> => flushAll(milvus, [collection], logger, signal);

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
