import { Readable } from 'node:stream';
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
} from '@milvus-backup/core/driver';
import { guardDownload } from './body.js';
import { type AzureClient, createClient } from './client.js';
import { copyObject } from './copy.js';
import { toAzureError } from './errors.js';
import { isFolder, listPages, toInfo } from './list.js';
import type { AzureOptions } from './options.js';
import { deleteBatchSize, type RemoveFailure, removeBatch, removeSingly } from './remove.js';
import { createSourceUrls, type SourceUrls } from './source-url.js';
import { uploadObject } from './upload.js';
import { statusOf, vendorCodeOf } from './vendor-error.js';

/**
 * A driver for one container of Azure Blob Storage. No traffic until its first call.
 * @param now milliseconds, for the time frames of signatures
 */
export function createAzureDriver(options: AzureOptions, now: () => number = Date.now): StorageDriver {
  const client = createClient(options);
  return new AzureDriver(options, client, createSourceUrls(client, options, now));
}

class AzureDriver implements StorageDriver {
  readonly name = 'azure';
  readonly capabilities: DriverCapabilities;
  readonly #options: AzureOptions;
  readonly #client: AzureClient;
  readonly #urls: SourceUrls;
  #batchDelete: boolean;
  #closed = false;

  constructor(options: AzureOptions, client: AzureClient, urls: SourceUrls) {
    this.#options = options;
    this.#client = client;
    this.#urls = urls;
    this.#batchDelete = options.batchDelete;
    this.capabilities = {
      serverSideCopy: true,
      multipartCopy: true,
      conditionalPut: true,
      deleteBatchSize,
      ...(options.checksums ? { checksum: 'md5', md5Put: true } : {}),
    };
  }

  async head(key: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    return this.#run(options.signal, key, async () => {
      try {
        const answer = await this.#client.container.getBlobClient(key).getProperties(abortable(options));
        return isFolder(answer.metadata) ? null : this.#info(key, answer);
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
        const code = vendorCodeOf(error);
        if (code === 'BlobNotFound') return null;
        if (code !== '' && code !== 'RestError') throw error;
        if (await this.bucketExists(options)) return null;
        throw Object.assign(new Error('no such container'), { code: 'ContainerNotFound', statusCode: 404 });
      }
    });
  }

  async get(key: string, options: GetOptions = {}): Promise<GetResult> {
    const { range, ifMatch, signal } = options;
    if (range?.length === 0) return this.#getNothing(key, options);
    return this.#run(signal, key, async () => {
      const answer = await this.#client.container
        .getBlobClient(key)
        .download(range?.offset ?? 0, range?.length, {
          ...abortable(options),
          // Broken downloads are taken up by core, which knows what it has.
          maxRetryRequests: 0,
          ...(ifMatch === undefined ? {} : { conditions: { ifMatch: `"${ifMatch}"` } }),
        });
      const source = answer.readableStreamBody;
      if (!(source instanceof Readable)) throw new Error('the answer has no body');
      const total = /\/(\d+)$/.exec(answer.contentRange ?? '')?.[1];
      const length = answer.contentLength ?? 0;
      const size = total === undefined ? length : Number(total);
      const refused = isFolder(answer.metadata)
        ? 'BlobNotFound'
        : refuseRange(range, size, total !== undefined);
      if (refused !== undefined) {
        source.destroy();
        throw Object.assign(new Error(refused), { code: refused });
      }
      const whole = total === undefined;
      const body = guardDownload(source, {
        key,
        size: length,
        md5: whole && this.#options.checksums ? answer.contentMD5 : undefined,
        timeout: this.#options.requestTimeout,
        signal,
        toError: (error) => this.#toError(error, key),
      });
      const { etag, lastModified } = answer;
      // With a range `contentMD5` would be that of the range.
      const contentMD5 = whole ? answer.contentMD5 : answer.blobContentMD5;
      return { body, info: this.#info(key, { etag, lastModified, contentLength: size, contentMD5 }) };
    });
  }

  async put(key: string, body: PutBody, options: PutOptions = {}): Promise<ObjectInfo> {
    return this.#run(options.signal, key, async () => {
      const done = await uploadObject(this.#client, this.#options, key, body, options);
      return this.#info(key, { ...done, contentLength: done.size, contentMD5: done.md5 });
    });
  }

  async copyFrom(
    source: StorageDriver,
    sourceKey: string,
    key: string,
    options: CopyOptions = {},
  ): Promise<ObjectInfo> {
    this.#enter(options.signal, key);
    if (!(source instanceof AzureDriver)) {
      throw unsupported(`Azure cannot copy from a driver of kind ${source.name}`);
    }
    source.#enter(options.signal, sourceKey);
    if (!source.#urls.possible) {
      throw unsupported(
        `the signature of ${source.#options.section} does not let Azure read there`,
        'give it the right to read (sp=r), or use an account key',
      );
    }
    const head = options.size === undefined ? await source.head(sourceKey, options) : undefined;
    if (head === null) throw source.#toError(notFound, sourceKey);
    const size = options.size ?? head?.size ?? 0;
    const md5 = head?.checksum?.value;
    try {
      return await this.#run(options.signal, key, async () => {
        const done = await copyObject(this.#client.container, {
          source: source.#urls,
          sourceKey,
          sourceEtag: head?.etag,
          sourceMd5: md5 === undefined ? undefined : Buffer.from(md5, 'base64'),
          key,
          size,
          threshold: options.multipartThreshold,
          signal: options.signal,
        });
        return this.#info(key, { ...done, contentLength: size, contentMD5: done.md5 });
      });
    } catch (error) {
      throw await this.#explainCopy(error, source, sourceKey, options);
    }
  }

  async delete(keys: readonly string[], options: CallOptions = {}): Promise<void> {
    for (const key of keys) this.#enter(options.signal, key);
    this.#enter(options.signal);
    const failures: RemoveFailure[] = [];
    for (let from = 0; from < keys.length; from += deleteBatchSize) {
      this.#enter(options.signal);
      failures.push(...(await this.#remove(keys.slice(from, from + deleteBatchSize), options.signal)));
    }
    if (options.signal?.aborted) throw cancelled(options.signal);
    const first = failures[0];
    if (first === undefined) return;
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
    const pages = listPages(this.#client.container, { ...options, prefix });
    for (;;) {
      const page = await this.#run(options.signal, undefined, () => pages.next());
      if (page.done) return;
      for (const entry of page.value) {
        this.#enter(options.signal);
        yield entry;
      }
    }
  }

  async bucketExists(options: CallOptions = {}): Promise<boolean> {
    // A listing, not the container's properties: a signature for one container gives no right to those.
    return this.#run(options.signal, undefined, async () => {
      try {
        await this.#client.container.listBlobsFlat(abortable(options)).byPage({ maxPageSize: 1 }).next();
        return true;
      } catch (error) {
        if (vendorCodeOf(error) === 'ContainerNotFound') return false;
        throw error;
      }
    });
  }

  async createBucket(options: CallOptions = {}): Promise<void> {
    await this.#run(options.signal, undefined, async () => {
      try {
        await this.#client.container.create(abortable(options));
      } catch (error) {
        if (vendorCodeOf(error) !== 'ContainerAlreadyExists') throw error;
      }
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#client.close();
  }

  async #remove(keys: readonly string[], signal: AbortSignal | undefined): Promise<readonly RemoveFailure[]> {
    if (this.#batchDelete && keys.length > 1) {
      const failures = await removeBatch(this.#client.container, keys, signal);
      if (failures !== 'unsupported') return failures;
      this.#batchDelete = false;
    }
    return removeSingly(this.#client.container, keys, signal);
  }

  /** Azure names both sides of a failed copy by one code: asking the source tells whose fault it is. */
  async #explainCopy(
    error: unknown,
    source: AzureDriver,
    sourceKey: string,
    options: CopyOptions,
  ): Promise<unknown> {
    if (!isBackupError(error)) return error;
    const vendorCode = error.details.vendorCode;
    const about = ['CannotVerifyCopySource', 'BlobNotFound', 'ContainerNotFound', 'ResourceNotFound'];
    if (!about.includes(String(vendorCode))) return error;
    try {
      if ((await source.head(sourceKey, options)) === null) return source.#toError(notFound, sourceKey);
    } catch (atSource) {
      return atSource;
    }
    if (vendorCode !== 'CannotVerifyCopySource') return error;
    return unsupported(
      `${this.#options.target} may not read from ${source.#options.target}`,
      'use transfer.mode auto or streaming; or let the two accounts reach each other',
    );
  }

  /** A range of no bytes, which HTTP cannot express. */
  async #getNothing(key: string, options: GetOptions): Promise<GetResult> {
    const info = await this.head(key, options);
    const fault = (code: string): BackupError => this.#toError(Object.assign(new Error(code), { code }), key);
    if (info === null) throw fault('BlobNotFound');
    if (options.ifMatch !== undefined && options.ifMatch !== info.etag) throw fault('ConditionNotMet');
    if ((options.range?.offset ?? 0) >= info.size) throw fault('InvalidRange');
    return { body: Readable.from([], { objectMode: false }), info };
  }

  async #run<T>(
    signal: AbortSignal | undefined,
    key: string | undefined,
    call: () => Promise<T>,
  ): Promise<T> {
    this.#enter(signal, key);
    try {
      return await call();
    } catch (error) {
      if (signal?.aborted) throw cancelled(signal);
      throw this.#toError(error, key);
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

  #info(key: string, facts: Parameters<typeof toInfo>[0]): ObjectInfo {
    const { checksum, ...info } = toInfo(facts);
    return { key, ...info, ...(checksum && this.#options.checksums ? { checksum } : {}) };
  }

  #toError(error: unknown, key: string | undefined): BackupError {
    return isBackupError(error) ? error : toAzureError(error, { ...this.#options, key });
  }
}

/** Why an answer cannot be taken for the range that was asked for. Emulators answer a range past the end with nothing. */
function refuseRange(range: GetOptions['range'], size: number, partial: boolean): string | undefined {
  if (range === undefined) return undefined;
  if (range.offset >= size) return 'InvalidRange';
  return partial || (range.offset === 0 && range.length === undefined) ? undefined : 'NotImplemented';
}

const notFound = { code: 'BlobNotFound', message: 'there is no such blob' };

const abortable = ({ signal }: CallOptions): { abortSignal?: AbortSignal } =>
  signal ? { abortSignal: signal } : {};

function unsupported(message: string, remedy?: string): BackupError {
  return new BackupError({ code: 'UNSUPPORTED', message, remedy });
}
