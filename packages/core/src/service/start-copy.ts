import { assertApart } from '../copy/apart.js';
import { copyBackup } from '../copy/copy-backup.js';
import type { CopyEnd, CopyRun } from '../copy/copy-run.js';
import { findMetaDifference } from '../copy/find-difference.js';
import { holdsBackup, otherBackup } from '../copy/target.js';
import { BackupError, isBackupError } from '../errors/index.js';
import { checkBackupName, checkExistingBackupName } from '../layout/index.js';
import { readBackupMeta, requireKnownFormat } from '../meta/index.js';
import type { CopyRequest } from '../requests.js';
import type { RunHandle } from '../service-types.js';
import { assertBucket, rootOf, type Stores } from '../stores.js';
import type { Runs } from '../task/runs.js';
import { TaskTracker } from '../task/tracker.js';
import type { RunOptions } from '../task/types.js';
import { WriteFence } from '../task/write-fence.js';
import { createTransfer } from '../transfer/transfer.js';
import type { ServiceDeps } from './deps.js';
import { openPlace } from './open-place.js';

export interface CopyParts {
  readonly deps: ServiceDeps;
  readonly stores: Stores;
  readonly runs: Runs;
}

/**
 * Refuses at once what can be, then goes on in the background.
 * @throws BackupError `INVALID_BACKUP_NAME`, `INVALID_ARGUMENT` for an unknown store or one that is both ends, `BACKUP_NOT_FOUND`,
 * `BUCKET_NOT_FOUND`, `META_UNREADABLE`, `FORMAT_UNSUPPORTED`, `BACKUP_EXISTS`, `BACKUP_IN_PROGRESS`
 */
export async function startCopy(
  { deps, stores, runs }: CopyParts,
  request: CopyRequest,
  options: RunOptions,
): Promise<RunHandle> {
  const { identity } = deps;
  const { signal = new AbortController().signal } = options;
  checkExistingBackupName(request.name);
  const name = request.as || request.name;
  if (name !== request.name) checkBackupName(name);
  const config = deps.config.value;
  const open = async (place: CopyRequest['from'], at: string): Promise<CopyEnd> => {
    const { label, store } = await openPlace(place, config.storages, stores);
    return { ...store, label, root: rootOf(store), name: at };
  };
  const from = await open(request.from, request.name);
  const fence = new WriteFence();
  const place = await open(request.to, name);
  const to: CopyEnd = { ...place, driver: fence.around(place.driver) };
  await assertBucket(from, signal);
  const meta = await readBackupMeta(from.driver, from.root, from.name, { signal });
  if (await to.driver.bucketExists({ signal })) await assertApart(from, to, signal);
  else if (!request.createBucket && to.section.provider !== 'local') throw noBucket(to);
  requireKnownFormat(meta);
  const id = request.id || deps.makeId();
  const logger = deps.logger.child({ run: id, backup: name });
  const transfer = createTransfer(from, to, config.transfer, logger);
  const { concurrency } = config.transfer;
  const base = { id, from, to, fence, meta, transfer, concurrency, identity, logger };
  const init = { id, kind: 'copy', backupName: name, options } as const;
  if (await holdsBackup(to, identity, signal)) {
    const run: CopyRun = { ...base, tracker: new TaskTracker({ ...init, now: identity.now }) };
    const difference = await findMetaDifference(run, signal);
    if (difference !== null) throw otherBackup(to, difference);
  }
  return runs.start(init, async (context) => {
    try {
      await copyBackup({ ...base, tracker: context.tracker }, context.signal);
    } catch (error) {
      throw isBackupError(error) && error.code === 'CANCELLED' ? cancelledCopy(to, error) : error;
    }
  });
}

/** A name that is misspelt would become a bucket that nobody looks into. */
function noBucket({ label, section }: CopyEnd): BackupError {
  const { path, bucketName } = section;
  return new BackupError({
    code: 'BUCKET_NOT_FOUND',
    message: `bucket ${bucketName} of ${label} does not exist`,
    remedy: `correct ${path}.bucketName, make the bucket, or have the copy make it with --create_bucket (createBucket)`,
    details: { bucket: bucketName, section: path },
  });
}

/** What was copied is worth keeping: the user should know that it is kept, and how to go on or be rid of it. */
function cancelledCopy({ name, label }: CopyEnd, cause: BackupError): BackupError {
  return new BackupError({
    code: 'CANCELLED',
    message: `${cause.message}: the copy of ${name} in ${label} is not whole and not listed`,
    remedy: 'run the same command again: it goes on where it stopped',
    cause,
    details: cause.details,
  });
}
