import { type BackupError, isBackupError } from '../../src/errors/index.js';

/** What a call throws or rejects with; anything but a BackupError fails the test. */
export async function thrownBy(call: () => unknown): Promise<BackupError> {
  try {
    await call();
  } catch (error) {
    if (isBackupError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
