import type { StorageDriver } from '@milvus-backup/core/driver';

/** Gives a new driver for the bucket of this name, which may not exist yet. The suite closes it. */
export type MakeDriver = (bucket: string) => StorageDriver | Promise<StorageDriver>;

/** What a store is known not to do. Each limit changes what its test expects; none leaves a test out. */
export interface DriverLimits {
  /** An object `a` cannot stand beside `a/b`: the second `put` rejects with `INVALID_KEY`. Default false. */
  readonly noObjectBesideFolder?: boolean;
  /** Longest part between slashes, in bytes; a longer one rejects with `INVALID_KEY`. Default: as long as a key. */
  readonly keyPartBytes?: number;
  /**
   * Keys come in the order of their parts, so that what is in the folder `a` comes before `a-b`. Default false. Tree
   * stores do this; paging is right all the same.
   */
  readonly treeOrder?: boolean;
  /** A folder may stay in listings with a delimiter after its last object was deleted. Default false. */
  readonly keepsEmptyFolders?: boolean;
  /**
   * A reader of an object that is being replaced may be told an error instead of giving it the old or the new one; never a
   * mix of both. Default false.
   */
  readonly readFailsOnReplace?: boolean;
  /**
   * A key that the store cannot hold fails like any trouble inside the store, so that a driver cannot tell: another code
   * than `INVALID_KEY` will do. Default false.
   */
  readonly unexplainedRefusals?: boolean;
  /** Bytes past `keyPartBytes` of which it is not said whether the store takes them. Default 0. */
  readonly keyPartSlack?: number;
  /** An emptied folder keeps its name from being used by an object. Default false. */
  readonly emptiedFolderBlocksName?: boolean;
  /** Keys of {@link oddNames} that `put` refuses with `INVALID_KEY`. Default none. */
  readonly refusedNames?: readonly string[];
}

export interface ConformanceOptions {
  readonly limits?: DriverLimits;
  /**
   * How many multipart uploads of the bucket are unfinished, asked of the store and not of the driver. With it the
   * suite proves that failed and cancelled writes leave none.
   */
  readonly openUploads?: (bucket: string) => Promise<number>;
  /** Objects in the test of long listings: more than two pages. Default 2100. */
  readonly manyObjects?: number;
  /** Bytes of the large object, many times the part size of the driver. Default 40 MiB. */
  readonly largeObject?: number;
  /** Milliseconds in which the store would carry out what an aborted call left it with. Default 1000. */
  readonly settling?: number;
  /** Milliseconds a single test may take. Default two minutes. */
  readonly timeout?: number;
}
