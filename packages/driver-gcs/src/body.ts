import type { IncomingMessage } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { BackupError, cancelled } from '@milvus-backup/core/driver';
import { Crc32c } from './crc32c.js';

interface DownloadRules {
  readonly key: string;
  /** Bytes that must come. */
  readonly size: number;
  /** CRC32C of these bytes; of a range the store tells none. */
  readonly crc32c: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly toError: (error: unknown) => BackupError;
}

/** The body of a GET that never ends short or wrong silently, fails with errors of ours, and lets go of its socket when aborted. */
export function guardDownload(source: IncomingMessage, rules: DownloadRules): Readable {
  const { key, size, crc32c, signal, toError } = rules;
  const sum = crc32c === undefined ? undefined : new Crc32c();
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
      sum?.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      if (seen !== size) done(short());
      else if (sum !== undefined && String(sum) !== crc32c) done(wrongBytes(key));
      else done();
    },
  });
  const onAbort = (): void => {
    if (signal) guarded.destroy(cancelled(signal));
  };
  if (signal?.aborted) onAbort();
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

export function wrongBytes(key: string): BackupError {
  return new BackupError({
    code: 'CHECKSUM_MISMATCH',
    message: `the bytes of "${key}" are not those that its CRC32C stands for`,
    remedy: 'run again; when it happens often, look for a broken proxy or network card',
    retryable: true,
    details: { key },
  });
}
