import { setTimeout as delay } from 'node:timers/promises';
import type { BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import { BackupError } from '@milvus-backup/core/driver';
import type { SourceUrls } from './source-url.js';
import { createBlockIds, httpHeaders, maxBlocks } from './upload.js';

const MiB = 1024 * 1024;
/** Bytes up to which Azure copies in one request. */
const singleCopyLimit = 256 * MiB;
/** Bytes. Below this a copy by ranges costs more than it gains. */
const smallestRanged = 10 * MiB;
const rangeBytes = 32 * MiB;
const rangesAtOnce = 10;
const defaultThreshold = 500 * MiB;
/** Azure takes no longer source in the header of a request. */
const longestUrl = 2048;
const pollDelay = 500;

export interface CopyJob {
  readonly source: SourceUrls;
  readonly sourceKey: string;
  /** Refuses a source that changed since it was looked at. */
  readonly sourceEtag: string | undefined;
  readonly sourceMd5: Uint8Array | undefined;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly threshold: number | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface Copied {
  readonly etag: string | undefined;
  readonly md5: Uint8Array | undefined;
  readonly lastModified: Date | undefined;
}

/** Copies inside Azure: one request for small objects, ranges side by side for large ones. */
export async function copyObject(container: ContainerClient, job: CopyJob): Promise<Copied> {
  const target = container.getBlockBlobClient(job.key);
  const threshold = Math.max(job.threshold ?? defaultThreshold, smallestRanged);
  return job.size >= Math.min(threshold, singleCopyLimit)
    ? copyByRanges(target, job)
    : copyAtOnce(target, job);
}

async function copyAtOnce(target: BlockBlobClient, job: CopyJob): Promise<Copied> {
  const answer = await target.syncCopyFromURL(await readableUrl(job), {
    ...(job.signal ? { abortSignal: job.signal } : {}),
    ...conditionsOf(job),
  });
  if (answer.copyStatus !== undefined && answer.copyStatus !== 'success') return awaitCopy(target, job);
  return { etag: answer.etag, md5: answer.contentMD5, lastModified: answer.lastModified };
}

/** Stores that speak like Azure may put a copy off: it is not done before they say so, aborted or not. */
async function awaitCopy(target: BlockBlobClient, job: CopyJob): Promise<Copied> {
  for (;;) {
    const { copyStatus, copyStatusDescription, copyId, etag, contentMD5, lastModified } =
      await target.getProperties();
    if (copyStatus === undefined || copyStatus === 'success') return { etag, md5: contentMD5, lastModified };
    if (copyStatus !== 'pending') {
      throw new BackupError({
        code: 'STORAGE_ERROR',
        message: `the copy of "${job.sourceKey}" ended as ${copyStatus}: ${copyStatusDescription ?? 'no reason given'}`,
        remedy: 'run again',
        retryable: true,
        details: { key: job.key },
      });
    }
    if (job.signal?.aborted && copyId !== undefined) await target.abortCopyFromURL(copyId);
    else await delay(pollDelay);
  }
}

async function copyByRanges(target: BlockBlobClient, job: CopyJob): Promise<Copied> {
  const idOf = createBlockIds();
  const ids: string[] = [];
  const ranges = rangesOf(job.size);
  let failure: { readonly error: unknown } | undefined;
  const copyRanges = async (): Promise<void> => {
    for (const { index, offset, count } of ranges) {
      if (failure || job.signal?.aborted) return;
      const id = idOf(index);
      ids[index] = id;
      await target.stageBlockFromURL(id, await readableUrl(job), offset, count, {
        ...(job.signal ? { abortSignal: job.signal } : {}),
        ...conditionsOf(job),
      });
    }
  };
  const workers = Array.from({ length: rangesAtOnce }, () =>
    copyRanges().catch((error: unknown) => {
      failure ??= { error };
    }),
  );
  await Promise.all(workers);
  if (failure) throw failure.error;
  const answer = await target.commitBlockList(ids, {
    ...httpHeaders(job.sourceMd5),
    ...(job.signal ? { abortSignal: job.signal } : {}),
  });
  return { etag: answer.etag, md5: job.sourceMd5, lastModified: answer.lastModified };
}

/** Made anew for each request: the right to read is short. */
async function readableUrl(job: CopyJob): Promise<string> {
  const url = await job.source.urlOf(job.sourceKey);
  if (url.length <= longestUrl) return url;
  throw new BackupError({
    code: 'UNSUPPORTED',
    message: `the key "${job.sourceKey}" is too long for Azure to copy from`,
    remedy: 'use transfer.mode auto or streaming',
    details: { key: job.sourceKey },
  });
}

const conditionsOf = ({ sourceEtag }: CopyJob): { sourceConditions?: { ifMatch: string } } =>
  sourceEtag === undefined ? {} : { sourceConditions: { ifMatch: `"${sourceEtag}"` } };

/** Shared by the workers: each takes the next range when it is free. */
function* rangesOf(size: number): Generator<{ index: number; offset: number; count: number }> {
  const length = Math.max(rangeBytes, Math.ceil(size / maxBlocks));
  for (let index = 0; index * length < size; index += 1) {
    yield { index, offset: index * length, count: Math.min(length, size - index * length) };
  }
}
