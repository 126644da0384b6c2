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
import { createClient, type GcsClient } from './client.js';
import { rewriteObject } from './copy.js';
import { missingBucket, statusOf, toGcsError } from './errors.js';
import { listPages } from './list.js';
import { infoOf, infoOfDownload, objectFields, objectPath } from './object.js';
import type { GcsOptions } from './options.js';
import { removeObjects } from './remove.js';
import { uploadObject } from './upload.js';

/** A driver for one bucket of Google Cloud Storage. No traffic until its first call. */
export function createGcsDriver(options: GcsOptions): StorageDriver {
  return new GcsDriver(options, createClient(options));
}

class GcsDriver implements StorageDriver {
  readonly name = 'gcs';
  readonly capabilities: DriverCapabilities = {
    serverSideCopy: true,
    multipartCopy: true,
    conditionalPut: true,
    checksum: 'crc32c',
  };
  readonly #options: GcsOptions;
  readonly #client: GcsClient;
  #bucketSeen = false;
  #closed = false;

  constructor(options: GcsOptions, client: GcsClient) {
    this.#options = options;
    this.#client = client;
  }

  async head(key: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    return this.#run(options.signal, key, async () => {
      const path = objectPath(this.#options.bucket, key);
      const params = { fields: objectFields };
      try {
        const { data } = await this.#client.send({
          method: 'GET',
          path,
          params,
          ...options,
          again: 'always',
        });
        this.#bucketSeen = true;
        return infoOf(key, data);
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
        await this.#expectBucket(options.signal);
        return null;
      }
    });
  }

  async get(key: string, options: GetOptions = {}): Promise<GetResult> {
    const { signal, range, ifMatch } = options;
    if (range?.length === 0) return this.#getNothing(key, options);
    return this.#run(signal, key, async () => {
      if (ifMatch !== undefined && !/^\d+$/.test(ifMatch)) throw failure(412);
      const open = (generation: string | undefined) =>
        this.#client.open({
          method: 'GET',
          path: objectPath(this.#options.bucket, key),
          params: { alt: 'media', ifGenerationMatch: ifMatch, generation },
          // What is stored is wanted, not what the store makes of it for browsers.
          headers: { 'Accept-Encoding': 'gzip', ...(range ? { Range: rangeHeader(range) } : {}) },
          signal,
          again: 'always',
        });
      let answer = await this.#explained(signal, () => open(undefined));
      let info = infoOfDownload(key, answer.headers);
      if (info === undefined) {
        answer.destroy();
        info = (await this.head(key, options)) ?? undefined;
        if (info === undefined) throw failure(404);
        answer = await open(info.etag);
      }
      const partial = answer.statusCode === 206;
      const toError = (error: unknown): BackupError => this.#toError(error, key);
      const wrong = ifMatch !== undefined && info.etag !== ifMatch ? failure(412) : undefined;
      if (wrong !== undefined || (range !== undefined && !partial)) {
        answer.destroy();
        throw wrong ?? (info.size === 0 ? failure(416) : failure(501, 'ranges of an object'));
      }
      const size = partial ? Number(answer.headers['content-length']) : info.size;
      const crc32c = partial ? undefined : info.checksum?.value;
      return { body: guardDownload(answer, { key, size, crc32c, signal, toError }), info };
    });
  }

  async put(key: string, body: PutBody, options: PutOptions = {}): Promise<ObjectInfo> {
    const { bucket, chunkSize } = this.#options;
    return this.#run(options.signal, key, () =>
      this.#explained(options.signal, () =>
        uploadObject(this.#client, { ...options, bucket, key, chunkSize }, body),
      ),
    );
  }

  async copyFrom(
    source: StorageDriver,
    sourceKey: string,
    key: string,
    options: CopyOptions = {},
  ): Promise<ObjectInfo> {
    const { signal } = options;
    this.#enter(signal, key);
    if (!(source instanceof GcsDriver)) throw this.#unsupported(`from a driver of kind ${source.name}`);
    if (source.#options.endpoint !== this.#options.endpoint) {
      throw this.#unsupported(`from another endpoint, ${source.#options.target}`);
    }
    const head = await source.head(sourceKey, { signal });
    if (head === null) throw source.#toError(failure(404), sourceKey);
    return this.#run(signal, key, async () => {
      const { bucket } = this.#options;
      const sourceBucket = source.#options.bucket;
      const sourceGeneration = head.etag;
      const job = { sourceBucket, sourceKey, sourceGeneration, bucket, key, signal };
      try {
        return await rewriteObject(this.#client, job);
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
        await this.#expectBucket(signal);
        throw source.#toError(error, sourceKey);
      }
    });
  }

  async delete(keys: readonly string[], options: CallOptions = {}): Promise<void> {
    for (const key of keys) this.#enter(options.signal, key);
    await this.#run(options.signal, undefined, async () => {
      const { bucket, deletesAtOnce: atOnce } = this.#options;
      const { signal } = options;
      const { failures, absent } = await removeObjects(this.#client, { bucket, keys, atOnce, signal });
      if (absent !== undefined) await this.#expectBucket(signal);
      const first = failures[0];
      if (first === undefined) throwIfAborted(signal);
      else throw withCount(this.#toError(first.error, first.key), failures.length);
    });
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ListEntry> {
    this.#enter(options.signal);
    const pages = listPages(this.#client, { ...options, bucket: this.#options.bucket, prefix });
    for (;;) {
      const page = await this.#run(options.signal, undefined, () =>
        this.#explained(options.signal, () => pages.next()),
      );
      if (page.done) return;
      this.#bucketSeen = true;
      for (const entry of page.value) {
        this.#enter(options.signal);
        yield entry;
      }
    }
  }

  async bucketExists(options: CallOptions = {}): Promise<boolean> {
    return this.#run(options.signal, undefined, () => this.#findBucket(options.signal));
  }

  async createBucket(options: CallOptions = {}): Promise<void> {
    const { bucket: name, location } = this.#options;
    await this.#run(options.signal, undefined, async () => {
      const project = await this.#client.projectId(options.signal);
      const body = Buffer.from(JSON.stringify({ name, ...(location === '' ? {} : { location }) }));
      const headers = { 'Content-Type': 'application/json; charset=UTF-8' };
      const call = {
        method: 'POST',
        path: '/b',
        params: { project, fields: 'name' },
        headers,
        body,
      } as const;
      const { status } = await this.#client.send({
        ...call,
        ...options,
        settles: true,
        again: 'always',
        accepts: (code) => code < 300 || code === 409,
      });
      // Taken: ours is one that we may list.
      if (status === 409 && !(await this.#findBucket(options.signal))) throw failure(409);
      this.#bucketSeen = true;
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#client.close();
  }

  /** A listing, not the bucket's own facts: those need a right that backups do not. */
  async #findBucket(signal: AbortSignal | undefined): Promise<boolean> {
    const { status } = await this.#client.send({
      method: 'GET',
      path: objectPath(this.#options.bucket),
      params: { maxResults: '1', fields: 'kind' },
      signal,
      again: 'always',
      accepts: (code) => code < 300 || code === 404,
    });
    this.#bucketSeen = status !== 404;
    return this.#bucketSeen;
  }

  async #expectBucket(signal: AbortSignal | undefined): Promise<void> {
    if (this.#bucketSeen || (await this.#findBucket(signal))) return;
    throw Object.assign(failure(404), { code: missingBucket });
  }

  /** An answer 404 says that the bucket is missing when it is. */
  async #explained<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (statusOf(error) === 404 && !isBackupError(error)) await this.#expectBucket(signal);
      throw error;
    }
  }

  /** A range of no bytes, which HTTP cannot express. */
  async #getNothing(key: string, options: GetOptions): Promise<GetResult> {
    const info = await this.head(key, options);
    if (info === null) throw this.#toError(failure(404), key);
    if (options.ifMatch !== undefined && options.ifMatch !== info.etag) {
      throw this.#toError(failure(412), key);
    }
    if ((options.range?.offset ?? 0) >= info.size) throw this.#toError(failure(416), key);
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
    if (reason === null) return;
    throw new BackupError({
      code: 'INVALID_KEY',
      message: `the key "${key}" ${reason}`,
      details: { key: key ?? '' },
    });
  }

  #toError(error: unknown, key: string | undefined): BackupError {
    return toGcsError(error, { ...this.#options, key });
  }

  #unsupported(what: string): BackupError {
    return new BackupError({
      code: 'UNSUPPORTED',
      message: `the store at ${this.#options.target} does not copy ${what}`,
      remedy: 'use transfer.mode streaming',
    });
  }
}

function rangeHeader(range: { readonly offset: number; readonly length?: number }): string {
  const end = range.length === undefined ? '' : range.offset + range.length - 1;
  return `bytes=${range.offset}-${end}`;
}

/** As an answer of the store would be, for what is known without asking it. */
function failure(status: number, message = `status ${status}`): Error {
  return Object.assign(new Error(message), { status });
}

function withCount(error: BackupError, failed: number): BackupError {
  const { code, message, remedy, retryable, cause, details } = error;
  return new BackupError({ code, message, remedy, retryable, cause, details: { ...details, failed } });
}
