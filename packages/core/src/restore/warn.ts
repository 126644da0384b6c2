import { type BackupError, throwIfAborted, toBackupError } from '../errors/index.js';
import type { RestoreRun } from './restore-run.js';

/** Tells the log and the outcome of something that was not done and does not touch the data. */
export function warn(run: Pick<RestoreRun, 'logger' | 'tracker'>, sentence: string, remedy: string): void {
  run.logger.warn({ remedy }, sentence);
  run.tracker.warn(`${sentence}; ${remedy}`);
}

/**
 * Does what the data does not depend on: a failure becomes a warning.
 * @param explain sentence and remedy
 * @throws BackupError `CANCELLED`
 */
export async function attempt(
  run: RestoreRun,
  signal: AbortSignal,
  work: () => Promise<void>,
  explain: (error: BackupError) => readonly [string, string],
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    throwIfAborted(signal);
    warn(run, ...explain(toBackupError(error)));
    return false;
  }
}
