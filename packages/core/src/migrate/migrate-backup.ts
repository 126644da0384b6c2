import { checkFolder } from '../copy/check-folder.js';
import { type CopyCounts, copyObjects } from '../copy/copy-objects.js';
import type { CopyEnd } from '../copy/copy-run.js';
import { commitFiles } from '../copy/folder.js';
import { BackupError, cancelled, isBackupError, joinSignals, toBackupError } from '../errors/index.js';
import { metaKey } from '../layout/index.js';
import { manifestKey } from '../manifest/index.js';
import { claim, inProgress } from '../task/claim.js';
import { migrationKey, runKey } from '../task/record-keys.js';
import { isRunning, readRecordIfPossible } from '../task/record-store.js';
import { RecordWriter } from '../task/record-writer.js';
import type { MigrateFacts } from '../task/types.js';
import { createTransfer, type Transfer } from '../transfer/transfer.js';
import { checkUpload } from './check-upload.js';
import type { MigrateRun } from './migrate-run.js';
import { openVolume } from './open-volume.js';

/**
 * Sends a backup to a volume of Zilliz Cloud, looks whether all of it is there, and has the cloud import it into a cluster. What an
 * earlier run of the same id has sent stays. The backup itself is only read; a record beside it keeps two runs apart.
 * @throws BackupError `VERIFY_FAILED` for a backup that is short, `BACKUP_IN_PROGRESS`, and those of the cloud and the stores
 */
export async function migrateBackup(run: MigrateRun, asked: AbortSignal): Promise<void> {
  const { from, clusterId, tracker, identity, logger } = run;
  const key = migrationKey(from.root, from.name, clusterId);
  await claim(from.driver, key, tracker.view(), identity, asked);
  const record = new RecordWriter({
    driver: from.driver,
    key,
    identity,
    view: () => tracker.view(),
    claimed: true,
    onError: (error) =>
      logger.warn({ reason: toBackupError(error).message }, 'the state of the migration could not be saved'),
  });
  const signal = joinSignals(asked, record.lost);
  try {
    await assertKept(run, signal);
    const facts = await upload(run, signal);
    await start(run, facts, record, signal);
    tracker.succeed();
  } catch (error) {
    tracker.fail(toBackupError(error));
    throw error;
  } finally {
    // After a failure it tells the next run where to go on.
    await record.end();
  }
}

/** Nobody deletes it meanwhile: a delete that comes later looks for the record. */
async function assertKept({ from, identity }: MigrateRun, signal: AbortSignal): Promise<void> {
  const record = await readRecordIfPossible(from.driver, runKey(from.root, from.name), signal);
  if (record?.kind === 'delete' && isRunning(record, identity)) throw inProgress(record, identity.now());
}

async function upload(run: MigrateRun, signal: AbortSignal): Promise<MigrateFacts> {
  const { id, clusterId, from, meta, tracker, logger } = run;
  const facts: MigrateFacts = { clusterId, volume: '', dataPath: id, phase: 'uploading', jobId: '' };
  tracker.migrate(facts);
  tracker.step(`checking ${from.name}`);
  const { data, commit } = await checkFolder(from, meta, signal);
  // It tells of this store and stays here.
  const manifest = await from.driver.head(manifestKey(from.root, from.name), { signal });
  const bytes = data.bytes + commit.bytes - (manifest?.size ?? 0);
  tracker.add({ objectsTotal: data.objects + commit.objects - (manifest ? 1 : 0), bytesTotal: bytes });
  tracker.step('asking Zilliz Cloud for a volume');
  const { volume, to } = await openVolume(run, bytes, signal);
  try {
    const known = { ...facts, volume: volume.name };
    tracker.migrate(known);
    tracker.step(`sending ${from.name} to the ${to.label}`);
    const transfer = createTransfer(from, to, { ...run.transfer, mode: 'streaming' }, logger);
    const counts: CopyCounts = {
      from: from.label,
      to: volume.name,
      sourceName: from.name,
      objectsCopied: 0,
      bytesCopied: 0,
      objectsKept: 0,
      bytesKept: 0,
    };
    tracker.copy({ ...counts });
    const { concurrency } = run.transfer;
    await copyObjects({ from, to, transfer, tracker, concurrency, logger }, counts, signal);
    // Last of all, as in every copy: without them it is no backup.
    for (const file of commitFiles)
      await sendFile(run, to, transfer, metaKey(from.root, from.name, file), counts, signal);
    tracker.step('checking what was sent');
    await checkUpload(from, to, signal);
    const done: MigrateFacts = { ...known, phase: 'uploaded' };
    tracker.migrate(done);
    logger.info(
      { volume: volume.name, bytes: counts.bytesCopied, objects: counts.objectsCopied },
      'backup sent',
    );
    return done;
  } finally {
    await to.driver.close();
  }
}

async function sendFile(
  { from, tracker }: MigrateRun,
  to: CopyEnd,
  transfer: Transfer,
  sourceKey: string,
  counts: CopyCounts,
  signal: AbortSignal,
): Promise<void> {
  const info = await from.driver.head(sourceKey, { signal });
  // Backups of very old tools have no full_meta.json; the other one was read before.
  if (info === null) return;
  const file = sourceKey.endsWith('/full_meta.json') ? 'full_meta.json' : 'backup_meta.json';
  const { size, etag } = info;
  await transfer.copyAll([{ sourceKey, targetKey: metaKey(to.root, to.name, file), size, etag }], { signal });
  counts.objectsCopied += 1;
  counts.bytesCopied += size;
  tracker.copy({ ...counts });
  tracker.add({ objectsDone: 1, bytesDone: size });
}

/**
 * Once and no more: it is noted before that the cloud is asked, so that a run after a crash in between does not have it import the
 * backup twice.
 */
async function start(
  { clusterId, from, cloud, tracker, logger }: MigrateRun,
  facts: MigrateFacts,
  record: RecordWriter,
  signal: AbortSignal,
): Promise<void> {
  const { volume, dataPath } = facts;
  tracker.step('starting the migration');
  tracker.migrate({ ...facts, phase: 'starting' });
  await record.save();
  try {
    if (signal.aborted) throw notAsked(signal);
    const jobId = await cloud.startMigration({ volumeName: volume, dataPath, clusterId }, signal);
    tracker.migrate({ ...facts, phase: 'started', jobId });
    logger.info({ cluster: clusterId, job: jobId }, 'the migration was started');
  } catch (error) {
    if (isBackupError(error) && error.details.uncertain === false) tracker.migrate(facts);
    else throw unknownStart(from.name, clusterId, toBackupError(error));
    throw error;
  }
}

function notAsked(signal: AbortSignal): BackupError {
  const { code, message, remedy, details } = cancelled(signal);
  return new BackupError({ code, message, remedy, details: { ...details, uncertain: false } });
}

/** Nobody knows whether the cloud imports: to ask once more could import everything twice. */
export function unknownStart(name: string, clusterId: string, cause?: BackupError): BackupError {
  return new BackupError({
    code: cause?.code ?? 'CLOUD_ERROR',
    message: `whether the migration of ${name} to ${clusterId} has started is not known${cause ? `: ${cause.message}` : ': the run that asked for it was cut short'}`,
    remedy:
      'look at the jobs in the Zilliz Cloud console; when there is none, run the command again with --no-resume, which sends the backup anew',
    cause,
    details: { ...cause?.details, name, cluster: clusterId },
  });
}
