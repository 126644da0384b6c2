import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { BackupError, cancelled, throwIfAborted } from '../errors/index.js';
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
} from './driver.js';
import { compareKeys, invalidKey } from './keys.js';
import { type DriverPlugin, driverContractVersion } from './plugin.js';
import { type ReadBodyRules, readBody } from './put-body.js';

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly info: ObjectInfo;
}

/** Buckets by name, each a map of objects by key. Drivers that share one see each other's objects. */
export type MemoryStore = Map<string, Map<string, StoredObject>>;

export interface MemoryDriverOptions {
  /** Default: a store of its own. */
  readonly store?: MemoryStore;
  /** Default `memory`; made at once unless `createBucket` is false. */
  readonly bucket?: string;
  readonly createBucket?: boolean;
  /** To test what core does when an ability is missing. */
  readonly capabilities?: DriverCapabilities;
  /** Without it objects have no `lastModified`. */
  readonly now?: () => Date;
}

const everything: DriverCapabilities = {
  serverSideCopy: true,
  multipartCopy: true,
  conditionalPut: true,
  deleteBatchSize: 1000,
};

/** The contract at its plainest: for unit tests, and to read beside `driver.ts` when writing a driver. */
export function createMemoryDriver(options: MemoryDriverOptions = {}): StorageDriver {
  return new MemoryDriver(options);
}

/** A plug-in whose drivers share one store; `bucketName` picks the bucket, which must be made first. */
export function createMemoryPlugin(store: MemoryStore = new Map()): DriverPlugin {
  return {
    contractVersion: driverContractVersion,
    name: 'memory',
    createDriver: (section) => createMemoryDriver({ store, bucket: section.bucketName, createBucket: false }),
  };
}

class MemoryDriver implements StorageDriver {
  readonly name = 'memory';
  readonly capabilities: DriverCapabilities;
  readonly #store: MemoryStore;
  readonly #bucket: string;
  readonly #now: (() => Date) | undefined;
  #writes = 0;
  #closed = false;

  constructor(options: MemoryDriverOptions) {
    this.capabilities = options.capabilities ?? everything;
    this.#store = options.store ?? new Map();
    this.#bucket = options.bucket ?? 'memory';
    this.#now = options.now;
    if (options.createBucket !== false && !this.#store.has(this.#bucket)) {
      this.#store.set(this.#bucket, new Map());
    }
  }

  async head(key: string, options?: CallOptions): Promise<ObjectInfo | null> {
    this.#enter(options?.signal, key);
    return this.#objects().get(key)?.info ?? null;
  }

  async get(key: string, options: GetOptions = {}): Promise<GetResult> {
    this.#enter(options.signal, key);
    const { bytes, info } = this.#find(key);
    if (options.ifMatch !== undefined && options.ifMatch !== info.etag) throw changed(key);
    const from = options.range?.offset ?? 0;
    if (options.range && from >= bytes.length) throw pastEnd(key, from, bytes.length);
    const to = Math.min(bytes.length, from + (options.range?.length ?? bytes.length));
    return { body: toStream(bytes.subarray(from, to), options.signal), info };
  }

  async put(key: string, body: PutBody, options: PutOptions = {}): Promise<ObjectInfo> {
    this.#enter(options.signal, key);
    if (options.ifNoneMatch && this.capabilities.conditionalPut !== true)
      throw unsupported('conditional put');
    this.#objects();
    const bytes = await collect(body, { key, size: options.size, signal: options.signal });
    this.#enter(options.signal, key);
    const objects = this.#objects();
    if (options.ifNoneMatch && objects.has(key)) throw exists(key);
    return this.#write(key, bytes);
  }

  async copyFrom(
    source: StorageDriver,
    sourceKey: string,
    key: string,
    options: CopyOptions = {},
  ): Promise<ObjectInfo> {
    this.#enter(options.signal, key);
    if (this.capabilities.serverSideCopy !== true) throw unsupported('server-side copy');
    if (!(source instanceof MemoryDriver)) throw unsupported(`copying from a driver of kind ${source.name}`);
    source.#enter(options.signal, sourceKey);
    return this.#write(key, source.#find(sourceKey).bytes);
  }

  async delete(keys: readonly string[], options: CallOptions = {}): Promise<void> {
    for (const key of keys) this.#enter(options.signal, key);
    this.#enter(options.signal);
    if (keys.length === 0) return;
    const objects = this.#objects();
    for (const key of keys) objects.delete(key);
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ListEntry> {
    this.#enter(options.signal);
    const keys = [...this.#objects().keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys);
    let lastPrefix = '';
    for (const key of keys) {
      if (options.startAfter !== undefined && compareKeys(key, options.startAfter) <= 0) continue;
      const slash = options.delimiter ? key.indexOf(options.delimiter, prefix.length) : -1;
      if (slash >= 0) {
        const folder = key.slice(0, slash + 1);
        if (folder === lastPrefix) continue;
        lastPrefix = folder;
        yield { type: 'prefix', prefix: folder };
      } else {
        const found = this.#objects().get(key);
        if (found) yield { type: 'object', ...found.info };
      }
      this.#enter(options.signal);
    }
  }

  async bucketExists(options?: CallOptions): Promise<boolean> {
    this.#enter(options?.signal);
    return this.#store.has(this.#bucket);
  }

  async createBucket(options?: CallOptions): Promise<void> {
    this.#enter(options?.signal);
    if (!this.#store.has(this.#bucket)) this.#store.set(this.#bucket, new Map());
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #enter(signal: AbortSignal | undefined, key?: string): void {
    if (this.#closed) {
      throw new BackupError({ code: 'DRIVER_CLOSED', message: 'the storage driver is closed' });
    }
    throwIfAborted(signal);
    const reason = key === undefined ? null : invalidKey(key);
    if (reason !== null) {
      throw new BackupError({ code: 'INVALID_KEY', message: `the key "${key}" ${reason}` });
    }
  }

  #objects(): Map<string, StoredObject> {
    const objects = this.#store.get(this.#bucket);
    if (objects) return objects;
    throw new BackupError({
      code: 'BUCKET_NOT_FOUND',
      message: `the bucket "${this.#bucket}" does not exist`,
      details: { bucket: this.#bucket },
    });
  }

  #find(key: string): StoredObject {
    const found = this.#objects().get(key);
    if (found) return found;
    throw new BackupError({
      code: 'OBJECT_NOT_FOUND',
      message: `the object "${key}" does not exist`,
      details: { key, bucket: this.#bucket },
    });
  }

  #write(key: string, bytes: Uint8Array): ObjectInfo {
    this.#writes += 1;
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
    const info: ObjectInfo = {
      key,
      size: bytes.length,
      etag: `${digest}-${this.#writes}`,
      ...(this.#now ? { lastModified: this.#now() } : {}),
    };
    this.#objects().set(key, { bytes, info });
    return info;
  }
}

async function collect(body: PutBody, rules: ReadBodyRules): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBody(body, rules)) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

const chunkBytes = 64 * 1024;

function toStream(bytes: Uint8Array, signal: AbortSignal | undefined): Readable {
  let offset = 0;
  const stream = new Readable({
    read() {
      if (signal?.aborted) {
        stream.destroy(cancelled(signal));
        return;
      }
      const chunk = bytes.subarray(offset, offset + chunkBytes);
      offset += chunk.length;
      stream.push(chunk.length === 0 ? null : chunk);
    },
  });
  return stream;
}

function unsupported(what: string): BackupError {
  return new BackupError({ code: 'UNSUPPORTED', message: `the memory driver does not do ${what}` });
}

function exists(key: string): BackupError {
  return new BackupError({
    code: 'PRECONDITION_FAILED',
    message: `the object "${key}" exists already`,
    details: { key },
  });
}

function changed(key: string): BackupError {
  return new BackupError({
    code: 'PRECONDITION_FAILED',
    message: `the object "${key}" has changed`,
    details: { key },
  });
}

function pastEnd(key: string, offset: number, size: number): BackupError {
  return new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `the range of "${key}" starts at ${offset}, the object has ${size} bytes`,
    details: { key, offset, size },
  });
}
