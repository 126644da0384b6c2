import { setMaxListeners } from 'node:events';
import { BackupError, cancelled, isBackupError, throwIfAborted } from '../errors/index.js';
import { type Logger, silentLogger } from '../log.js';
import { tellBusy } from './busy-watch.js';
import type { DriverCapabilities } from './capabilities.js';
import type {
  CallOptions,
  CopyOptions,
  GetOptions,
  GetResult,
  ListEntry,
  ListOptions,
  ObjectInfo,
  PutBody,
  PutOptions,
  StorageDriver,
  UnfinishedUpload,
} from './driver.js';
import { invalidKey, invalidPrefix } from './keys.js';
import { limitDownload, limitUpload } from './limit-bodies.js';
import { resumeBody } from './resume-body.js';
import { defaultRetry, type RetryPolicy, retryCall } from './retry-call.js';
import { noLimits, type TrafficLimits } from './traffic-limits.js';

export interface ManagedDriverOptions {
  /** Told at debug what fails and is tried again. Default: silence. */
  readonly logger?: Logger;
  /** Default {@link defaultRetry}. */
  readonly retry?: Partial<RetryPolicy>;
  /** How often one body may be taken up again after its connection broke. Default 5. */
  readonly resumes?: number;
  /** Shared by all drivers that together must keep to them. Default: none. */
  readonly limits?: TrafficLimits;
}

/**
 * The driver that core works with: it keeps bad keys from the driver, retries what can be repeated without harm, takes
 * up broken downloads where they stopped, gives every failure a code, and ends cleanly. Wrapping twice is harmless.
 */
export function createManagedDriver(
  driver: StorageDriver,
  options: ManagedDriverOptions = {},
): StorageDriver {
  return new ManagedDriver(unwrapDriver(driver), options);
}

/** Tries after the first of a store that has never answered. */
const retriesAtFirst = 1;

const wrapped = new WeakMap<StorageDriver, StorageDriver>();

/** The driver inside a managed one; any other driver as it is. */
export function unwrapDriver(driver: StorageDriver): StorageDriver {
  return wrapped.get(driver) ?? driver;
}

class ManagedDriver implements StorageDriver {
  readonly name: string;
  readonly capabilities: DriverCapabilities;
  /** Only where the driver has them. */
  readonly uploads?: (prefix: string, options?: CallOptions) => AsyncIterable<UnfinishedUpload>;
  readonly abortUpload?: (upload: UnfinishedUpload, options?: CallOptions) => Promise<void>;
  readonly #driver: StorageDriver;
  readonly #logger: Logger;
  readonly #retry: RetryPolicy;
  readonly #resumes: number;
  readonly #limits: TrafficLimits;
  #closing: Promise<void> | undefined;
  /** Whether the store has ever answered: a wrong address is to be told soon, a store that went away is waited for. */
  #answered = false;

  constructor(driver: StorageDriver, options: ManagedDriverOptions) {
    this.name = driver.name;
    this.capabilities = driver.capabilities;
    this.#driver = driver;
    this.#logger = (options.logger ?? silentLogger).child({ driver: driver.name });
    this.#retry = { ...defaultRetry, ...options.retry };
    this.#resumes = options.resumes ?? 5;
    this.#limits = options.limits ?? noLimits;
    if (driver.uploads && driver.abortUpload) {
      this.uploads = (prefix, call = {}) => this.#uploads(prefix, call);
      this.abortUpload = (upload, call = {}) => this.#abortUpload(upload, call);
    }
    wrapped.set(this, driver);
  }

  async head(key: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    this.#enter(options.signal, key);
    return this.#again('head', options.signal, () => this.#driver.head(key, options));
  }

  async get(key: string, options: GetOptions = {}): Promise<GetResult> {
    this.#enter(options.signal, key);
    const open = (at: GetOptions): Promise<GetResult> =>
      this.#again('get', options.signal, () => this.#driver.get(key, at));
    const first = await open(options);
    const body = resumeBody({
      first,
      range: options.range,
      resumes: this.#resumes,
      reopen: (range, ifMatch) => {
        this.#logger.debug({ key, offset: range.offset }, 'a download broke and is taken up again');
        return open({ ...options, range, ifMatch });
      },
      toError: (error) => this.#toError('get', options.signal, error),
    });
    return { body: limitDownload(body, this.#limits, options.signal), info: first.info };
  }

  /** Not repeated by itself unless the body is in memory and nothing hangs on who wrote first. */
  async put(key: string, body: PutBody, options: PutOptions = {}): Promise<ObjectInfo> {
    this.#enter(options.signal, key);
    const call = async (): Promise<ObjectInfo> =>
      this.#driver.put(key, await limitUpload(body, this.#limits, options.signal), options);
    return body instanceof Uint8Array && options.ifNoneMatch === undefined
      ? this.#again('put', options.signal, call)
      : this.#once('put', options.signal, call);
  }

  async copyFrom(
    source: StorageDriver,
    sourceKey: string,
    key: string,
    options: CopyOptions = {},
  ): Promise<ObjectInfo> {
    this.#enter(options.signal, key);
    checkKey(sourceKey);
    const call = (): Promise<ObjectInfo> =>
      this.#driver.copyFrom(unwrapDriver(source), sourceKey, key, options);
    return this.#again('copyFrom', options.signal, call, copyRequests(options));
  }

  async delete(keys: readonly string[], options: CallOptions = {}): Promise<void> {
    this.#enter(options.signal);
    for (const key of keys) checkKey(key);
    if (keys.length === 0) return;
    const requests = Math.ceil(keys.length / (this.capabilities.deleteBatchSize ?? 1));
    await this.#again('delete', options.signal, () => this.#driver.delete(keys, options), requests);
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ListEntry> {
    this.#enter(options.signal);
    refuse('prefix', prefix, invalidPrefix(prefix));
    let last = options.startAfter;
    let entries = this.#entries(prefix, options);
    for (let count = 0; ; count++) {
      const next = (attempt: number): Promise<IteratorResult<ListEntry>> => {
        if (attempt > 1) entries = this.#entries(prefix, { ...options, startAfter: last });
        return entries.next();
      };
      const step = await this.#again('list', options.signal, next, count % listPage === 0 ? 1 : 0);
      if (step.done) return;
      const name = step.value.type === 'object' ? step.value.key : step.value.prefix;
      // A folder is met again by a listing that goes on after its name.
      if (name === last) continue;
      last = name;
      yield step.value;
      this.#enter(options.signal);
    }
  }

  /** Not taken up where it broke: it is short. */
  async *#uploads(prefix: string, options: CallOptions): AsyncGenerator<UnfinishedUpload> {
    this.#enter(options.signal);
    refuse('prefix', prefix, invalidPrefix(prefix));
    const all = (): Promise<UnfinishedUpload[]> => collect(this.#driver.uploads?.(prefix, options) ?? []);
    yield* await this.#again('uploads', options.signal, all);
  }

  async #abortUpload(upload: UnfinishedUpload, options: CallOptions): Promise<void> {
    this.#enter(options.signal, upload.key);
    await this.#again('abortUpload', options.signal, async () => this.#driver.abortUpload?.(upload, options));
  }

  async bucketExists(options: CallOptions = {}): Promise<boolean> {
    this.#enter(options.signal);
    return this.#again('bucketExists', options.signal, () => this.#driver.bucketExists(options));
  }

  async createBucket(options: CallOptions = {}): Promise<void> {
    this.#enter(options.signal);
    await this.#again('createBucket', options.signal, () => this.#driver.createBucket(options));
  }

  async close(): Promise<void> {
    this.#closing ??= this.#once('close', undefined, () => this.#driver.close(), 0);
    return this.#closing;
  }

  #entries(prefix: string, { startAfter, ...options }: ResumedListing): AsyncIterator<ListEntry> {
    const after = startAfter === undefined ? {} : { startAfter };
    return this.#driver.list(prefix, { ...options, ...after })[Symbol.asyncIterator]();
  }

  #enter(signal: AbortSignal | undefined, key?: string): void {
    if (this.#closing !== undefined) {
      throw new BackupError({ code: 'DRIVER_CLOSED', message: 'the storage driver is closed' });
    }
    throwIfAborted(signal);
    if (key !== undefined) checkKey(key);
    // One signal stops a whole run with hundreds of requests; that many listeners are no leak.
    if (signal) setMaxListeners(0, signal);
  }

  /** @param requests what the call counts as where requests are limited */
  async #once<T>(
    call: string,
    signal: AbortSignal | undefined,
    run: () => Promise<T>,
    requests = 1,
  ): Promise<T> {
    if (requests > 0 && this.#limits.countsRequests) await this.#limits.requests(requests, signal);
    try {
      const value = await run();
      this.#answered = true;
      return value;
    } catch (error) {
      const known = this.#toError(call, signal, error);
      this.#answered ||= known.code !== 'STORAGE_UNREACHABLE' && known.code !== 'CANCELLED';
      if (known.code === 'STORAGE_BUSY') tellBusy(this);
      throw known;
    }
  }

  #again<T>(
    call: string,
    signal: AbortSignal | undefined,
    run: (attempt: number) => Promise<T>,
    requests = 1,
  ): Promise<T> {
    return retryCall((attempt) => this.#once(call, signal, () => run(attempt), requests), {
      ...this.#retry,
      signal,
      isHopeless: (attempt) => !this.#answered && attempt > retriesAtFirst,
      onRetry: (error, attempt) =>
        this.#logger.debug({ call, attempt, code: error.code, reason: error.message }, 'trying again'),
    });
  }

  #toError(call: string, signal: AbortSignal | undefined, error: unknown): BackupError {
    if (isBackupError(error)) return error;
    if (signal?.aborted) return cancelled(signal);
    const message = error instanceof Error ? error.message : String(error);
    return new BackupError({
      code: 'STORAGE_ERROR',
      message: `the driver ${this.name} failed in ${call}: ${message}`,
      remedy: 'this is a fault of the driver; report it with its cause',
      cause: error,
      details: { driver: this.name, call },
    });
  }
}

async function collect<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

type ResumedListing = Omit<ListOptions, 'startAfter'> & { readonly startAfter?: string | undefined };

/** Entries that a store gives in one answer. */
const listPage = 1000;
/** Bytes that drivers copy in one request when a copy is made by ranges. */
const copyRange = 32 * 1024 * 1024;

/** One request, or one a range with one to begin and one to end. */
function copyRequests({ size = 0, multipartThreshold }: CopyOptions): number {
  return multipartThreshold === undefined || size < multipartThreshold ? 1 : 2 + Math.ceil(size / copyRange);
}

function checkKey(key: string): void {
  refuse('key', key, invalidKey(key));
}

function refuse(kind: 'key' | 'prefix', value: string, reason: string | null): void {
  if (reason === null) return;
  throw new BackupError({
    code: 'INVALID_KEY',
    message: `the ${kind} ${JSON.stringify(value)} ${reason}`,
    remedy: 'use names that every store can hold',
    details: { key: value },
  });
}
