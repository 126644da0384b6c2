import { constants } from 'node:fs';
import { type FileHandle, lstat, open, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  BackupError,
  type CallOptions,
  type CopyOptions,
  cancelled,
  type DriverCapabilities,
  type GetOptions,
  type GetResult,
  invalidKey,
  invalidPrefix,
  type ListEntry,
  type ListOptions,
  type ObjectInfo,
  type PutBody,
  type PutOptions,
  readBody,
  type StorageDriver,
  throwIfAborted,
  type UnfinishedUpload,
} from '@milvus-backup/core/driver';
import { copyOpenFile } from './copy.js';
import { errnoOf, toLocalError } from './errors.js';
import { infoOf } from './etag.js';
import { makeDirectory } from './folders.js';
import type { LocalOptions } from './options.js';
import { checkFolder, checkKey, isTemporary, linked, missingDirectory, openInside, pathOf } from './paths.js';
import { streamFile } from './read.js';
import { findTemporary } from './uploads.js';
import { walk } from './walk.js';
import { pruneFolders, writeAtomically } from './write.js';

/** A driver for one directory. Nothing is touched until its first call. */
export function createLocalDriver(options: LocalOptions): StorageDriver {
  return new LocalDriver(options);
}

/** Non-blocking, so that opening a pipe that somebody put there does not hang. */
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

class LocalDriver implements StorageDriver {
  readonly name = 'local';
  readonly capabilities: DriverCapabilities = {
    serverSideCopy: true,
    multipartCopy: true,
    conditionalPut: true,
    deleteBatchSize: 1000,
    nearby: true,
  };
  readonly #options: LocalOptions;
  readonly #directory: string;
  #closed = false;

  constructor(options: LocalOptions) {
    this.#options = options;
    this.#directory = options.directory;
  }

  async head(key: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    return this.#run(options.signal, key, async (path) => {
      try {
        await checkFolder(this.#directory, path);
        const stats = await lstat(path, { bigint: true });
        if (stats.isSymbolicLink()) throw linked(path);
        return stats.isFile() ? infoOf(key, stats) : null;
      } catch (error) {
        if (isAbsent(error)) return null;
        throw error;
      }
    });
  }

  async get(key: string, options: GetOptions = {}): Promise<GetResult> {
    return this.#run(options.signal, key, async (path) => {
      const file = await this.#open(key, path);
      try {
        const info = infoOf(key, await file.stat({ bigint: true }));
        if (options.ifMatch !== undefined && options.ifMatch !== info.etag) throw changed(key);
        const from = options.range?.offset ?? 0;
        if (options.range && from >= info.size) throw pastEnd(key, from, info.size);
        const to = Math.min(info.size, from + (options.range?.length ?? info.size));
        const toError = (error: unknown): BackupError => this.#toError(error, key);
        return { info, body: streamFile({ file, key, from, to, signal: options.signal, toError }) };
      } catch (error) {
        await file.close();
        throw error;
      }
    });
  }

  async put(key: string, body: PutBody, options: PutOptions = {}): Promise<ObjectInfo> {
    return this.#run(options.signal, key, async (path) => {
      const job = { directory: this.#directory, path, ifNoneMatch: options.ifNoneMatch === '*' };
      const chunks = readBody(body, { key, size: options.size, signal: options.signal });
      const stats = await writeAtomically(
        job,
        (temporary) => open(temporary, 'wx'),
        (file) => writeChunks(file, chunks),
      );
      return infoOf(key, stats);
    });
  }

  async copyFrom(
    source: StorageDriver,
    sourceKey: string,
    key: string,
    options: CopyOptions = {},
  ): Promise<ObjectInfo> {
    this.#enter(options.signal);
    if (!(source instanceof LocalDriver)) {
      throw new BackupError({
        code: 'UNSUPPORTED',
        message: `a directory cannot copy from a driver of kind ${source.name} by itself`,
      });
    }
    const from = await source.#run(options.signal, sourceKey, (path) => source.#open(sourceKey, path));
    try {
      return await this.#run(options.signal, key, async (path) => {
        const stats = await writeAtomically(
          { directory: this.#directory, path, ifNoneMatch: false },
          (temporary) => copyOpenFile(from, temporary),
          async () => throwIfAborted(options.signal),
        );
        return infoOf(key, stats);
      });
    } finally {
      await from.close();
    }
  }

  async delete(keys: readonly string[], options: CallOptions = {}): Promise<void> {
    this.#enter(options.signal);
    for (const key of keys) checkKey(key);
    const failures: BackupError[] = [];
    for (const key of keys) {
      this.#enter(options.signal);
      try {
        await this.#remove(pathOf(this.#directory, key));
      } catch (error) {
        failures.push(this.#toError(error, key));
      }
    }
    const first = failures[0];
    if (first === undefined) return;
    throw new BackupError({
      code: first.code,
      message: first.message,
      remedy: first.remedy,
      retryable: first.retryable,
      cause: first.cause,
      details: { ...first.details, failed: failures.length },
    });
  }

  async *uploads(prefix: string, options: CallOptions = {}): AsyncGenerator<UnfinishedUpload> {
    this.#enter(options.signal);
    try {
      if (!(await this.#isDirectory())) throw missingDirectory(this.#directory);
      for await (const upload of findTemporary(this.#directory, prefix, options.signal)) {
        this.#enter(options.signal);
        yield upload;
      }
    } catch (error) {
      throw this.#toError(error, undefined);
    }
  }

  async abortUpload({ key }: UnfinishedUpload, options: CallOptions = {}): Promise<void> {
    this.#enter(options.signal);
    const name = key.slice(key.lastIndexOf('/') + 1);
    if (invalidKey(key) !== null || !isTemporary(name)) throw noUpload(key);
    try {
      await this.#remove(pathOf(this.#directory, key));
    } catch (error) {
      throw this.#toError(error, key);
    }
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ListEntry> {
    this.#enter(options.signal);
    const reason = invalidPrefix(prefix);
    if (reason !== null) {
      throw new BackupError({ code: 'INVALID_KEY', message: `the prefix "${prefix}" ${reason}` });
    }
    const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const folder = join(this.#directory, start);
    try {
      if (!(await this.#isDirectory())) throw missingDirectory(this.#directory);
      try {
        await checkFolder(this.#directory, join(folder, 'any'));
      } catch (error) {
        if (isAbsent(error)) return;
        throw error;
      }
      const { signal, startAfter = '' } = options;
      const delimiter = options.delimiter !== undefined;
      for await (const entry of walk({ folder, start, prefix, delimiter, startAfter, signal })) {
        this.#enter(options.signal);
        yield entry;
      }
    } catch (error) {
      throw this.#toError(error, undefined);
    }
  }

  async bucketExists(options: CallOptions = {}): Promise<boolean> {
    return this.#run(options.signal, undefined, () => this.#isDirectory());
  }

  async createBucket(options: CallOptions = {}): Promise<void> {
    return this.#run(options.signal, undefined, async () => {
      if (!(await this.#isDirectory())) await makeDirectory(this.#directory);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async #open(key: string, path: string): Promise<FileHandle> {
    try {
      const file = await openInside(this.#directory, path, readFlags);
      if ((await file.stat()).isFile()) return file;
      await file.close();
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
    throw absent(key, this.#directory);
  }

  async #remove(path: string): Promise<void> {
    try {
      await checkFolder(this.#directory, path);
      const found = await lstat(path);
      if (found.isSymbolicLink()) throw linked(path);
      if (!found.isFile()) return;
      await unlink(path);
    } catch (error) {
      if (isAbsent(error)) return;
      throw error;
    }
    await pruneFolders(this.#directory, dirname(path));
  }

  async #isDirectory(): Promise<boolean> {
    try {
      if ((await stat(this.#directory)).isDirectory()) return true;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false;
      throw error;
    }
    throw new BackupError({
      code: 'CONFIG_INVALID',
      message: `${this.#options.section}.rootPath "${this.#directory}" is not a directory`,
      remedy: `name a directory in ${this.#options.section}.rootPath`,
      details: { directory: this.#directory },
    });
  }

  async #run<T>(
    signal: AbortSignal | undefined,
    key: string | undefined,
    call: (path: string) => Promise<T>,
  ): Promise<T> {
    this.#enter(signal);
    if (key !== undefined) checkKey(key);
    try {
      return await call(key === undefined ? this.#directory : pathOf(this.#directory, key));
    } catch (error) {
      if (signal?.aborted) throw cancelled(signal);
      throw this.#toError(error, key);
    }
  }

  #enter(signal: AbortSignal | undefined): void {
    if (this.#closed) {
      throw new BackupError({ code: 'DRIVER_CLOSED', message: 'the storage driver is closed' });
    }
    throwIfAborted(signal);
  }

  #toError(error: unknown, key: string | undefined): BackupError {
    return toLocalError(error, { directory: this.#directory, section: this.#options.section, key });
  }
}

function noUpload(key: string): BackupError {
  return new BackupError({
    code: 'INVALID_KEY',
    message: `"${key}" is no unfinished file of this tool`,
    details: { key },
  });
}

/** One write may take less than it was given, most of all on a disk that runs full. */
async function writeChunks(file: FileHandle, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of chunks) {
    for (let offset = 0; offset < chunk.length; ) {
      offset += (await file.write(chunk, offset)).bytesWritten;
    }
  }
}

/** No such file, or a folder on the way is a file. */
function isAbsent(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR';
}

function absent(key: string, directory: string): BackupError {
  return new BackupError({
    code: 'OBJECT_NOT_FOUND',
    message: `there is no file "${key}" in ${directory}`,
    details: { key, directory },
  });
}

function changed(key: string): BackupError {
  return new BackupError({
    code: 'PRECONDITION_FAILED',
    message: `the file "${key}" has changed`,
    details: { key },
  });
}

function pastEnd(key: string, offset: number, size: number): BackupError {
  return new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `the range of "${key}" starts at ${offset}, the file has ${size} bytes`,
    details: { key, offset, size },
  });
}
