import { type BackupError, isBackupError, toBackupError } from '../errors/index.js';
import type { Logger } from '../log.js';
import { rootOf } from '../stores.js';
import { toRecord } from '../task/record.js';
import { runKey } from '../task/record-keys.js';
import { encodeRecord, type RunIdentity } from '../task/record-store.js';
import type { TaskView } from '../task/types.js';
import type { Store } from '../transfer/transfer.js';
import { isCommitted } from './claim-name.js';

/** Milliseconds: a store that is away keeps no process from its end. */
const patience = 5_000;

/**
 * Keeps a record of a backup that its process was told to stop before it had left anything: whoever got its id must not
 * hear from the next process that there never was such a run. Where there is a record, or a backup, they tell enough.
 */
export async function leaveWord(
  target: Store,
  view: TaskView,
  error: BackupError,
  identity: RunIdentity,
  logger: Logger,
): Promise<void> {
  const { driver } = target;
  const root = rootOf(target);
  const signal = AbortSignal.timeout(patience);
  try {
    if (!(await driver.bucketExists({ signal }))) return;
    if (await isCommitted(driver, root, view.backupName, signal)) return;
    const ended = { ...view, state: 'fail', endedAt: identity.now(), error } as const;
    const record = encodeRecord(toRecord(ended, identity.owner, identity.now()));
    await driver.put(runKey(root, view.backupName), record, { ifNoneMatch: '*', signal });
  } catch (cause) {
    if (isBackupError(cause) && cause.code === 'PRECONDITION_FAILED') return;
    logger.warn({ reason: toBackupError(cause).message }, 'the state of the run could not be saved');
  }
}
