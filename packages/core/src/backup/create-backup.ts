import { BackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { BackupMeta, CollectionMeta } from '../meta/types.js';
import type { FlushTicket } from '../milvus/gateway.js';
import type { CreateRequest } from '../requests.js';
import { runAll } from '../transfer/run-all.js';
import type { BackupRun } from './backup-run.js';
import { backupCollectionData } from './collection-data.js';
import { describeCollection, describeDatabase } from './describe.js';
import { flushAll } from './flush.js';
import type { Selection } from './select-collections.js';

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
  const described = await describeAll(run, selection);
  // Before the copy: a server without this call must not let the user wait for it.
  const rbac = request.rbac ? await milvus.backupRbac({ signal }) : null;
  const collections = await backupData(run, selection, described);
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

async function describeAll(run: BackupRun, selection: Selection): Promise<Map<string, CollectionMeta>> {
  const described = new Map<string, CollectionMeta>();
  await runAll(
    selection.collections,
    describedAtOnce,
    async (at, signal) => {
      described.set(nameKey(at), await describeCollection(run.milvus, at, run.id, signal));
    },
    run.signal,
  );
  return described;
}

async function backupData(
  run: BackupRun,
  selection: Selection,
  described: ReadonlyMap<string, CollectionMeta>,
): Promise<CollectionMeta[]> {
  if (run.strategy === 'meta_only') return inOrder(selection, described);
  let tickets: ReadonlyMap<string, FlushTicket> = new Map();
  if (run.strategy !== 'skip_flush' && selection.collections.length > 0) {
    run.tracker.step(`flushing ${selection.collections.length} collections`);
    tickets = await flushAll(run.milvus, selection.collections, run.logger, run.signal);
  }
  run.tracker.step(`copying ${selection.collections.length} collections`);
  let sum = 0;
  const done = new Map<string, CollectionMeta>();
  await runAll(
    described,
    run.config.backup.concurrency.collections,
    async ([name, collection], signal) => {
      let own = 0;
      const onPercent = (percent: number): void => {
        sum += percent - own;
        own = percent;
        // The last percent is the commit's.
        run.tracker.percent(Math.min(99, 5 + (0.95 * sum) / described.size));
      };
      done.set(name, await backupCollectionData(run, collection, tickets.get(name), onPercent, signal));
      onPercent(100);
      run.tracker.add({ collectionsDone: 1 });
    },
    run.signal,
  );
  return inOrder(selection, done);
}

function inOrder(selection: Selection, by: ReadonlyMap<string, CollectionMeta>): CollectionMeta[] {
  return selection.collections.flatMap((at) => by.get(nameKey(at)) ?? []);
}

function noBulkFlush(version: string): BackupError {
  return new BackupError({
    code: 'MILVUS_UNSUPPORTED',
    message: `strategy bulk_flush needs Milvus 2.6.11 or newer, this one is ${version}`,
    remedy: 'leave the strategy out; one Flush call takes many collections anyway',
  });
}
