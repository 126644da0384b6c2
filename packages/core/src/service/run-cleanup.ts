import { cleanup } from '../cleanup/cleanup.js';
import type { CleanupOptions, CleanupReport } from '../cleanup/types.js';
import { BackupError, throwIfAborted, toBackupError } from '../errors/index.js';
import { assertBucket, type Stores } from '../stores.js';
import { TaskTracker } from '../task/tracker.js';
import type { Store } from '../transfer/transfer.js';
import type { ServiceDeps } from './deps.js';

export interface CleanupParts {
  readonly deps: ServiceDeps;
  readonly stores: Stores;
}

/** Milliseconds: what has been silent for a day is dead. */
const olderThanByDefault = 24 * 60 * 60 * 1_000;

/** @throws BackupError `INVALID_ARGUMENT`, `BUCKET_NOT_FOUND`, and errors of the store of the backups */
export async function runCleanup(
  { deps, stores }: CleanupParts,
  options: CleanupOptions,
): Promise<CleanupReport> {
  const { olderThan = olderThanByDefault, signal } = options;
  if (!Number.isFinite(olderThan) || olderThan < 0) throw badLimit(olderThan);
  const { identity, logger } = deps;
  const config = deps.config.value;
  const backups = await stores.backup();
  await assertBucket(backups, signal);
  const reach = async (open: () => Promise<Store>): Promise<Store | null> => {
    try {
      const store = await open();
      return (await store.driver.bucketExists({ signal })) ? store : null;
    } catch (error) {
      throwIfAborted(signal);
      logger.warn({ reason: toBackupError(error).message }, 'a store cannot be reached and is left out');
      return null;
    }
  };
  const others = await Promise.all(
    Object.values(config.storages).map((section) => reach(() => stores.other(section))),
  );
  const deleteView: Parameters<typeof cleanup>[0]['deleteView'] = (backupName) => {
    const tracker = new TaskTracker({ id: deps.makeId(), kind: 'delete', backupName, now: identity.now });
    tracker.begin('removing what a dead run has left');
    return tracker.view();
  };
  return await cleanup(
    {
      backups,
      milvus: await reach(() => stores.milvus()),
      others: others.filter((store) => store !== null),
      config,
      identity,
      logger,
      olderThan,
      deleteView,
      signal,
    },
    options,
  );
}

function badLimit(olderThan: number): BackupError {
  return new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `the limit of a clean-up cannot be ${olderThan} milliseconds`,
    remedy: 'give a number that is not negative',
  });
}
