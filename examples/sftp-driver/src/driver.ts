import { posix } from 'node:path';
import {
  BackupError,
  type CallOptions,
  type CopyOptions,
  cancelled,
  type DriverCapabilities,
  type GetOptions,
  type GetResult,
  invalidPrefix,
  type ListEntry,
  type ListOptions,
  type ObjectInfo,
  type PutBody,
  type PutOptions,
  readBody,
  type StorageDriver,
  throwIfAborted,
} from '@milvus-backup/core/driver';
import type { Stats } from 'ssh2';
import { type Connection, createConnection, type Session } from './connection.js';
import { status, statusOf, toSftpError } from './errors.js';
import type { SftpSettings } from './options.js';
import { badKey, checkKey, infoOf } from './paths.js';
import { streamFile } from './read.js';
import { walk } from './walk.js';
import { look, makeFolders, pruneFolders, writeAtomically } from './write.js';

/** A driver for one folder of an SFTP server. Nothing is sent until its first call. */
export function createSftpDriver(settings: SftpSettings): StorageDriver {
  return new SftpDriver(settings);
}

const deletesAtOnce = 16;

class SftpDriver implements StorageDriver {
  readonly name = 'sftp';
  readonly capabilities: DriverCapabilities;
  readonly #settings: SftpSettings;
  readonly #connection: Connection;
  #closed = false;

  constructor(settings: SftpSettings) {
    this.#settings = settings;
    this.#connection = createConnection(settings);
    this.capabilities = { conditionalPut: settings.conditionalPut, deleteBatchSize: 100 };
  }

  async head(key: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    return this.#run(options.signal, key, async (session, path) => {
      const found = await look(session, path);
      if (found === null) await this.#needBucket(session);
      return found?.isFile() ? infoOf(key, found) : null;
    });
  }

  async get(key: string, options: GetOptions = {}): Promise<GetResult> {
    return this.#run(options.signal, key, async (session, path) => {
      if (!(await look(session, path))?.isFile()) throw await this.#absent(session, key);
      const handle = await session.ask<Buffer>((sftp, done) => sftp.open(path, 'r', done));
      try {
        const info = infoOf(key, await session.ask<Stats>((sftp, done) => sftp.fstat(handle, done)));
        if (options.ifMatch !== undefined && options.ifMatch !== info.etag) throw changed(key);
        const from = options.range?.offset ?? 0;
        if (options.range && from >= info.size) throw pastEnd(key, from, info.size);
        const to = Math.min(info.size, from + (options.range?.length ?? info.size));
        throwIfAborted(options.signal);
        const { requestsAtOnce } = this.#settings;
        const toError = (error: unknown): BackupError => this.#toError(error, key);
        const job = { session, handle, key, requestsAtOnce, from, to, signal: options.signal, toError };
        return { info, body: streamFile(job) };
      } catch (error) {
        await session.ask((sftp, done) => sftp.close(handle, done));
        throw error;
      }
    });
  }

  async put(key: string, body: PutBody, options: PutOptions = {}): Promise<ObjectInfo> {
    return this.#run(options.signal, key, async (session, path) => {
      const ifNoneMatch = options.ifNoneMatch === '*';
      if (ifNoneMatch && !this.capabilities.conditionalPut) throw unsupported('put only when absent');
      const chunks = readBody(body, { key, size: options.size, signal: options.signal });
      const { folder: root, requestsAtOnce } = this.#settings;
      const job = { session, root, path, key, ifNoneMatch, requestsAtOnce, chunks };
      try {
        return infoOf(key, await writeAtomically(job));
      } catch (error) {
        if (statusOf(error) === status.noSuchFile) await this.#needBucket(session);
        throw error;
      }
    });
  }

  async copyFrom(
    _source: StorageDriver,
    _sourceKey: string,
    _key: string,
    options: CopyOptions = {},
  ): Promise<ObjectInfo> {
    this.#enter(options.signal);
    throw unsupported('copy by itself');
  }

  async delete(keys: readonly string[], options: CallOptions = {}): Promise<void> {
    this.#enter(options.signal);
    for (const key of keys) checkKey(key);
    if (keys.length === 0) return;
    await this.#run(options.signal, undefined, async (session, root) => {
      await this.#needBucket(session);
      const failures: BackupError[] = [];
      const queue = keys.values();
      const work = async (): Promise<void> => {
        for (const key of queue) {
          throwIfAborted(options.signal);
          await remove(session, `${root}/${key}`).catch((error) => failures.push(this.#toError(error, key)));
        }
      };
      await settleAll(Array.from({ length: deletesAtOnce }, work));
      const folders = new Set(keys.map((key) => posix.dirname(`${root}/${key}`)));
      for (const folder of folders) await pruneFolders(session, root, folder);
      if (failures[0]) throw counted(failures[0], failures.length);
    });
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ListEntry> {
    this.#enter(options.signal);
    const reason = invalidPrefix(prefix);
    if (reason !== null) throw badKey(prefix, reason);
    const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const { signal, startAfter = '', delimiter } = options;
    try {
      const session = await this.#connection.open();
      await this.#needBucket(session);
      const folder = posix.join(this.#settings.folder, start).replace(/\/$/, '');
      const job = { session, folder, start, prefix, delimiter: delimiter !== undefined, startAfter, signal };
      for await (const entry of walk(job)) {
        this.#enter(signal);
        yield entry;
      }
    } catch (error) {
      throw this.#toError(error, undefined);
    }
  }

  async bucketExists(options: CallOptions = {}): Promise<boolean> {
    return this.#run(options.signal, undefined, async (session, root) => {
      const found = await statBucket(session, root);
      return found?.isDirectory() ?? false;
    });
  }

  async createBucket(options: CallOptions = {}): Promise<void> {
    return this.#run(options.signal, undefined, async (session, root) => {
      await makeFolders(session, root.startsWith('/') ? '/' : '.', root);
      await this.#needBucket(session);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#connection.close();
  }

  async #needBucket(session: Session): Promise<void> {
    const { folder, section } = this.#settings;
    if ((await statBucket(session, folder))?.isDirectory()) return;
    throw new BackupError({
      code: 'BUCKET_NOT_FOUND',
      message: `there is no folder ${folder} on sftp ${this.#target}`,
      remedy: `create the folder, or correct ${section}.bucketName or ${section}.options.directory`,
      details: { folder },
    });
  }

  async #absent(session: Session, key: string): Promise<BackupError> {
    await this.#needBucket(session);
    return new BackupError({
      code: 'OBJECT_NOT_FOUND',
      message: `there is no file "${key}" on sftp ${this.#target}`,
      details: { key },
    });
  }

  async #run<T>(
    signal: AbortSignal | undefined,
    key: string | undefined,
    call: (session: Session, path: string) => Promise<T>,
  ): Promise<T> {
    this.#enter(signal);
    if (key !== undefined) checkKey(key);
    const root = this.#settings.folder;
    try {
      return await call(await this.#connection.open(), key === undefined ? root : `${root}/${key}`);
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

  get #target(): string {
    return `${this.#settings.host}:${this.#settings.port}`;
  }

  #toError(error: unknown, key: string | undefined): BackupError {
    return toSftpError(error, { target: this.#target, section: this.#settings.section, key });
  }
}

/** The folder itself may be a link: whoever wrote the configuration chose it. */
async function statBucket(session: Session, folder: string): Promise<Stats | null> {
  const found = await look(session, folder);
  if (!found?.isSymbolicLink()) return found;
  return session.ask<Stats>((sftp, done) => sftp.stat(folder, done));
}

/** A name that is absent, or that of a folder, is no object. */
async function remove(session: Session, path: string): Promise<void> {
  try {
    await session.ask((sftp, done) => sftp.unlink(path, done));
  } catch (error) {
    if (statusOf(error) === status.noSuchFile) return;
    if (statusOf(error) !== undefined && !(await look(session, path))?.isFile()) return;
    throw error;
  }
}

/** Nothing may be under way when the call settles. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

function counted(first: BackupError, failed: number): BackupError {
  const { code, message, remedy, retryable, cause } = first;
  return new BackupError({ code, message, remedy, retryable, cause, details: { ...first.details, failed } });
}

function unsupported(what: string): BackupError {
  return new BackupError({ code: 'UNSUPPORTED', message: `this SFTP server cannot ${what}` });
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
