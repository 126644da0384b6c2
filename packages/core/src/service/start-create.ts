import type { BackupRun } from '../backup/backup-run.js';
import { assertNameFree, claimName } from '../backup/claim-name.js';
import { takeBackup } from '../backup/create-backup.js';
import type { GcPause } from '../backup/gc-pause.js';
import { selectCollections } from '../backup/select-collections.js';
import { BackupError, joinSignals, toBackupError } from '../errors/index.js';
import { checkBackupName, makeBackupName } from '../layout/index.js';
import { writeBackupMeta } from '../meta/index.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import type { CreateRequest } from '../requests.js';
import type { RunHandle } from '../service-types.js';
import { assertBucket, ensureBucket, rootOf, type Stores } from '../stores.js';
import { runKey } from '../task/record-keys.js';
import { RecordWriter } from '../task/record-writer.js';
import type { RunContext, Runs } from '../task/runs.js';
import type { RunOptions } from '../task/types.js';
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
 * @throws BackupError `INVALID_BACKUP_NAME`, `BACKUP_EXISTS`, `BACKUP_IN_PROGRESS`, `TASK_EXISTS`, and errors of the stores
 */
export async function startCreate(
  parts: CreateParts,
  request: CreateRequest,
  options: RunOptions,
): Promise<RunHandle> {
  const { deps, stores, runs } = parts;
  const { identity } = deps;
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
  return runs.start({ id, kind: 'create', backupName: name, options }, (context) =>
    createBackup(parts, request, { id, name, source, target }, context),
  );
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
  await ensureBucket(target, asked);
  await claimName(target.driver, targetRoot, tracker.view(), identity, asked);
  const record = new RecordWriter({
    driver: target.driver,
    key: runKey(targetRoot, name),
    identity,
    view: () => tracker.view(),
    claimed: true,
    onError: (error) =>
      logger.warn({ reason: toBackupError(error).message }, 'the state of the run could not be saved'),
  });
  const signal = joinSignals(asked, record.lost);
  const pause = request.pauseGC || config.backup.pauseGC;
  const run: BackupRun = {
    id,
    name,
    strategy: request.strategy ?? 'auto',
    milvus: milvus(),
    gcPause: pause ? gcPause(request.managementEndpoint || config.milvus.management.endpoint) : null,
    source,
    target,
    sourceRoot: rootOf(source),
    targetRoot,
    transfer: createTransfer(source, target, config.transfer, logger),
    config,
    logger,
    tracker,
    signal,
  };
  try {
    const meta = await takeBackup(run, selection, request);
    // Saving the record looks whether the name is still this run's: before the metadata, and before the file that commits.
    await record.save();
    await writeBackupMeta(target.driver, targetRoot, name, meta, {
      signal,
      beforeCommit: () => record.save(),
    });
  } catch (error) {
    const { objectsTotal } = tracker.fail(toBackupError(error)).progress;
    // A run that came to no copy leaves no trace; another one's record tells what its files are.
    await (objectsTotal === 0 ? record.remove() : record.end());
    throw error;
  }
  await record.remove();
  logger.info({ bytes: tracker.view().progress.bytesDone }, 'backup committed');
}

function taskExists(name: string, id: string): BackupError {
  return new BackupError({
    code: 'TASK_EXISTS',
    message: `add backup task to manager: ${name} (existing task ${id})`,
    remedy: 'wait for that run to end, or choose another name',
    details: { name, run: id },
  });
}
