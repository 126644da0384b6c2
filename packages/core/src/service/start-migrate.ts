import type { CopyEnd } from '../copy/copy-run.js';
import { BackupError, isBackupError } from '../errors/index.js';
import { checkExistingBackupName } from '../layout/index.js';
import { readBackupMeta, requireBinlogFormat } from '../meta/index.js';
import { createCloudApi } from '../migrate/cloud-api.js';
import { migrateBackup, unknownStart } from '../migrate/migrate-backup.js';
import type { MigrateRequest } from '../requests.js';
import type { RunHandle } from '../service-types.js';
import { assertBucket, rootOf } from '../stores.js';
import { inProgress } from '../task/claim.js';
import { migrationKey } from '../task/record-keys.js';
import { isRunning, readRecordIfPossible } from '../task/record-store.js';
import type { RunOptions } from '../task/types.js';
import type { CopyParts } from './start-copy.js';

/** Becomes part of a key, beside what the cloud itself demands. */
const clusterName = /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
const plainId = /^(?!.*\.\.)[A-Za-z0-9_.-]{1,128}$/;

/**
 * Refuses at once what can be, then goes on in the background.
 * @throws BackupError `INVALID_ARGUMENT`, `INVALID_BACKUP_NAME`, `CONFIG_INVALID` without an API key, `BACKUP_NOT_FOUND`,
 * `META_UNREADABLE`, `FORMAT_UNSUPPORTED`, `BACKUP_IN_PROGRESS`, `CLOUD_ERROR` when an earlier run may have started the migration
 */
export async function startMigrate(
  { deps, stores, runs }: CopyParts,
  request: MigrateRequest,
  options: RunOptions,
): Promise<RunHandle> {
  const { identity, openDriver } = deps;
  const { name, clusterId } = request;
  const { signal } = options;
  if (!clusterName.test(clusterId)) throw badCluster(clusterId);
  checkExistingBackupName(name);
  const { zillizCloud, transfer } = deps.config.value;
  if (zillizCloud.apiKey === '') throw noKey();
  const store = await stores.backup();
  await assertBucket(store, signal);
  const from: CopyEnd = { ...store, label: 'backup', root: rootOf(store), name };
  const meta = await readBackupMeta(from.driver, from.root, name, { signal });
  requireBinlogFormat(meta);
  const before = await readRecordIfPossible(from.driver, migrationKey(from.root, name, clusterId), signal);
  if (before && isRunning(before, identity)) throw inProgress(before, identity.now());
  // The id becomes the path of the volume, and whoever may write to the store can put any into the record.
  const resumable =
    request.resume !== false && before !== null && before.state !== 'success' && plainId.test(before.id);
  if (resumable && before.migrate?.phase === 'starting') throw unknownStart(name, clusterId);
  // The same volume, in which what was sent lies.
  const id = request.id || (resumable ? before.id : deps.makeId());
  const logger = deps.logger.child({ run: id, backup: name });
  const cloud = createCloudApi(zillizCloud, logger);
  const init = { id, kind: 'migrate', backupName: name, options } as const;
  return runs.start(init, async ({ tracker, signal: during }) => {
    const { endpoint } = zillizCloud;
    try {
      await migrateBackup(
        { id, clusterId, from, meta, cloud, endpoint, openDriver, transfer, identity, logger, tracker },
        during,
      );
    } catch (error) {
      if (!isBackupError(error) || error.code !== 'CANCELLED') throw error;
      throw cancelledUpload(error);
    }
  });
}

function cancelledUpload(cause: BackupError): BackupError {
  if (cause.details.cluster !== undefined) return cause;
  return new BackupError({
    code: 'CANCELLED',
    message: `${cause.message}; no migration was started`,
    remedy: 'run the same command again: what was sent by then is not sent anew',
    cause,
    details: cause.details,
  });
}

function badCluster(clusterId: string): BackupError {
  return new BackupError({
    code: 'INVALID_ARGUMENT',
    message:
      clusterId === ''
        ? 'cluster id is required'
        : `${JSON.stringify(clusterId.slice(0, 64))} is no cluster id`,
    remedy: 'take the id of the target cluster from the Zilliz Cloud console, such as in01-0123456789abcde',
  });
}

function noKey(): BackupError {
  return new BackupError({
    code: 'CONFIG_INVALID',
    message: 'zillizCloud.apiKey is empty: Zilliz Cloud knows its users by that key',
    remedy: 'set ZILLIZ_CLOUD_API_KEY, or zillizCloud.apiKey (cloud.apikey) in the configuration',
    details: { key: 'zillizCloud.apiKey' },
  });
}
