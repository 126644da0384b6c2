import { type Readable, Transform } from 'node:stream';
import { BackupError, cancelled } from '@milvus-backup/core/driver';

interface DownloadRules {
  readonly key: string;
  /** Bytes that must come. */
  readonly size: number;
  readonly signal: AbortSignal | undefined;
  readonly toError: (error: unknown) => BackupError;
}

/** The body of a GET that never ends short silently, fails with errors of ours, and lets go of its socket when aborted. */
export function guardDownload(source: Readable, { key, size, signal, toError }: DownloadRules): Readable {
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
