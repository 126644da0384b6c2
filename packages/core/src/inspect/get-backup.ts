import { readDrillHistory } from '../drill/history.js';
import type { StorageDriver } from '../driver/driver.js';
import { BackupError } from '../errors/index.js';
import type { Logger } from '../log.js';
import { measureMeta, readBackupMeta } from '../meta/index.js';
import type { BackupDetails } from '../service-types.js';
import { findById } from './list-backups.js';

/**
 * One committed backup by its name, or by its id alone.
 * @throws BackupError `BACKUP_NOT_FOUND`, also when name and id belong to different backups; `META_UNREADABLE`
 */
export async function getBackup(
  driver: StorageDriver,
  root: string,
  by: { readonly name?: string; readonly id?: string },
  logger: Logger,
  signal?: AbortSignal,
): Promise<BackupDetails> {
  const name = by.name ?? (await findById(driver, root, by.id ?? '', logger, signal));
  if (name === null) throw notFound(by);
  const meta = await readBackupMeta(driver, root, name, { signal });
  if (by.id !== undefined && meta.id !== by.id) throw notFound(by);
  return {
    meta,
    metaSize: await measureMeta(driver, root, name, { signal }),
    drill: await readDrillHistory(driver, root, name, signal),
  };
}

function notFound(by: { readonly name?: string; readonly id?: string }): BackupError {
  const what =
    by.name === undefined ? `with id ${by.id}` : by.name + (by.id === undefined ? '' : ` with id ${by.id}`);
  return new BackupError({
    code: 'BACKUP_NOT_FOUND',
    message: `backup ${what} not found`,
    remedy: 'see the names with `list`',
    details: { name: by.name ?? null, id: by.id ?? null },
  });
}
