import { type Readable, Transform } from 'node:stream';
import { BackupError, cancelled, type PutBody, throwIfAborted } from '@milvus-backup/core/driver';

interface BodyRules {
  readonly key: string;
  /** Bytes that must come. */
  readonly size: number;
  readonly signal: AbortSignal | undefined;
  readonly toError: (error: unknown) => BackupError;
}

/** The body of a GET that never ends short silently, fails with errors of ours, and lets go of its socket when aborted. */
export function guardDownload(source: Readable, { key, size, signal, toError }: BodyRules): Readable {
  let seen = 0;
  const short = (): BackupError =>
    new BackupError({
      code: 'STORAGE_UNREACHABLE',
      message: `the store ended "${key}" after ${seen} of ${size} bytes`,
      remedy: 'run again; when it happens often, look at the network and at the log of the store',
      retryable: true,
      details: { key, seen, size },
    });
  const guarded = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      seen += chunk.length;
      done(null, chunk);
    },
    flush(done) {
      done(seen === size ? null : short());
    },
  });
  const onAbort = (): void => {
    if (signal) guarded.destroy(cancelled(signal));
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  guarded.once('close', () => {
    signal?.removeEventListener('abort', onAbort);
    source.destroy();
  });
  source.on('error', (error) => guarded.destroy(signal?.aborted ? cancelled(signal) : toError(error)));
  source.once('close', () => {
    if (!source.readableEnded) guarded.destroy(short());
  });
  return source.pipe(guarded);
}

export interface CountedBody {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Bytes read so far. */
  seen(): number;
}

/** A body to upload: counted, held to `size` when given, and stopped by the signal, so that the upload is aborted. */
export function countUpload(
  body: PutBody,
  rules: { key: string; size: number | undefined; signal: AbortSignal | undefined },
): CountedBody {
  let seen = 0;
  async function* read(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      throwIfAborted(rules.signal);
      seen += chunk.length;
      if (rules.size !== undefined && seen > rules.size) throw wrongSize(rules.key, seen, rules.size);
      yield chunk;
    }
    throwIfAborted(rules.signal);
    if (rules.size !== undefined && seen !== rules.size) throw wrongSize(rules.key, seen, rules.size);
  }
  return { chunks: read(), seen: () => seen };
}

export function wrongSize(key: string, seen: number, size: number): BackupError {
  return new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `the body for "${key}" has ${seen > size ? 'at least ' : ''}${seen} bytes, not ${size}`,
    details: { key, seen, size },
  });
}
