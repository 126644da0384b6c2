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
  /** Ends the tries early; `attempt` counts from 1. */
  isHopeless(attempt: number): boolean;
  onRetry(error: BackupError, attempt: number): void;
}

/**
 * Repeats a call while it fails with a retryable `BackupError`.
 * @throws the error of the last try, or `CANCELLED`
 */
export async function retryCall<T>(
  call: (attempt: number) => Promise<T>,
  { retries, firstDelay, longestDelay, signal, isHopeless, onRetry }: RetryOptions,
): Promise<T> {
  let done: { readonly value: T } | undefined;
  const attempt = async (number: number): Promise<T> => {
    const value = await call(number);
    done = { value };
    return value;
  };
  try {
    return await pRetry(attempt, {
      retries,
      minTimeout: firstDelay,
      maxTimeout: longestDelay,
      factor: 2,
      randomize: true,
      ...(signal ? { signal } : {}),
      shouldRetry: ({ error, attemptNumber }) => {
        if (!isBackupError(error) || !error.retryable || isHopeless(attemptNumber)) return false;
        onRetry(error, attemptNumber);
        return true;
      },
    });
  } catch (error) {
    // Aborted between success and here: what is done is done, and an open body must reach its reader.
    if (done !== undefined) return done.value;
    throw signal?.aborted && !isBackupError(error) ? cancelled(signal) : error;
  }
}
