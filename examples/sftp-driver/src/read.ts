import { Readable } from 'node:stream';
import { BackupError, cancelled } from '@milvus-backup/core/driver';
import type { Session } from './connection.js';

/** What every server gives in one answer. */
const chunkBytes = 32 * 1024;

export interface ReadJob {
  readonly session: Session;
  readonly handle: Buffer;
  readonly key: string;
  readonly requestsAtOnce: number;
  readonly from: number;
  /** First byte that is not read. */
  readonly to: number;
  readonly signal: AbortSignal | undefined;
  readonly toError: (error: unknown) => BackupError;
}

/** The bytes of an open file, in order; closes it at the end, and fails when it ends before `to`. */
export function streamFile(job: ReadJob): Readable {
  const { session, handle, key, requestsAtOnce, from, to, signal, toError } = job;
  let position = from;
  const ahead: Promise<Buffer>[] = [];
  // Without questions ahead each chunk would cost a round trip.
  const fill = (): void => {
    while (ahead.length < requestsAtOnce && position < to) {
      const chunk = readChunk(session, handle, position, Math.min(chunkBytes, to - position));
      // It is looked at when its turn comes; until then it must not count as unheard.
      chunk.catch(() => undefined);
      ahead.push(chunk);
      position += chunkBytes;
    }
  };
  const stream = new Readable({
    highWaterMark: chunkBytes * requestsAtOnce,
    read() {
      fill();
      const next = ahead.shift() ?? Promise.resolve(null);
      next.then(
        (chunk) => stream.push(chunk),
        (error: unknown) => stream.destroy(toError(error instanceof ShortRead ? short(key) : error)),
      );
    },
    destroy(error, done) {
      Promise.allSettled(ahead)
        .then(() => session.ask((sftp, end) => sftp.close(handle, end)))
        .then(
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

class ShortRead extends Error {}

/** A server may give less than it was asked for. */
async function readChunk(session: Session, handle: Buffer, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  for (let filled = 0; filled < length; ) {
    const offset = filled;
    const count = await session.ask<number>((sftp, done) =>
      sftp.read(handle, buffer, offset, length - offset, start + offset, (error, bytes) =>
        isEnd(error) ? done(null, 0) : done(error, bytes),
      ),
    );
    if (count === 0) throw new ShortRead();
    filled += count;
  }
  return buffer;
}

function isEnd(error: Error | undefined): boolean {
  return error !== undefined && Reflect.get(error, 'code') === 1;
}

function short(key: string): BackupError {
  return new BackupError({
    code: 'STORAGE_ERROR',
    message: `the file of "${key}" became shorter while it was read`,
    remedy: 'another program changes the files of this folder; stop it and run again',
    details: { key },
  });
}
