import { BackupError, joinSignals, toBackupError } from '../errors/index.js';
import { checkExistingBackupName, metaKey } from '../layout/index.js';
import { type BackupExtras, readExtras } from '../meta/extras.js';
import { readBackupMeta } from '../meta/index.js';
import type { BackupMeta } from '../meta/types.js';
import type { RestoreSecondaryRequest } from '../requests.js';
import { fingerprintOf } from '../restore/find-resumable.js';
import { sourceName } from '../restore/plan-targets.js';
import { checkBackup } from '../restore/secondary/check-backup.js';
import { readSecondaryNote, writeSecondaryNote } from '../restore/secondary/secondary-note.js';
import type { RunHandle } from '../service-types.js';
import { assertBucket, rootOf } from '../stores.js';
import { restoreKey, runKey } from '../task/record-keys.js';
import { RecordWriter } from '../task/record-writer.js';
import type { RunContext } from '../task/runs.js';
import type { RunOptions, TaskView } from '../task/types.js';
import { seesSameBucket } from '../transfer/same-backend.js';
import { createTransfer, type Store } from '../transfer/transfer.js';
import { assertNotDeleted, chooseRun, takeRecord, taskExists } from './restore-records.js';
import type { RestoreParts } from './start-restore.js';

/**
 * Refuses at once what can be, then goes on in the background.
 * @throws BackupError `INVALID_BACKUP_NAME`, `INVALID_ARGUMENT`, `BACKUP_NOT_FOUND`, `META_UNREADABLE`, `FORMAT_UNSUPPORTED`,
 * `SOURCE_INCOMPLETE`, `TASK_EXISTS`
 */
export async function startRestoreSecondary(
  parts: RestoreParts,
  request: RestoreSecondaryRequest,
  options: RunOptions,
): Promise<RunHandle> {
  const { deps, stores, runs } = parts;
  checkClusters(request);
  checkExistingBackupName(request.name);
  const { signal } = options;
  const source = await stores.backup({ rootPath: request.rootPath });
  await assertBucket(source, signal);
  const root = rootOf(source);
  const meta = await readBackupMeta(source.driver, root, request.name, { signal });
  checkBackup(meta);
  const extras = await readExtras(source.driver, root, request.name, { signal });
  const target = await stores.milvus();
  await assertBucket(target, signal);
  const { address, port } = deps.config.value.milvus.grpc;
  const asked = { ...request, kind: 'secondary' };
  const fingerprint = fingerprintOf(asked, meta.id, `${address}:${port}`);
  const place = { driver: source.driver, root, name: request.name };
  const { id, resumed } = await chooseRun(deps, request, place, fingerprint, signal);
  const running = runs.find('restore', { id });
  if (running && running.endedAt === 0) throw taskExists(id);
  const release = parts.reservations.take(id, meta.collection_backups.map(sourceName));
  const ends = { id, resumed, fingerprint, meta, extras, source, target };
  const run = runs.start({ id, kind: 'restore', backupName: request.name, options }, (context) =>
    restore(parts, request, ends, context),
  );
  run.done().then(release, release);
  return run;
}

interface Ends {
  readonly id: string;
  /** Whether an earlier try has left a note. */
  readonly resumed: boolean;
  readonly fingerprint: string;
  readonly meta: BackupMeta;
  readonly extras: BackupExtras;
  readonly source: Store;
  readonly target: Store;
}

async function restore(
  { deps, milvus }: RestoreParts,
  request: RestoreSecondaryRequest,
  { id, resumed, fingerprint, meta, extras, source, target }: Ends,
  { tracker, signal: asked }: RunContext,
): Promise<void> {
  const { identity } = deps;
  const config = deps.config.value;
  const logger = deps.logger.child({ run: id, backup: request.name });
  const root = rootOf(source);
  const { driver } = source;
  const key = restoreKey(root, request.name, id);
  const anchor = metaKey(root, request.name, 'backup_meta.json');
  const view = (): TaskView => tracker.view();
  const onError = (error: unknown): void =>
    logger.warn({ reason: toBackupError(error).message }, 'the state of the restore could not be saved');
  const claimed = await takeRecord(driver, key, view(), identity, resumed, onError);
  const record = new RecordWriter({ driver, key, identity, view, claimed, anchor, onError });
  const signal = joinSignals(asked, record.lost);
  try {
    await assertNotDeleted(driver, runKey(root, request.name), identity, signal);
    const place = { driver, root, name: request.name, id };
    // With the first one: the wire definitions would cost every command its start.
    const { restoreSecondary } = await import('../restore/secondary/restore-secondary.js');
    await restoreSecondary({
      id,
      request,
      meta,
      extras,
      milvus: milvus(),
      source,
      sourceRoot: root,
      target,
      transfer: createTransfer(source, target, config.transfer, logger),
      inPlace: config.transfer.mode !== 'streaming' && (await seesSameBucket(source, target, anchor, signal)),
      config,
      logger,
      tracker,
      begun: resumed ? await readSecondaryNote(place, signal) : null,
      async note(note) {
        try {
          await writeSecondaryNote(place, fingerprint, note);
        } catch (error) {
          logger.warn(
            { reason: toBackupError(error).message },
            'the journal of the restore cannot be written; when the restore is interrupted, the target has to be made a new secondary',
          );
        }
      },
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

function checkClusters({ sourceClusterId, targetClusterId }: RestoreSecondaryRequest): void {
  if (sourceClusterId === '') throw emptyId('source');
  if (targetClusterId === '') throw emptyId('target');
}

function emptyId(which: 'source' | 'target'): BackupError {
  return new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `empty ${which} cluster id`,
    remedy: `give the id of the ${which} cluster, as its replication is configured with it (common.clusterPrefix, e.g. by-dev)`,
  });
}
