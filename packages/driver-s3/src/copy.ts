import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { BackupError } from '@milvus-backup/core/driver';
import type { S3Options } from './options.js';
import { abortUpload } from './upload.js';

const MiB = 1024 * 1024;
/** Bytes. Below this a copy by ranges costs more than it gains, and a part would be the whole object. */
const smallestMultipart = 10 * MiB;
const partBytes = 32 * MiB;
const maxParts = 10_000;
const partsAtOnce = 10;
const defaultThreshold = 500 * MiB;

export interface CopyJob {
  readonly sourceBucket: string;
  readonly sourceKey: string;
  /** Refuses a source that changed since it was looked at. */
  readonly sourceEtag: string | undefined;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly threshold: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Copies inside the store: one request for small objects, ranges in parallel for large ones. Gives the etag. */
export async function copyObject(
  client: S3Client,
  options: S3Options,
  job: CopyJob,
): Promise<string | undefined> {
  const threshold = Math.max(job.threshold ?? defaultThreshold, smallestMultipart);
  if (options.multipartCopy && job.size >= Math.min(threshold, options.family.copyLimit)) {
    return copyByRanges(client, options, job);
  }
  if (job.size > options.family.copyLimit) {
    throw new BackupError({
      code: 'UNSUPPORTED',
      message: `"${job.sourceKey}" has ${job.size} bytes, more than one copy request of ${options.target} takes`,
      remedy: 'use transfer.mode streaming',
      details: { key: job.sourceKey, size: job.size },
    });
  }
  const answer = await client.send(
    new CopyObjectCommand({ Bucket: options.bucket, Key: job.key, ...sourceOf(job) }),
    job.signal ? { abortSignal: job.signal } : {},
  );
  return answer.CopyObjectResult?.ETag;
}

async function copyByRanges(client: S3Client, options: S3Options, job: CopyJob): Promise<string | undefined> {
  const target = { Bucket: options.bucket, Key: job.key };
  const stop = new AbortController();
  const abortSignal = job.signal ? AbortSignal.any([job.signal, stop.signal]) : stop.signal;
  // Beginning and end are not aborted once sent: without their answers the upload could not be taken back.
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  const parts: CompletedPart[] = [];
  const ranges = rangesOf(job.size);
  const copyParts = async (): Promise<void> => {
    for (const { number, from, to } of ranges) {
      const part = { PartNumber: number, CopySourceRange: `bytes=${from}-${to - 1}` };
      const answer = await client.send(
        new UploadPartCopyCommand({ ...target, ...sourceOf(job), ...part, UploadId }),
        { abortSignal },
      );
      parts[number - 1] = { PartNumber: number, ETag: answer.CopyPartResult?.ETag };
    }
  };
  try {
    const workers = Array.from({ length: partsAtOnce }, () =>
      copyParts().catch((error: unknown) => {
        stop.abort(error);
        throw error;
      }),
    );
    const failed = (await Promise.allSettled(workers)).find((worker) => worker.status === 'rejected');
    if (failed) throw stop.signal.reason;
    job.signal?.throwIfAborted();
    const answer = await client.send(
      new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts: parts } }),
    );
    return answer.ETag;
  } catch (error) {
    await abortUpload(client, new AbortMultipartUploadCommand({ ...target, UploadId })).catch(
      (leftover: unknown) => {
        throw new AggregateError(
          [error, leftover],
          `the copy of "${job.sourceKey}" failed, its parts remain`,
        );
      },
    );
    throw error;
  }
}

/** Shared by the workers: each takes the next range when it is free. */
function* rangesOf(size: number): Generator<{ number: number; from: number; to: number }> {
  const length = Math.max(partBytes, Math.ceil(size / maxParts));
  let number = 0;
  for (let from = 0; from < size; from += length) {
    number += 1;
    yield { number, from, to: Math.min(size, from + length) };
  }
}

function sourceOf(job: CopyJob): { CopySource: string; CopySourceIfMatch?: string } {
  const path = [job.sourceBucket, ...job.sourceKey.split('/')].map(encodeURIComponent).join('/');
  return {
    CopySource: path,
    ...(job.sourceEtag === undefined ? {} : { CopySourceIfMatch: `"${job.sourceEtag}"` }),
  };
}
