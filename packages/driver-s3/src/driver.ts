import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import {
  BackupError,
  type CallOptions,
  type CopyOptions,
  cancelled,
  type DriverCapabilities,
  type GetOptions,
  type GetResult,
  invalidKey,
  isBackupError,
  type ListEntry,
  type ListOptions,
  type ObjectInfo,
  type PutBody,
  type PutOptions,
  type StorageDriver,
  throwIfAborted,
  type UnfinishedUpload,
} from '@milvus-backup/core/driver';
import { guardDownload } from './body.js';
import { createClient } from './client.js';
import { proveConditions } from './conditions.js';
import { copyObject } from './copy.js';
import { statusOf, toS3Error, vendorCodeOf } from './errors.js';
import { unquote } from './etag.js';
import { listPages } from './list.js';
import type { S3Options } from './options.js';
import { deleteBatchSize, type RemoveFailure, removeBatch, removeSingly } from './remove.js';
import { abortUpload, type Uploaded, uploadObject, wholeObjectCrc32 } from './upload.js';
import { listUploads } from './uploads.js';

/** A driver for one bucket of a store that speaks S3. No traffic until its first call. */
export function createS3Driver(options: S3Options): StorageDriver {
  return new S3Driver(options, createClient(options));
}

type SendOptions = { abortSignal?: AbortSignal };

class S3Driver implements StorageDriver {
  readonly name = 's3';
  readonly capabilities: DriverCapabilities;
  readonly #options: S3Options;
  readonly #client: S3Client;
  #batchDelete: boolean;
  #bucketSeen = false;
  #conditions: Promise<void> | undefined;
  #closed = false;

  constructor(options: S3Options, client: S3Client) {
    this.#options = options;
    this.#client = client;
    this.#batchDelete = options.batchDelete;
    this.capabilities = {
      serverSideCopy: true,
      multipartCopy: options.multipartCopy || options.family.copyLimit === Number.POSITIVE_INFINITY,
      conditionalPut: options.conditionalPut,
      deleteBatchSize: options.batchDelete ? deleteBatchSize : 1,
      ...(options.checksums === 'whenSupported' ? { checksum: 'crc32' } : {}),
    };
  }

  async head(key: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    return this.#run(options.signal, key, async (send) => {
      const input = { Bucket: this.#options.bucket, Key: key };
      const mode = this.#options.checksums === 'whenSupported' ? { ChecksumMode: 'ENABLED' as const } : {};
      try {
        const answer = await this.#client.send(new HeadObjectCommand({ ...input, ...mode }), send);
        return { ...this.#info(key, answer), size: answer.ContentLength ?? 0 };
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
        if (!this.#bucketSeen && !(await this.bucketExists(options))) throw missingBucket(error);
        return null;
      }
    });
  }

  async get(key: string, options: GetOptions = {}): Promise<GetResult> {
    if (options.range?.length === 0) return this.#getNothing(key, options);
    return this.#run(options.signal, key, async (send) => {
      const answer = await this.#client.send(
        new GetObjectCommand({
          Bucket: this.#options.bucket,
          Key: key,
          ...(options.range ? { Range: rangeHeader(options.range) } : {}),
          ...(options.ifMatch === undefined ? {} : { IfMatch: `"${options.ifMatch}"` }),
        }),
        send,
      );
      const source = answer.Body;
      const total = /\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1];
      if (!(source instanceof Readable)) throw new Error('the answer has no body');
      if (options.range && total === undefined) {
        source.destroy();
        throw Object.assign(new Error('it ignored the range of the request'), { code: 'NotImplemented' });
      }
      const length = answer.ContentLength ?? 0;
      const toError = (error: unknown): BackupError => this.#toError(error, key);
      const body = guardDownload(source, { key, size: length, signal: options.signal, toError });
      return {
        body,
        info: { ...this.#info(key, answer), size: total === undefined ? length : Number(total) },
      };
    });
  }

  async put(key: string, body: PutBody, options: PutOptions = {}): Promise<ObjectInfo> {
    if (options.ifNoneMatch && !this.#options.conditionalPut) {
      throw this.#unsupported('conditional writes', 'options.conditionalPut');
    }
    if (options.ifNoneMatch && this.#options.family.conditionHeader !== undefined) {
      this.#enter(options.signal, key);
      await this.#proveConditions();
    }
    return this.#put(key, body, options);
  }

  async #put(key: string, body: PutBody, options: PutOptions): Promise<ObjectInfo> {
    return this.#run(options.signal, key, async () => {
      const done: Uploaded = await uploadObject(this.#client, this.#options, key, body, options);
      return {
        key,
        size: done.size,
        ...(done.etag === undefined ? {} : { etag: unquote(done.etag) }),
        ...this.#checksum(done.crc32),
      };
    });
  }

  async copyFrom(
    source: StorageDriver,
    sourceKey: string,
    key: string,
    options: CopyOptions = {},
  ): Promise<ObjectInfo> {
    this.#enter(options.signal, key);
    if (!(source instanceof S3Driver))
      throw this.#unsupported(`copying from a driver of kind ${source.name}`);
    if (source.#options.endpoint !== this.#options.endpoint) {
      throw this.#unsupported(`copying from another endpoint, ${source.#options.target}`);
    }
    const head = options.size === undefined ? await source.head(sourceKey, options) : undefined;
    if (head === null) throw source.#toError({ name: 'NoSuchKey' }, sourceKey);
    const size = options.size ?? head?.size ?? 0;
    return this.#run(
      options.signal,
      key,
      async () => {
        const etag = await copyObject(this.#client, this.#options, {
          sourceBucket: source.#options.bucket,
          sourceKey,
          sourceEtag: head?.etag,
          key,
          size,
          threshold: options.multipartThreshold,
          signal: options.signal,
        });
        return { key, size, ...(etag === undefined ? {} : { etag: unquote(etag) }) };
      },
      (error) => (vendorCodeOf(error) === 'NoSuchKey' ? source.#toError(error, sourceKey) : undefined),
    );
  }

  async delete(keys: readonly string[], options: CallOptions = {}): Promise<void> {
    for (const key of keys) this.#enter(options.signal, key);
    this.#enter(options.signal);
    const failures: RemoveFailure[] = [];
    for (let from = 0; from < keys.length; from += deleteBatchSize) {
      this.#enter(options.signal);
      const batch = keys.slice(from, from + deleteBatchSize);
      failures.push(...(await this.#remove(batch, options.signal)));
    }
    const first = failures[0];
    if (first === undefined) return;
    if (options.signal?.aborted) throw cancelled(options.signal);
    const error = this.#toError(first.error, first.key);
    throw new BackupError({
      code: error.code,
      message: error.message,
      remedy: error.remedy,
      retryable: error.retryable,
      cause: error.cause,
      details: { ...error.details, failed: failures.length },
    });
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ListEntry> {
    this.#enter(options.signal);
    const pages = listPages(this.#client, { ...options, bucket: this.#options.bucket, prefix });
    for (;;) {
      const page = await this.#run(options.signal, undefined, () => pages.next());
      if (page.done) return;
      for (const entry of page.value) {
        this.#enter(options.signal);
        yield entry;
      }
    }
  }

  async *uploads(prefix: string, options: CallOptions = {}): AsyncGenerator<UnfinishedUpload> {
    this.#enter(options.signal);
    const uploads = listUploads(this.#client, this.#options.bucket, prefix, options.signal);
    for (;;) {
      const next = await this.#run(options.signal, undefined, () => uploads.next());
      if (next.done) return;
      yield next.value;
    }
  }

  async abortUpload({ key, id }: UnfinishedUpload, options: CallOptions = {}): Promise<void> {
    const input = { Bucket: this.#options.bucket, Key: key, UploadId: id };
    await this.#run(options.signal, key, () =>
      abortUpload(this.#client, new AbortMultipartUploadCommand(input)),
    );
  }

  async bucketExists(options: CallOptions = {}): Promise<boolean> {
    // A listing, not HeadBucket: an answer without a body does not say why access was denied.
    const exists = await this.#run(options.signal, undefined, async (send) => {
      try {
        await this.#client.send(new ListObjectsV2Command({ Bucket: this.#options.bucket, MaxKeys: 1 }), send);
        return true;
      } catch (error) {
        if (vendorCodeOf(error) === 'NoSuchBucket') return false;
        throw error;
      }
    });
    this.#bucketSeen = exists;
    return exists;
  }

  async createBucket(options: CallOptions = {}): Promise<void> {
    const { bucket, region } = this.#options;
    const elsewhere = region !== 'us-east-1' && region !== 'auto';
    const location = elsewhere ? { CreateBucketConfiguration: { LocationConstraint: region as never } } : {};
    await this.#run(options.signal, undefined, async (send) => {
      try {
        await this.#client.send(new CreateBucketCommand({ Bucket: bucket, ...location }), send);
      } catch (error) {
        const code = vendorCodeOf(error);
        if (code === 'BucketAlreadyOwnedByYou') return;
        if (code !== 'BucketAlreadyExists') throw error;
        // Some stores give this code for buckets of ours too: ours is one that we may list.
        await this.bucketExists(options);
      }
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#client.destroy();
  }

  /** Once, for all that wait for it; again after a failure. */
  #proveConditions(): Promise<void> {
    const direct = {
      put: (...call: Parameters<StorageDriver['put']>) => this.#put(call[0], call[1], call[2] ?? {}),
      delete: (...call: Parameters<StorageDriver['delete']>) => this.delete(...call),
    };
    this.#conditions ??= proveConditions(direct, this.#options.folder, this.#options.target).catch(
      (error: unknown) => {
        this.#conditions = undefined;
        throw error;
      },
    );
    return this.#conditions;
  }

  async #remove(keys: readonly string[], signal: AbortSignal | undefined): Promise<readonly RemoveFailure[]> {
    const job = { bucket: this.#options.bucket, keys, signal };
    if (this.#batchDelete) {
      const failures = await removeBatch(this.#client, job);
      if (failures !== 'unsupported') return failures;
      this.#batchDelete = false;
    }
    return removeSingly(this.#client, job);
  }

  /** A range of no bytes, which S3 cannot express. */
  async #getNothing(key: string, options: GetOptions): Promise<GetResult> {
    const info = await this.head(key, options);
    if (info === null) throw this.#toError({ name: 'NoSuchKey' }, key);
    if (options.ifMatch !== undefined && options.ifMatch !== info.etag) {
      throw this.#toError({ name: 'PreconditionFailed' }, key);
    }
    if ((options.range?.offset ?? 0) >= info.size) throw this.#toError({ name: 'InvalidRange' }, key);
    return { body: Readable.from([], { objectMode: false }), info };
  }

  async #run<T>(
    signal: AbortSignal | undefined,
    key: string | undefined,
    call: (send: SendOptions) => Promise<T>,
    explain?: (error: unknown) => BackupError | undefined,
  ): Promise<T> {
    this.#enter(signal, key);
    try {
      const result = await call(signal ? { abortSignal: signal } : {});
      this.#bucketSeen = true;
      return result;
    } catch (error) {
      if (signal?.aborted) throw cancelled(signal);
      throw explain?.(error) ?? this.#toError(error, key);
    }
  }

  #enter(signal: AbortSignal | undefined, key?: string): void {
    if (this.#closed) {
      throw new BackupError({ code: 'DRIVER_CLOSED', message: 'the storage driver is closed' });
    }
    throwIfAborted(signal);
    const reason = key === undefined ? null : invalidKey(key);
    if (reason !== null) {
      throw new BackupError({
        code: 'INVALID_KEY',
        message: `the key "${key}" ${reason}`,
        details: { key: key ?? '' },
      });
    }
  }

  #toError(error: unknown, key: string | undefined): BackupError {
    return isBackupError(error) ? error : toS3Error(error, { ...this.#options, key });
  }

  #info(key: string, answer: Partial<HeadObjectCommandOutput>): Omit<ObjectInfo, 'size'> {
    return {
      key,
      ...(answer.ETag === undefined ? {} : { etag: unquote(answer.ETag) }),
      ...(answer.LastModified === undefined ? {} : { lastModified: answer.LastModified }),
      ...this.#checksum(wholeObjectCrc32(answer)),
    };
  }

  #checksum(value: string | undefined): Pick<ObjectInfo, 'checksum'> {
    return this.capabilities.checksum && value !== undefined
      ? { checksum: { algorithm: 'crc32', value } }
      : {};
  }

  #unsupported(what: string, option?: string): BackupError {
    return new BackupError({
      code: 'UNSUPPORTED',
      message: `the store at ${this.#options.target} does not do ${what}`,
      ...(option === undefined
        ? {}
        : {
            remedy:
              this.#options.family.withoutConditions ??
              `set ${this.#options.section}.${option} to true if it does`,
          }),
    });
  }
}

function rangeHeader(range: { readonly offset: number; readonly length?: number }): string {
  const end = range.length === undefined ? '' : range.offset + range.length - 1;
  return `bytes=${range.offset}-${end}`;
}

function missingBucket(cause: unknown): Error {
  return Object.assign(new Error('no such bucket', { cause }), { code: 'NoSuchBucket' });
}
