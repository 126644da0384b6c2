/** What `cleanup` reclaims. */
export const cleanupKinds = [
  /** What a dead `create` or `copy` has left. */
  'interrupted-run',
  /** A backup whose delete did not come to its end. */
  'interrupted-delete',
  /** What another tool has left without finishing it. */
  'unfinished-backup',
  /** Copies of binlogs in Milvus's bucket whose restore does not run. */
  'staging',
  /** A database that a drill has made and that nobody uses any more. */
  'scratch',
  /** A multipart upload, or a temporary file, that nobody goes on with. */
  'upload',
  /** Probe objects of a `check` that died. */
  'probe',
  /** Files of ours about runs that are over: journals, records, links of a takeover. */
  'leftover',
] as const;
export type CleanupKind = (typeof cleanupKinds)[number];

/** One thing that can go, or is gone. */
export interface CleanupItem {
  readonly kind: CleanupKind;
  /** `backup`, a name below `storages`, or `milvus`. */
  readonly store: string;
  /** A prefix (with its trailing slash) or a key in that store; of `scratch` the name of the database. */
  readonly path: string;
  /** The backup's name, where it belongs to one; else empty. */
  readonly backup: string;
  /** Of `scratch` the collections. */
  readonly objects: number;
  readonly bytes: number;
  /** Why it can go, in one sentence. */
  readonly reason: string;
  /** Milliseconds since 1970 of the last sign of life; 0 when the store does not tell. */
  readonly changedAt: number;
  /** `found` by a dry run; `changed`: somebody has taken it up since it was found, so it stays; `failed`: see `error`. */
  readonly outcome: 'found' | 'removed' | 'changed' | 'failed';
  /** Empty unless it failed. */
  readonly error: string;
}

export interface CleanupReport {
  readonly applied: boolean;
  /** Milliseconds. */
  readonly olderThan: number;
  readonly items: readonly CleanupItem[];
  /** What could not be looked at or cleaned by its nature, in sentences. */
  readonly notes: readonly string[];
}

export interface CleanupOptions {
  /** Id of the run; a UUID is made when absent. */
  readonly id?: string | undefined;
  /**
   * Which stores of backups are cleaned: `backup`, names below `storages` of the configuration, or `all`. Absent: `backup` alone.
   * Milvus's own storage, and Milvus itself, are always looked at.
   */
  readonly stores?: readonly string[] | undefined;
  /** Default false: it is only told what would go. */
  readonly apply?: boolean | undefined;
  /** Milliseconds since the last sign of life of what is taken for dead. Default a day. */
  readonly olderThan?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of each item when it is found, or when it is done with. */
  readonly onItem?: ((item: CleanupItem) => void) | undefined;
}
