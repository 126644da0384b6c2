import { BackupError, isBackupError } from '../errors/index.js';

/** A store that cannot or may not read the other side; the bytes can still pass through this process. */
export function isRefusal(error: unknown): error is BackupError {
  return (
    isBackupError(error) &&
    (error.code === 'UNSUPPORTED' || error.code === 'STORAGE_AUTH' || error.code === 'BUCKET_NOT_FOUND')
  );
}

/** The same failure for a user who asked for nothing but copies by the store. */
export function refusedDirect(error: BackupError): BackupError {
  return new BackupError({
    code: error.code,
    message: `transfer.mode is direct, and the store refused to copy by itself: ${error.message}`,
    remedy: `set transfer.mode to auto or streaming, so that the bytes pass through this program${error.remedy ? `; or ${error.remedy}` : ''}`,
    cause: error,
    details: error.details,
  });
}
