import { Readable } from 'node:stream';
import { BackupError, isBackupError } from '../errors/index.js';
import type { GetOptions, GetResult } from './driver.js';

type Range = NonNullable<GetOptions['range']>;

export interface ResumeRules {
  readonly first: GetResult;
  /** What was asked for; `undefined` is everything. */
  readonly range: Range | undefined;
  /** How often the body may be taken up again without getting {@link progress} further in between. */
  readonly resumes: number;
  /** Opens the rest, of the same content. */
  readonly reopen: (range: Range, ifMatch: string) => Promise<GetResult>;
  readonly toError: (error: unknown) => BackupError;
}

/** Bytes that show a connection to be of use, however often it breaks: a large object over a poor network gets through. */
const progress = 64 * 1024;

/**
 * A body that outlives broken connections: it goes on at its offset as long as the object is the same. It never ends
 * early without an error, whatever the driver does. Without an etag nothing could prove the content the same, so a break is final.
 */
export function resumeBody({ first, range, resumes, reopen, toError }: ResumeRules): Readable {
  const offset = range?.offset ?? 0;
  const expected = Math.max(0, Math.min(first.info.size - offset, range?.length ?? Number.POSITIVE_INFINITY));
  let seen = 0;
  let left = resumes;
  let brokeAt = 0;
  let current: Readable | undefined;

  const body = new Readable({
    read() {
      current?.resume();
    },
    destroy(error, done) {
      current?.destroy();
      done(error);
    },
  });

  const attach = (source: Readable): void => {
    current = source;
    if (body.destroyed) {
      source.destroy();
      return;
    }
    let over = false;
    const finish = (error?: unknown): void => {
      if (over || body.destroyed) return;
      over = true;
      source.destroy();
      if (error === undefined && seen === expected) body.push(null);
      else goOn(error === undefined ? ended(seen, expected) : toError(error));
    };
    source.on('data', (chunk: Uint8Array) => {
      seen += chunk.length;
      if (!body.push(chunk)) source.pause();
    });
    source.once('end', () => finish());
    // Stays on: a source that was let go may fail once more, which no longer matters.
    source.on('error', finish);
    source.once('close', () => finish(source.readableEnded ? undefined : ended(seen, expected)));
  };

  const goOn = (error: BackupError): void => {
    const etag = first.info.etag;
    if (seen - brokeAt >= progress) left = resumes;
    brokeAt = seen;
    if (!error.retryable || left === 0 || etag === undefined || seen >= expected) {
      body.destroy(error);
      return;
    }
    left -= 1;
    reopen({ offset: offset + seen, length: expected - seen }, etag).then(
      (next) => attach(next.body),
      (failure: unknown) => body.destroy(isBackupError(failure) ? failure : toError(failure)),
    );
  };

  attach(first.body);
  return body;
}

function ended(seen: number, expected: number): BackupError {
  return new BackupError({
    code: 'STORAGE_UNREACHABLE',
    message: `a download ended after ${seen} of ${expected} bytes`,
    remedy: 'run again; when it happens often, look at the network',
    retryable: true,
    details: { seen, expected },
  });
}
