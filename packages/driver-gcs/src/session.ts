import { Readable } from 'node:stream';
import { BackupError } from '@milvus-backup/core/driver';
import type { ByteQueue } from './byte-queue.js';
import type { GcsAnswer, GcsClient } from './client.js';
import { Crc32c } from './crc32c.js';
import { objectFields, objectPath } from './object.js';
import { onlyNew, type UploadJob } from './upload-job.js';

/** Bytes. All parts of a session but the last are multiples of it. */
const grain = 256 * 1024;
/** Milliseconds. Whoever stops a run does not wait longer for a store that is silent. */
const cancelTimeout = 30_000;

export interface SessionBody {
  readonly queue: ByteQueue;
  /** Bytes of the whole, when known: it is passed on as it comes. */
  readonly size?: number;
  /** What was taken from the queue already. */
  readonly first?: Buffer;
}

export interface Uploaded {
  readonly answer: Readonly<Record<string, unknown>>;
  /** CRC32C of what was sent. */
  readonly sum: string;
}

/** Uploads through a resumable session; one that fails or is aborted is cancelled at the store. */
export async function uploadInSession(
  client: GcsClient,
  job: UploadJob,
  body: SessionBody,
): Promise<Uploaded> {
  const session = await openSession(client, job, body.size);
  try {
    return body.size === undefined
      ? await sendChunks(client, job, session, body)
      : await passThrough(client, job, session, { queue: body.queue, size: body.size });
  } catch (error) {
    await cancelSession(client, session).catch((leftover: unknown) => {
      throw new AggregateError([error, leftover], `the unfinished upload of "${job.key}" remains`);
    });
    throw error;
  }
}

/** Not aborted once sent: without its answer the session could not be cancelled. */
async function openSession(client: GcsClient, job: UploadJob, size: number | undefined): Promise<URL> {
  const { headers } = await client.send({
    method: 'POST',
    upload: true,
    path: objectPath(job.bucket),
    params: { uploadType: 'resumable', name: job.key, fields: objectFields, ...onlyNew(job) },
    headers: {
      'Content-Type': 'application/json; charset=UTF-8',
      'X-Upload-Content-Type': 'application/octet-stream',
      ...(size === undefined ? {} : { 'X-Upload-Content-Length': String(size) }),
    },
    body: Buffer.from(JSON.stringify({ name: job.key })),
    signal: job.signal,
    settles: true,
    again: 'always',
  });
  const location = headers.location;
  if (location === undefined) throw new Error('the store opened an upload and did not say where');
  return client.sessionUrl(location);
}

/** Unknown length: a chunk is held until the store has it, so that it can be sent again. */
async function sendChunks(
  client: GcsClient,
  job: UploadJob,
  session: URL,
  { queue, first }: SessionBody,
): Promise<Uploaded> {
  const sum = new Crc32c();
  let at = 0;
  let next = { data: first ?? Buffer.alloc(0), last: false };
  while (!next.last) {
    sum.update(next.data);
    at = await sendChunk(client, job, session, { data: next.data, at });
    next = await queue.take(job.chunkSize);
  }
  sum.update(next.data);
  return finish(client, job, session, { data: next.data, at, sum: String(sum) });
}

/** The store may keep less than it was sent; the rest goes again. Gives where the next chunk begins. */
async function sendChunk(
  client: GcsClient,
  job: UploadJob,
  session: URL,
  { data, at }: { readonly data: Buffer; readonly at: number },
): Promise<number> {
  const end = at + data.length;
  for (let from = at; from < end; ) {
    const rest = data.subarray(from - at);
    const answer = await client.send({
      method: 'PUT',
      url: session,
      headers: { 'Content-Range': `bytes ${from}-${end - 1}/*` },
      body: rest,
      signal: job.signal,
      again: 'always',
      accepts: isIncomplete,
    });
    const kept = keptBytes(answer);
    if (kept <= from || kept > end) throw lostBytes(job.key, kept, end);
    from = kept;
  }
  return end;
}

/**
 * Known length: all but the end goes by one request, unheld; then the end with the checksum, so that nothing can
 * appear before that request.
 */
async function passThrough(
  client: GcsClient,
  job: UploadJob,
  session: URL,
  { queue, size }: { readonly queue: ByteQueue; readonly size: number },
): Promise<Uploaded> {
  const sum = new Crc32c();
  const most = Math.floor((size - 1) / grain) * grain;
  const failure: { error?: unknown } = {};
  const answer = await client
    .send({
      method: 'PUT',
      url: session,
      headers: { 'Content-Length': String(most), 'Content-Range': `bytes 0-${most - 1}/${size}` },
      body: Readable.from(summed(queue.pass(most), sum, failure), { objectMode: true, highWaterMark: 1 }),
      signal: job.signal,
      again: 'never',
      accepts: isIncomplete,
    })
    .catch((error: unknown) => {
      throw failure.error ?? error;
    });
  if (keptBytes(answer) !== most) throw lostBytes(job.key, keptBytes(answer), most);
  const { data } = await queue.take(size - most);
  sum.update(data);
  return finish(client, job, session, { data, at: most, sum: String(sum) });
}

async function* summed(
  source: AsyncIterable<Uint8Array>,
  sum: Crc32c,
  failure: { error?: unknown },
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of source) {
      sum.update(chunk);
      yield chunk;
    }
  } catch (error) {
    failure.error = error;
    throw error;
  }
}

/** The request that makes the object appear. */
async function finish(
  client: GcsClient,
  job: UploadJob,
  session: URL,
  { data, at, sum }: { readonly data: Buffer; readonly at: number; readonly sum: string },
): Promise<Uploaded> {
  const size = at + data.length;
  const answer = await client.send({
    method: 'PUT',
    url: session,
    headers: { 'Content-Range': `bytes ${at}-${size - 1}/${size}`, 'X-Goog-Hash': `crc32c=${sum}` },
    body: data,
    signal: job.signal,
    settles: true,
    again: 'always',
  });
  return { answer: answer.data, sum };
}

/** Also when the run it belongs to is cancelled. Google answers 499 for done; one that is gone is what was wanted. */
async function cancelSession(client: GcsClient, session: URL): Promise<void> {
  await client.send({
    method: 'DELETE',
    url: session,
    signal: AbortSignal.timeout(cancelTimeout),
    again: 'always',
    accepts: (status) => status < 300 || [404, 410, 412, 499].includes(status),
  });
}

const isIncomplete = (status: number): boolean => status === 308;

function keptBytes({ headers }: GcsAnswer): number {
  const last = /^bytes=0-(\d+)$/.exec(headers.range ?? '')?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}

function lostBytes(key: string, kept: number, sent: number): BackupError {
  return new BackupError({
    code: 'STORAGE_UNREACHABLE',
    message: `the store kept ${kept} of ${sent} bytes of an upload of "${key}"`,
    remedy: 'run again',
    retryable: true,
    details: { key, kept, sent },
  });
}
