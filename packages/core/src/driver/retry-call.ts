import pRetry from 'p-retry';
import { type BackupError, cancelled, isBackupError, sleep } from '../errors/index.js';

export interface RetryPolicy {
  /** Tries after the first. */
  readonly retries: number;
  /** The same while the store answers that it is busy (429, 503): it is there, and asks for patience. */
  readonly busyRetries: number;
  /** Milliseconds before the second try, doubled each time and lengthened at random. */
  readonly firstDelay: number;
  /** Milliseconds; no wait is longer. */
  readonly longestDelay: number;
}

/** Survives about ten seconds of a store that is away and a minute of one that is busy, beyond what its SDK rides out. */
export const defaultRetry: RetryPolicy = { retries: 5, busyRetries: 12, firstDelay: 200, longestDelay: 4000 };

/** Milliseconds; a store that asks for a longer pause gets this one. */
const longestPause = 60_000;

export interface RetryOptions extends RetryPolicy {
  readonly signal: AbortSignal | undefined;
  /** Ends the tries early; `attempt` counts from 1. */
  isHopeless(attempt: number): boolean;
  onRetry(error: BackupError, attempt: number): void;
}

/**
 * Repeats a call while it fails with a retryable `BackupError`. Between tries it waits a time that grows and is in part
 * random, and first as long as the store asked for: `details.retryAfterMs` of the error, from a `Retry-After` header.
 * @throws the error of the last try, or `CANCELLED`
 */
export async function retryCall<T>(
  call: (attempt: number) => Promise<T>,
  { retries, busyRetries, firstDelay, longestDelay, signal, isHopeless, onRetry }: RetryOptions,
): Promise<T> {
  let done: { readonly value: T } | undefined;
  const attempt = async (number: number): Promise<T> => {
    const value = await call(number);
    done = { value };
    return value;
  };
  try {
    return await pRetry(attempt, {
      retries: Math.max(retries, busyRetries),
      minTimeout: firstDelay,
      maxTimeout: longestDelay,
      factor: 2,
      randomize: true,
      ...(signal ? { signal } : {}),
      shouldRetry: async ({ error, attemptNumber }) => {
        if (!isBackupError(error) || !error.retryable || isHopeless(attemptNumber)) return false;
        if (attemptNumber > (error.code === 'STORAGE_BUSY' ? busyRetries : retries)) return false;
        onRetry(error, attemptNumber);
        const pause = error.details.retryAfterMs;
        if (typeof pause === 'number' && pause > 0) await sleep(Math.min(pause, longestPause), signal);
        return true;
      },
    });
  } catch (error) {
    // Aborted between success and here: what is done is done, and an open body must reach its reader.
    if (done !== undefined) return done.value;
    throw signal?.aborted && !isBackupError(error) ? cancelled(signal) : error;
  }
}
