import { noFiles, planBundlePlace } from '../backup/snapshot/place.js';
import { joinSignals, toBackupError } from '../errors/index.js';
import { backupPrefix, checkExistingBackupName, metaKey } from '../layout/index.js';
import { type BackupExtras, noExtras, readExtras } from '../meta/extras.js';
import { readBackupMeta, requireKnownFormat } from '../meta/index.js';
import type { BackupMeta } from '../meta/types.js';
import type { SnapshotPlace } from '../milvus/gateway-snapshots.js';
import type { RestoreRequest } from '../requests.js';
import { assertSomethingChosen } from '../restore/chosen.js';
import { fingerprintOf } from '../restore/find-resumable.js';
import { planTargets } from '../restore/plan-targets.js';
import { restoreBackup } from '../restore/restore-backup.js';
import { RestoreJournal, readTargetStates } from '../restore/restore-journal.js';
import { checkSnapshotRequest } from '../restore/snapshot/check-request.js';
import type { TargetReservations } from '../restore/target-reservations.js';
import type { RunHandle } from '../service-types.js';
import { assertBucket, rootOf } from '../stores.js';
import { restoreKey, runKey } from '../task/record-keys.js';
import { RecordWriter } from '../task/record-writer.js';
import type { RunContext } from '../task/runs.js';
import type { RunOptions, TaskView } from '../task/types.js';
import { seesSameBucket } from '../transfer/same-backend.js';
import { createTransfer, type Store } from '../transfer/transfer.js';
import { assertNotDeleted, chooseRun, takeRecord, taskExists } from './restore-records.js';
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
  requireKnownFormat(meta);
  const plan = planTargets(meta, request);
  assertSomethingChosen(meta, request, plan);
  if (meta.format === 'snapshot') checkSnapshotRequest(request, plan);
  const loads = !request.compat && !request.skipLoad;
  const extras = loads
    ? await readExtras(source.driver, rootOf(source), request.name, { signal: options.signal })
    : noExtras;
  const target = await stores.milvus();
  await assertBucket(target, options.signal);
  const folder = backupPrefix(rootOf(source), request.name);
  const bundle =
    meta.format === 'snapshot'
      ? await planBundlePlace(target.section, source.section, folder, deps.readText ?? noFiles)
      : undefined;
  const place = { driver: source.driver, root: rootOf(source), name: request.name };
  const fingerprint = fingerprintOf(
    request,
    meta.id,
    `${deps.config.value.milvus.grpc.address}:${deps.config.value.milvus.grpc.port}`,
  );
  const { id, resumed } = await chooseRun(deps, request, place, fingerprint, options.signal);
  const running = runs.find('restore', { id });
  if (running && running.endedAt === 0) throw taskExists(id);
  const names = plan.targets.map((one) => one.at);
  const release = parts.reservations.take(id, names);
  const run = runs.start({ id, kind: 'restore', backupName: request.name, options }, (context) =>
    restore(parts, request, { id, resumed, fingerprint, meta, extras, source, target, bundle }, context),
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
  readonly bundle: SnapshotPlace | undefined;
}

async function restore(
  { deps, milvus }: CreateParts,
  request: RestoreRequest,
  { id, resumed, fingerprint, meta, extras, source, target, bundle }: Ends,
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
      bundle,
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
