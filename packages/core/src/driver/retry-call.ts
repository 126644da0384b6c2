import pRetry from 'p-retry';
import { type BackupError, cancelled, isBackupError } from '../errors/index.js';

export interface RetryPolicy {
  /** Tries after the first. */
  readonly retries: number;
  /** Milliseconds before the second try, doubled each time and lengthened at random. */
  readonly firstDelay: number;
  /** Milliseconds; no wait is longer. */
  readonly longestDelay: number;
}

/** Survives about ten seconds of a store that is away or busy, beyond what its SDK rides out. */
export const defaultRetry: RetryPolicy = { retries: 5, firstDelay: 200, longestDelay: 4000 };

export interface RetryOptions extends RetryPolicy {
  readonly signal: AbortSignal | undefined;
  onRetry(error: BackupError, attempt: number): void;
}

/**
 * Repeats a call while it fails with a retryable `BackupError`.
 * @throws the error of the last try, or `CANCELLED`
 */
export async function retryCall<T>(
  call: (attempt: number) => Promise<T>,
  { retries, firstDelay, longestDelay, signal, onRetry }: RetryOptions,
): Promise<T> {
  try {
    return await pRetry(call, {
      retries,
      minTimeout: firstDelay,
      maxTimeout: longestDelay,
      factor: 2,
      randomize: true,
      ...(signal ? { signal } : {}),
      shouldRetry: ({ error, attemptNumber }) => {
        if (!isBackupError(error) || !error.retryable) return false;
        onRetry(error, attemptNumber);
        return true;
      },
    });
  } catch (error) {
    throw signal?.aborted && !isBackupError(error) ? cancelled(signal) : error;
  }
}
