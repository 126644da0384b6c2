import type { StorageDriver } from '../driver/driver.js';
import { BackupError, isBackupError } from '../errors/index.js';
import { makeRestoreId } from '../layout/index.js';
import type { RestoreRequest } from '../requests.js';
import { findResumable } from '../restore/find-resumable.js';
import { claim, inProgress } from '../task/claim.js';
import { isRunning, type RunIdentity, readRecordIfPossible } from '../task/record-store.js';
import type { TaskView } from '../task/types.js';
import type { ServiceDeps } from './deps.js';

/** Goes on with the restore that the same command began, if it has not come to its end. */
export async function chooseRun(
  deps: Pick<ServiceDeps, 'identity' | 'nanoseconds'>,
  request: Pick<RestoreRequest, 'id' | 'resume'>,
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
export async function takeRecord(
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
export async function assertNotDeleted(
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

export function taskExists(id: string): BackupError {
  return new BackupError({
    code: 'TASK_EXISTS',
    message: `restore ${id} is running already`,
    remedy: 'wait for it to end, or leave the id out',
    details: { run: id },
  });
}
