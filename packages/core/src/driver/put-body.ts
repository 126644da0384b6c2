import { BackupError, cancelled, isBackupError } from '../errors/index.js';
import type { PutBody } from './driver.js';

export interface ReadBodyRules {
  readonly key: string;
  /** Bytes that must come, when known. */
  readonly size?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The chunks of a body as every driver's `put` wants them: held to `size`, given up as soon as the signal aborts
 * (also while the source hangs), and with foreign errors wrapped, so that they are not taken for the store's.
 * @throws BackupError `INVALID_ARGUMENT` for a wrong length, `CANCELLED`, or what the body failed with
 */
export async function* readBody(body: PutBody, rules: ReadBodyRules): AsyncGenerator<Uint8Array> {
  const { key, size, signal } = rules;
  let seen = 0;
  for await (const chunk of stoppable(body instanceof Uint8Array ? [body] : body, signal, key)) {
    seen += chunk.length;
    if (size !== undefined && seen > size) throw wrongSize(key, `at least ${seen}`, size);
    yield chunk;
  }
  if (size !== undefined && seen < size) throw wrongSize(key, String(seen), size);
}

type Source = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

async function* stoppable(
  source: Source,
  signal: AbortSignal | undefined,
  key: string,
): AsyncGenerator<Uint8Array> {
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  // Not `Promise.race` with one promise for the signal: that promise would hold every chunk until the end.
  let stop: ((reason: unknown) => void) | undefined;
  const onAbort = (): void => {
    if (signal) stop?.(cancelled(signal));
  };
  const next = (): Promise<IteratorResult<Uint8Array>> =>
    new Promise((resolve, reject) => {
      stop = reject;
      Promise.resolve(iterator.next()).then(resolve, reject);
    });
  let ended = false;
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      if (signal?.aborted) throw cancelled(signal);
      const step = await next();
      if (signal?.aborted) throw cancelled(signal);
      if (step.done) {
        ended = true;
        return;
      }
      yield step.value;
    }
  } catch (error) {
    throw signal?.aborted ? cancelled(signal) : toBodyError(error, key);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // A source that hangs would never answer, so nobody waits; what it fails with now concerns nobody.
    if (!ended) Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

function wrongSize(key: string, seen: string, size: number): BackupError {
  return new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `the body for "${key}" has ${seen} bytes, not ${size}`,
    details: { key, size },
  });
}

function toBodyError(error: unknown, key: string): BackupError {
  if (isBackupError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new BackupError({
    code: 'STORAGE_ERROR',
    message: `the data for "${key}" could not be read: ${message}`,
    cause: error,
    details: { key },
  });
}
