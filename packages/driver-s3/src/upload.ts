import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type CompleteMultipartUploadCommandOutput,
  PutObjectCommand,
  type PutObjectCommandInput,
  type PutObjectCommandOutput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import {
  BackupError,
  isBackupError,
  type PutBody,
  type PutOptions,
  readBody,
} from '@milvus-backup/core/driver';
import { vendorCodeOf } from './errors.js';
import type { S3Options } from './options.js';

/** S3 takes no more parts in one object. */
const maxParts = 10_000;
/** Bytes up to which a body of known size is one request: parts in memory would cost more than they gain. */
const singlePutLimit = 256 * 1024 * 1024;
/** Milliseconds for taking back a failed upload, which goes on after the run was cancelled. */
const abortTimeout = 30_000;

export interface Uploaded {
  readonly size: number;
  readonly etag: string | undefined;
  readonly crc32: string | undefined;
}

/** One PutObject for a small body or one of known size, a multipart upload otherwise; on failure its parts are removed. */
export async function uploadObject(
  client: S3Client,
  options: S3Options,
  key: string,
  body: PutBody,
  put: PutOptions,
): Promise<Uploaded> {
  const params: PutObjectCommandInput = {
    Bucket: options.bucket,
    Key: key,
    ...(put.ifNoneMatch ? { IfNoneMatch: put.ifNoneMatch } : {}),
  };
  let size = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of readBody(body, { key, size: put.size, signal: put.signal })) {
      size += chunk.length;
      yield chunk;
    }
  }
  const known = put.size ?? Number.POSITIVE_INFINITY;
  if (known > options.partSize && known <= singlePutLimit) {
    const sent = await putStream(client, { ...params, ContentLength: known }, counted(), put.signal);
    return { size, etag: sent.ETag, crc32: wholeObjectCrc32(sent) };
  }
  const stream = toStream(counted());
  const leftover: { error?: unknown } = {};
  const upload = new Upload({
    client: abortable(client, put.signal, leftover),
    params: { ...params, Body: stream },
    partSize: Math.max(options.partSize, Math.ceil((put.size ?? 0) / maxParts)),
    queueSize: options.partConcurrency,
    leavePartsOnError: false,
  });
  try {
    const answer = await upload.done();
    return { size, etag: answer.ETag, crc32: wholeObjectCrc32(answer) };
  } catch (error) {
    throw leftover.error === undefined ? error : withLeftover(error, leftover.error, key);
  } finally {
    stream.destroy();
  }
}

/** Bytes pass through without being held; whoever gave the body sends it again after a failure. */
async function putStream(
  client: S3Client,
  params: PutObjectCommandInput,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<PutObjectCommandOutput> {
  const stream = toStream(lastOneHeldBack(chunks));
  // The SDK takes no notice of a body that fails, and would wait for the rest of it.
  const broken = new AbortController();
  stream.on('error', (error) => broken.abort(error));
  const abortSignal = signal ? AbortSignal.any([signal, broken.signal]) : broken.signal;
  try {
    return await client.send(new PutObjectCommand({ ...params, Body: stream }), { abortSignal });
  } catch (error) {
    throw broken.signal.aborted ? broken.signal.reason : error;
  } finally {
    stream.destroy();
  }
}

function toStream(chunks: AsyncIterable<Uint8Array>): Readable {
  return Readable.from(chunks, { objectMode: true, highWaterMark: 1 });
}

/** The last chunk goes out when the source is known to end well: with it the store would have the whole object. */
async function* lastOneHeldBack(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let last: Uint8Array | undefined;
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    if (last !== undefined) yield last;
    last = chunk;
  }
  if (last !== undefined) yield last;
}

/** A composite checksum (`…-3`) is over the parts and says nothing that another store could compare. */
export function wholeObjectCrc32(
  answer: Pick<CompleteMultipartUploadCommandOutput, 'ChecksumCRC32' | 'ChecksumType'>,
): string | undefined {
  const value = answer.ChecksumCRC32;
  return value === undefined || value.includes('-') || answer.ChecksumType === 'COMPOSITE'
    ? undefined
    : value;
}

/**
 * Ends an upload that will not be completed, also when the run it belonged to is cancelled. One that the store
 * no longer knows is what was wanted.
 */
export async function abortUpload(client: S3Client, command: AbortMultipartUploadCommand): Promise<void> {
  try {
    await client.send(command, { abortSignal: AbortSignal.timeout(abortTimeout) });
  } catch (error) {
    if (vendorCodeOf(error) !== 'NoSuchUpload') throw error;
  }
}

/**
 * The client as `Upload` sees it: the sending of data ends when the signal aborts, which `Upload` itself cannot do.
 * Not so the steps around it: an upload whose beginning or end went unanswered could not be taken back. A failure to
 * take it back does not hide the error before it.
 */
function abortable(
  client: S3Client,
  signal: AbortSignal | undefined,
  leftover: { error?: unknown },
): S3Client {
  const abortSignal = signal ? { abortSignal: signal } : {};
  const send = async (command: Parameters<S3Client['send']>[0]): Promise<unknown> => {
    if (command instanceof UploadPartCommand) return client.send(command, abortSignal);
    if (command instanceof PutObjectCommand) return client.send(command, abortSignal);
    if (!(command instanceof AbortMultipartUploadCommand)) return client.send(command);
    try {
      await abortUpload(client, command);
    } catch (error) {
      leftover.error = error;
    }
    return {};
  };
  return Object.create(client, { send: { value: send } });
}

function withLeftover(error: unknown, leftover: unknown, key: string): unknown {
  if (!isBackupError(error)) return error;
  return new BackupError({
    code: error.code,
    message: `${error.message}; the parts sent so far could not be removed`,
    remedy: error.remedy ?? 'remove unfinished multipart uploads of the bucket, or give it a lifecycle rule',
    cause: new AggregateError([error, leftover]),
    retryable: error.retryable,
    details: { ...error.details, key },
  });
}
