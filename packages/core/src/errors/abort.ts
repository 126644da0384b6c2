import { setMaxListeners } from 'node:events';
import { BackupError, isBackupError } from './backup-error.js';

/** The reason of an aborted signal as an error with code `CANCELLED`. */
export function cancelled(signal: AbortSignal): BackupError {
  if (isBackupError(signal.reason)) return signal.reason;
  return new BackupError({
    code: 'CANCELLED',
    message: 'the run was cancelled',
    cause: signal.reason,
  });
}

/** @throws BackupError `CANCELLED` when the signal is aborted */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal);
}

/**
 * Waits, or rejects with `CANCELLED` as soon as the signal aborts.
 * @param ms milliseconds
 */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(cancelled(signal));
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      if (signal) reject(cancelled(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * One signal that aborts with any of the given ones. A run has as many listeners on it as it has calls in flight, so
 * Node's warning about many listeners is switched off for it.
 */
export function joinSignals(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  const joined = AbortSignal.any(signals.filter((signal) => signal !== undefined));
  setMaxListeners(0, joined);
  return joined;
}

/** The promise, or `CANCELLED` as soon as the signal aborts; what the promise stands for goes on. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(cancelled(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
