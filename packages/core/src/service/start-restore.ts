import type { StorageDriver } from '../driver/driver.js';
import { BackupError, isBackupError, joinSignals, toBackupError } from '../errors/index.js';
import { checkExistingBackupName, makeRestoreId, metaKey } from '../layout/index.js';
import { type BackupExtras, noExtras, readExtras } from '../meta/extras.js';
import { readBackupMeta, requireBinlogFormat } from '../meta/index.js';
import type { BackupMeta } from '../meta/types.js';
import type { RestoreRequest } from '../requests.js';
import { assertSomethingChosen } from '../restore/chosen.js';
import { findResumable, fingerprintOf } from '../restore/find-resumable.js';
import { planTargets } from '../restore/plan-targets.js';
import { restoreBackup } from '../restore/restore-backup.js';
import { RestoreJournal, readTargetStates } from '../restore/restore-journal.js';
import type { TargetReservations } from '../restore/target-reservations.js';
import type { RunHandle } from '../service-types.js';
import { assertBucket, rootOf } from '../stores.js';
import { claim, inProgress } from '../task/claim.js';
import { restoreKey, runKey } from '../task/record-keys.js';
import { isRunning, type RunIdentity, readRecordIfPossible } from '../task/record-store.js';
import { RecordWriter } from '../task/record-writer.js';
import type { RunContext } from '../task/runs.js';
import type { RunOptions, TaskView } from '../task/types.js';
import { seesSameBucket } from '../transfer/same-backend.js';
import { createTransfer, type Store } from '../transfer/transfer.js';
import type { CreateParts } from './start-create.js';

export interface RestoreParts extends CreateParts {
  readonly reservations: TargetReservations;
}

/**
 * Refuses at once what can be, then goes on in the background.
 * @throws BackupError `INVALID_BACKUP_NAME`, `INVALID_ARGUMENT`, `BACKUP_NOT_FOUND`, `META_UNREADABLE`, `TASK_EXISTS`
 */
export async function startRestore(
  parts: RestoreParts,
  request: RestoreRequest,
  options: RunOptions,
): Promise<RunHandle> {
  const { deps, stores, runs } = parts;
  checkExistingBackupName(request.name);
  const source = await stores.backup({ bucketName: request.bucketName, rootPath: request.rootPath });
  await assertBucket(source, options.signal);
  const meta = await readBackupMeta(source.driver, rootOf(source), request.name, { signal: options.signal });
  requireBinlogFormat(meta);
  const plan = planTargets(meta, request);
  assertSomethingChosen(meta, request, plan);
  const loads = !request.compat && !request.skipLoad;
  const extras = loads
    ? await readExtras(source.driver, rootOf(source), request.name, { signal: options.signal })
    : noExtras;
  const target = await stores.milvus();
  await assertBucket(target, options.signal);
  const place = { driver: source.driver, root: rootOf(source), name: request.name };
  const fingerprint = fingerprintOf(
    request,
    meta.id,
    `${deps.config.value.milvus.grpc.address}:${deps.config.value.milvus.grpc.port}`,
  );
  const { id, resumed } = await chooseRun(parts, request, place, fingerprint, options.signal);
  const running = runs.find('restore', { id });
  if (running && running.endedAt === 0) throw taskExists(id);
  const names = plan.targets.map((one) => one.at);
  const release = parts.reservations.take(id, names);
  const run = runs.start({ id, kind: 'restore', backupName: request.name, options }, (context) =>
    restore(parts, request, { id, resumed, fingerprint, meta, extras, source, target }, context),
  );
  run.done().then(release, release);
  return run;
}

interface Ends {
  readonly id: string;
  /** Whether an earlier try has left a journal. */
  readonly resumed: boolean;
  readonly fingerprint: string;
  readonly meta: BackupMeta;
  readonly extras: BackupExtras;
  readonly source: Store;
  readonly target: Store;
}

async function restore(
  { deps, milvus }: CreateParts,
  request: RestoreRequest,
  { id, resumed, fingerprint, meta, extras, source, target }: Ends,
  { tracker, signal: asked }: RunContext,
): Promise<void> {
  const { identity } = deps;
  const config = deps.config.value;
  const logger = deps.logger.child({ run: id, backup: request.name });
  const sourceRoot = rootOf(source);
  const onError = (error: unknown): void =>
    logger.warn({ reason: toBackupError(error).message }, 'the state of the restore could not be saved');
  const anchor = metaKey(sourceRoot, request.name, 'backup_meta.json');
  const { driver } = source;
  const key = restoreKey(sourceRoot, request.name, id);
  const view = (): TaskView => tracker.view();
  // A store that may only be read holds backups, too: all that is lost is the state after a restart, and going on.
  const claimed = await takeRecord(driver, key, view(), identity, resumed, onError);
  const record = new RecordWriter({ driver, key, identity, view, claimed, anchor, onError });
  const signal = joinSignals(asked, record.lost);
  try {
    await assertNotDeleted(driver, runKey(sourceRoot, request.name), identity, signal);
    const init = { driver, root: sourceRoot, name: request.name, id, fingerprint, logger };
    const journal = new RestoreJournal(init, resumed ? await readTargetStates(init, signal) : undefined);
    await restoreBackup({
      id,
      request,
      meta,
      extras,
      milvus: milvus(),
      source,
      sourceRoot,
      target,
      transfer: createTransfer(source, target, config.transfer, logger),
      inPlace: config.transfer.mode !== 'streaming' && (await seesSameBucket(source, target, anchor, signal)),
      config,
      logger,
      journal,
      tracker,
      now: identity.now,
      signal,
    });
    tracker.succeed();
  } catch (error) {
    tracker.fail(toBackupError(error));
    throw error;
  } finally {
    await record.end();
  }
}

/** Goes on with the restore that the same command began, if it has not come to its end. */
async function chooseRun(
  { deps }: RestoreParts,
  request: RestoreRequest,
  place: { readonly driver: StorageDriver; readonly root: string; readonly name: string },
  fingerprint: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly id: string; readonly resumed: boolean }> {
  const { identity } = deps;
  if (request.id) checkRestoreId(request.id);
  const resumable = request.resume !== false && place.driver.capabilities.conditionalPut === true;
  const found = resumable ? await findResumable(place, fingerprint, identity, signal) : null;
  if (found !== null && (!request.id || request.id === found)) return { id: found, resumed: true };
  return { id: request.id || makeRestoreId(new Date(identity.now()), deps.nanoseconds()), resumed: false };
}

/**
 * Puts the record of the run. One that goes on has to have it for itself alone; another may go without.
 * @returns whether it has
 */
async function takeRecord(
  driver: StorageDriver,
  key: string,
  view: TaskView,
  identity: RunIdentity,
  resumed: boolean,
  onError: (error: unknown) => void,
): Promise<boolean> {
  try {
    await claim(driver, key, view, identity);
    return true;
  } catch (error) {
    if (resumed || (isBackupError(error) && error.code === 'BACKUP_IN_PROGRESS')) throw error;
    onError(error);
    return false;
  }
}

/** Behind the record: a delete takes the name first and looks for restores then, so that one of the two sees the other. */
async function assertNotDeleted(
  driver: StorageDriver,
  key: string,
  identity: RunIdentity,
  signal: AbortSignal,
): Promise<void> {
  const record = await readRecordIfPossible(driver, key, signal);
  if (record?.kind === 'delete' && isRunning(record, identity)) throw inProgress(record, identity.now());
}

/** The id becomes part of object keys. */
function checkRestoreId(id: string): void {
  if (/^[A-Za-z0-9_.-]{1,128}$/.test(id) && !id.includes('..')) return;
  throw new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `restore id ${JSON.stringify(id.slice(0, 200))} is not allowed`,
    remedy: 'use at most 128 letters, digits, "_", "-" and single dots, or leave the id out',
  });
}

function taskExists(id: string): BackupError {
  return new BackupError({
    code: 'TASK_EXISTS',
    message: `restore ${id} is running already`,
    remedy: 'wait for it to end, or leave the id out',
    details: { run: id },
  });
}
