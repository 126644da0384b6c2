import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { BackupError, cancelled } from '@milvus-backup/core/driver';

const chunkBytes = 256 * 1024;

interface ReadJob {
  readonly file: FileHandle;
  readonly key: string;
  readonly from: number;
  /** First byte that is not read. */
  readonly to: number;
  readonly signal: AbortSignal | undefined;
  readonly toError: (error: unknown) => BackupError;
}

/** The bytes of an open file; closes it at the end, and fails when the file became shorter meanwhile. */
export function streamFile({ file, key, from, to, signal, toError }: ReadJob): Readable {
  let position = from;
  let closed: Promise<void> | undefined;
  const closeFile = (): Promise<void> => {
    closed ??= file.close();
    return closed;
  };
  const next = async (): Promise<Uint8Array | null> => {
    if (position >= to) return null;
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, to - position));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) throw short(key, position - from, to - from);
    position += bytesRead;
    return buffer.subarray(0, bytesRead);
  };
  const stream = new Readable({
    highWaterMark: chunkBytes,
    read() {
      next().then(
        (chunk) => stream.push(chunk),
        (error: unknown) => stream.destroy(toError(error)),
      );
    },
    destroy(error, done) {
      closeFile().then(
        () => done(error),
        (closing: unknown) => done(error ?? toError(closing)),
      );
    },
  });
  const onAbort = (): void => {
    if (signal) stream.destroy(cancelled(signal));
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  stream.once('close', () => signal?.removeEventListener('abort', onAbort));
  return stream;
}

function short(key: string, seen: number, size: number): BackupError {
  return new BackupError({
    code: 'STORAGE_ERROR',
    message: `the file of "${key}" became shorter while it was read: ${seen} of ${size} bytes`,
    remedy: 'another program changes the files of this directory; stop it and run again',
    details: { key, seen, size },
  });
}
