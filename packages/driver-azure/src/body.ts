import { createHash } from 'node:crypto';
import { type Readable, Transform } from 'node:stream';
import { BackupError, cancelled } from '@milvus-backup/core/driver';

interface DownloadRules {
  readonly key: string;
  /** Bytes that must come. */
  readonly size: number;
  /** What the store says the bytes are; `undefined`: not to be checked. */
  readonly md5: Uint8Array | undefined;
  /** Milliseconds that may pass without a byte while the reader wants some. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly toError: (error: unknown) => BackupError;
}

/** The body of a download that never ends short or wrong silently, fails with errors of ours, and frees its socket. */
export function guardDownload(source: Readable, rules: DownloadRules): Readable {
  const { key, size, md5, timeout, signal, toError } = rules;
  const hash = md5 === undefined ? undefined : createHash('md5');
  let seen = 0;
  let seenBefore = -1;
  const guarded = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      seen += chunk.length;
      hash?.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      if (seen !== size) done(short(key, seen, size));
      else done(hash && md5 && !hash.digest().equals(md5) ? changed(key) : null);
    },
  });
  const onAbort = (): void => {
    if (signal) guarded.destroy(cancelled(signal));
  };
  const watch = setInterval(() => {
    if (seen === seenBefore && guarded.readableLength === 0) {
      guarded.destroy(toError(Object.assign(new Error('no data'), { code: 'ETIMEDOUT' })));
    }
    seenBefore = seen;
  }, timeout);
  watch.unref();
  signal?.addEventListener('abort', onAbort, { once: true });
  guarded.once('close', () => {
    clearInterval(watch);
    signal?.removeEventListener('abort', onAbort);
    source.destroy();
  });
  source.on('error', (error) =>
    guarded.destroy(signal?.aborted ? cancelled(signal) : toError(broken(error))),
  );
  source.once('close', () => {
    if (!source.readableEnded) guarded.destroy(short(key, seen, size));
  });
  return source.pipe(guarded);
}

/** The SDK says that a download was aborted when its connection broke under it, too. */
function broken(error: Error): Error {
  if (error.name !== 'AbortError') return error;
  return Object.assign(new Error('the connection broke', { cause: error }), { code: 'ECONNRESET' });
}

function short(key: string, seen: number, size: number): BackupError {
  return new BackupError({
    code: 'STORAGE_UNREACHABLE',
    message: `the store ended "${key}" after ${seen} of ${size} bytes`,
    remedy: 'run again; when it happens often, look at the network',
    retryable: true,
    details: { key, seen, size },
  });
}

function changed(key: string): BackupError {
  return new BackupError({
    code: 'CHECKSUM_MISMATCH',
    message: `the bytes of "${key}" are not those of its Content-MD5`,
    remedy: 'read it again; when it stays so, the object was damaged, or its Content-MD5 was set wrongly',
    retryable: true,
    details: { key },
  });
}
