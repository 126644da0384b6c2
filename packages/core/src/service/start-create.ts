import type { BackupRun } from '../backup/backup-run.js';
import { assertNameFree, claimName, clearFolder, holdsMore } from '../backup/claim-name.js';
import { commitBackup } from '../backup/commit-backup.js';
import { takeBackup } from '../backup/create-backup.js';
import type { GcPause } from '../backup/gc-pause.js';
import { GcTickets } from '../backup/gc-tickets.js';
import { Journal } from '../backup/journal.js';
import { leaveWord } from '../backup/leave-word.js';
import { readLoadExtras } from '../backup/load-extras.js';
import { assertSomethingNamed, selectCollections } from '../backup/select-collections.js';
import { clearOtherFormat } from '../backup/snapshot/clear-other-format.js';
import { resolveFormat } from '../backup/snapshot/format.js';
import { addressOf, HeldSnapshots } from '../backup/snapshot/held-snapshots.js';
import { bundleFolder } from '../backup/snapshot/metadata-path.js';
import { noFiles, planBundlePlace } from '../backup/snapshot/place.js';
import { BackupError, joinSignals, toBackupError } from '../errors/index.js';
import { createEtcdReader } from '../etcd/etcd-reader.js';
import { defaultDatabase, nameKey } from '../filter/index.js';
import type { CollectionName } from '../filter/types.js';
import { backupPrefix, checkBackupName, makeBackupName } from '../layout/index.js';
import type { BackupMeta } from '../meta/types.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import type { CreateRequest } from '../requests.js';
import type { RunHandle } from '../service-types.js';
import { assertBucket, ensureBucket, rootOf, type Stores } from '../stores.js';
import { runKey } from '../task/record-keys.js';
import { RecordWriter } from '../task/record-writer.js';
import { type RunContext, type Runs, wasStopped } from '../task/runs.js';
import type { RunOptions } from '../task/types.js';
import { WriteFence } from '../task/write-fence.js';
import { createTransfer, type Store } from '../transfer/transfer.js';
import type { ServiceDeps } from './deps.js';

export interface CreateParts {
  readonly deps: ServiceDeps;
  readonly stores: Stores;
  readonly runs: Runs;
  readonly milvus: () => MilvusGateway;
  /** One for each management endpoint. */
  readonly gcPause: (endpoint: string) => GcPause;
}

/**
 * Refuses at once what can be, then goes on in the background.
 * @throws BackupError `INVALID_ARGUMENT`, `INVALID_BACKUP_NAME`, `BACKUP_EXISTS`, `BACKUP_IN_PROGRESS`, `TASK_EXISTS`, and errors
 * of the stores
 */
export async function startCreate(
  parts: CreateParts,
  request: CreateRequest,
  options: RunOptions,
): Promise<RunHandle> {
  const { deps, stores, runs } = parts;
  const { identity } = deps;
  if (!request.compat) assertSomethingNamed(request.filter);
  const name = request.name || makeBackupName(new Date(identity.now()), deps.nanoseconds());
  checkBackupName(name);
  const target = await stores.backup({ rootPath: request.rootPath });
  const source = await stores.milvus();
  await assertBucket(source, options.signal);
  if (await target.driver.bucketExists({ signal: options.signal })) {
    await assertNameFree(target.driver, rootOf(target), name, identity, options.signal);
  }
  const running = runs.find('create', { name });
  if (running && running.endedAt === 0) throw taskExists(name, running.id);
  const id = request.id || deps.makeId();
  return runs.start({ id, kind: 'create', backupName: name, options }, async (context) => {
    const { signal, tracker } = context;
    try {
      await createBackup(parts, request, { id, name, source, target }, context);
    } catch (error) {
      if (wasStopped(signal))
        await leaveWord(target, tracker.view(), toBackupError(signal.reason), identity, deps.logger);
      throw error;
    }
  });
}

interface Ends {
  readonly id: string;
  readonly name: string;
  readonly source: Store;
  readonly target: Store;
}

async function createBackup(
  { deps, milvus, gcPause }: CreateParts,
  request: CreateRequest,
  { id, name, source, target }: Ends,
  { tracker, signal: asked }: RunContext,
): Promise<void> {
  const { identity } = deps;
  const config = deps.config.value;
  const logger = deps.logger.child({ run: id, backup: name });
  const targetRoot = rootOf(target);
  tracker.step('listing databases and collections');
  // Before anything is written: a wrong name or address must leave no trace.
  const selection = await selectCollections(milvus(), request.filter, asked);
  const server = await milvus().serverInfo({ signal: asked });
  const format = resolveFormat(request.format ?? 'auto', request.strategy ?? 'auto', server);
  const bundle = `${backupPrefix(targetRoot, name)}${bundleFolder}`;
  const place =
    format === 'snapshot'
      ? await planBundlePlace(source.section, target.section, bundle, deps.readText ?? noFiles)
      : null;
  await ensureBucket(target, asked);
  const { resumed, stale } = await claimName(target.driver, targetRoot, tracker.view(), identity, {
    resume: request.resume ?? true,
    signal: asked,
  });
  if (resumed) logger.info({}, 'going on with what an earlier run of this name has copied');
  const record = new RecordWriter({
    driver: target.driver,
    key: runKey(targetRoot, name),
    identity,
    view: () => tracker.view(),
    claimed: true,
    onError: (error) =>
      logger.warn({ reason: toBackupError(error).message }, 'the state of the run could not be saved'),
  });
  const fence = new WriteFence();
  fence.hold(record, runKey(targetRoot, name));
  const fenced: Store = { ...target, driver: fence.around(target.driver) };
  const signal = joinSignals(asked, record.lost);
  const endpoint = request.managementEndpoint || config.milvus.management.endpoint;
  const management = deps.openManagement(endpoint);
  const { features } = server;
  const tickets = (): GcTickets => new GcTickets(management, logger, identity.now);
  // A snapshot keeps its files by itself.
  const pauses = format === 'binlog' && (request.pauseGC || config.backup.pauseGC);
  const journal = new Journal({
    driver: fenced.driver,
    root: targetRoot,
    name,
    run: `${identity.owner.instance}-${tracker.view().startedAt}`,
    now: identity.now,
    logger,
  });
  const folder = { driver: fenced.driver, root: targetRoot, name };
  const held = new HeldSnapshots({ ...folder, milvus: milvus(), address: addressOf(config.milvus), logger });
  const run: BackupRun = {
    id,
    name,
    strategy: request.strategy ?? 'auto',
    onMissing: request.onMissing ?? 'retry',
    keepGoing: request.keepGoing ?? false,
    resumed,
    journal,
    snapshots: place && { place, held, flushedAt: 0n },
    milvus: milvus(),
    gc: pauses ? (features.collectionGc ? tickets() : gcPause(endpoint)) : null,
    management,
    etcd: request.indexExtra ? createEtcdReader(config.milvus.etcd) : null,
    source,
    target: fenced,
    sourceRoot: rootOf(source),
    targetRoot,
    transfer: createTransfer(source, fenced, config.transfer, logger),
    config,
    logger,
    tracker,
    now: identity.now,
    signal,
  };
  try {
    if (resumed || stale) await held.dropLeft(signal);
    if (stale) await clearFolder(fenced.driver, targetRoot, name, signal);
    else if (resumed) await clearOtherFormat(folder, format, signal);
    const { meta, schemas } = await takeBackup(run, selection, request);
    const { loaded } = await readLoadExtras(run.milvus, inMemory(meta), logger, signal);
    const extras = { loaded, schemas: new Map(schemas.map((one) => [nameKey(one), one])) };
    await commitBackup(run, journal, { meta, extras }, record);
  } catch (error) {
    tracker.fail(toBackupError(error));
    // A run that left nothing leaves no record either; another one's tells what its files are.
    await ((await hasLeft(run)) ? record.end() : record.remove());
    throw error;
  } finally {
    for (const sentence of held.left) tracker.warn(sentence);
    run.etcd?.close();
  }
  await record.remove();
  logger.info({ bytes: tracker.view().progress.bytesDone }, 'backup committed');
}

/** What Milvus has more to tell of than that it is not loaded. */
function inMemory(meta: BackupMeta): CollectionName[] {
  return meta.collection_backups
    .filter((one) => one.load_state !== 'NotLoad')
    .map((one) => ({ database: one.db_name || defaultDatabase, collection: one.collection_name }));
}

/** Whether the folder holds more than the run's record; assumed of a store that does not tell. */
async function hasLeft({ target, targetRoot, name }: BackupRun): Promise<boolean> {
  try {
    return await holdsMore(target.driver, backupPrefix(targetRoot, name), runKey(targetRoot, name));
  } catch {
    return true;
  }
}

function taskExists(name: string, id: string): BackupError {
  return new BackupError({
    code: 'TASK_EXISTS',
    message: `add backup task to manager: ${name} (existing task ${id})`,
    remedy: 'wait for that run to end, or choose another name',
    details: { name, run: id },
  });
}
