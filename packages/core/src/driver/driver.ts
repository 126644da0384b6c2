import type { Readable } from 'node:stream';
import type { ChecksumAlgorithm, DriverCapabilities } from './capabilities.js';

/**
 * The contract every storage driver keeps, proven by `@milvus-backup/driver-conformance`.
 *
 * A driver is bound to one bucket (container, folder). Keys are non-empty UTF-8 strings with `/` between
 * parts and no leading `/`; `invalidKey` in `keys.ts` names what is refused. A driver is dumb: it retries only what
 * its SDK retries, logs nothing, and throws `BackupError` made by its pure `errors.ts`; the wrapper in core is careful.
 *
 * Every method takes an optional `signal`: aborted before the call, it rejects with `CANCELLED` and sends
 * nothing; aborted midway, it rejects with `CANCELLED` and leaves no multipart upload and no open socket. When a
 * call settles, the store has done with it: a request that the store could still carry out by itself (a copy, a delete,
 * a put whose bytes have all gone out) is waited for, not cut, so that nothing appears behind a clean-up.
 * After `close` every method rejects with `DRIVER_CLOSED`. A missing bucket gives `BUCKET_NOT_FOUND`.
 */
export interface StorageDriver {
  /** Kind of driver, e.g. `s3`. Two drivers of one name may copy from each other. */
  readonly name: string;
  readonly capabilities: DriverCapabilities;

  /** Facts about one object; `null` when the key is absent. */
  head(key: string, options?: CallOptions): Promise<ObjectInfo | null>;

  /**
   * The bytes of one object, or a range of them, as a stream that the caller must consume or destroy.
   * An absent key rejects with `OBJECT_NOT_FOUND`; a range that starts past the end with `INVALID_ARGUMENT`;
   * a range that ends past the end is cut. With `ifMatch`, an object whose etag differs rejects with
   * `PRECONDITION_FAILED`. A connection that breaks makes the stream fail with a retryable error; it never ends short silently.
   */
  get(key: string, options?: GetOptions): Promise<GetResult>;

  /**
   * Writes an object, replacing one of the same key, atomically: readers see the old or the new, never a part.
   * The body may be of unknown length; memory stays bounded by a few parts. A body that fails makes the call reject and
   * leaves the key as it was. With `ifNoneMatch: '*'` an existing key rejects with `PRECONDITION_FAILED`.
   * With `size`, a body of another length rejects with `INVALID_ARGUMENT`.
   */
  put(key: string, body: PutBody, options?: PutOptions): Promise<ObjectInfo>;

  /**
   * Copies `sourceKey` of `source` to `key` here without the bytes passing through this process. Replaces an
   * existing key. An absent source rejects with `OBJECT_NOT_FOUND`. A source of another kind, or a driver
   * without `serverSideCopy`, rejects with `UNSUPPORTED`.
   */
  copyFrom(source: StorageDriver, sourceKey: string, key: string, options?: CopyOptions): Promise<ObjectInfo>;

  /**
   * Removes objects. An absent key is no error, an empty list sends nothing. All keys are tried; when some
   * could not be removed the call rejects with the first error, its `details.failed` counting them.
   */
  delete(keys: readonly string[], options?: CallOptions): Promise<void>;

  /**
   * Every key that starts with `prefix`, page by page, in byte order of UTF-8; stores that are trees may order part by
   * part instead (`a/b` before `a-b`), so core relies on no order. With `delimiter: '/'`, keys
   * that hold a further `/` after the prefix are folded into one `prefix` entry each (with the trailing `/`). `startAfter`
   * skips keys up to and including it. An empty prefix lists the bucket; nothing found yields nothing.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<ListEntry>;

  /** Whether the bucket is there. Denied or unreachable is an error, not `false`. */
  bucketExists(options?: CallOptions): Promise<boolean>;

  /** Makes the bucket. One that is there already and is ours is no error. */
  createBucket(options?: CallOptions): Promise<void>;

  /**
   * Optional: uploads below a prefix that were begun and neither finished nor aborted, by whomever, in any order. A driver of a store
   * that cannot tell, or where they are gone by themselves soon, leaves both methods out.
   */
  uploads?(prefix: string, options?: CallOptions): AsyncIterable<UnfinishedUpload>;

  /** Goes with `uploads`: removes what one of them has sent. One that is finished or gone meanwhile is no error. */
  abortUpload?(upload: UnfinishedUpload, options?: CallOptions): Promise<void>;

  /** Frees sockets and handles. A second call does nothing. */
  close(): Promise<void>;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ObjectInfo {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Changes whenever the content does. Opaque, without quotes. */
  readonly etag?: string;
  /** The store's checksum of the whole object, base64, by the algorithm of `capabilities.checksum`. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
  readonly lastModified?: Date;
}

export interface UnfinishedUpload {
  /** The key it would have, or, where an upload is a file of its own, that file's. */
  readonly key: string;
  /** Names the upload to the store, with the key. */
  readonly id: string;
  /** When it was last written to, as far as the store tells; else when it began. */
  readonly changedAt?: Date;
  /** What has been sent, where the store tells. */
  readonly bytes?: number;
}

export interface GetOptions extends CallOptions {
  /** `offset` in bytes from the start; without `length` up to the end. */
  readonly range?: { readonly offset: number; readonly length?: number };
  readonly ifMatch?: string;
}

export interface GetResult {
  readonly body: Readable;
  /** Size is that of the whole object, whatever the range. */
  readonly info: ObjectInfo;
}

export type PutBody = Uint8Array | AsyncIterable<Uint8Array>;

export interface PutOptions extends CallOptions {
  /** Bytes, when known before. */
  readonly size?: number;
  readonly ifNoneMatch?: '*';
  /**
   * MD5 of the content, base64, when it is known before. With `capabilities.md5Put` other content rejects with
   * `CHECKSUM_MISMATCH` and leaves the key as it was; without, no notice is taken of it.
   */
  readonly md5?: string;
}

export interface CopyOptions extends CallOptions {
  /** Bytes of the source when known: spares a `head`. */
  readonly size?: number;
  /** Objects of at least this many bytes are copied by ranges, where the driver can. Default 500 MiB. */
  readonly multipartThreshold?: number;
}

export interface ListOptions extends CallOptions {
  readonly delimiter?: '/';
  readonly startAfter?: string;
}

export type ListEntry =
  | ({ readonly type: 'object' } & ObjectInfo)
  | { readonly type: 'prefix'; readonly prefix: string };
