import type { Readable } from 'node:stream';
import type { CleanupOptions, CleanupReport } from './cleanup/types.js';
import type { ResolvedConfig } from './config/types.js';
import type { DrillHistory, DrillReport, DrillRequest } from './drill/types.js';
import type { BackupFolder } from './inspect/types.js';
import type { BackupMeta } from './meta/types.js';
import type {
  CopyRequest,
  CreateRequest,
  L0CompactRequest,
  MigrateRequest,
  RestoreRequest,
  RestoreSecondaryRequest,
} from './requests.js';
import type { RunOptions, TaskView } from './task/types.js';
import type { VerifyReport, VerifyRequest } from './verify/types.js';

/** A line of `list`. */
export interface BackupListEntry {
  readonly id: string;
  readonly name: string;
  /** Bytes of binlogs. */
  readonly size: number;
  readonly milvusVersion: string;
  /** Some of the collections that were asked for are not in it. Absent: it is whole. */
  readonly partial?: true;
  /** When a drill last proved it, milliseconds since 1970. Absent: never. */
  readonly provenAt?: number;
}

/** A committed backup as it is shown. */
export interface BackupDetails {
  readonly meta: BackupMeta;
  /** Bytes of the peer's files under `meta/`. */
  readonly metaSize: number;
  /** What its drills came to; `null`: there was none. */
  readonly drill?: DrillHistory | null;
}

/** What `check` has found. */
export interface CheckReport {
  /** Empty when Milvus did not tell. */
  readonly milvusVersion: string;
  readonly milvusStorage: StorageFacts;
  readonly backupStorage: StorageFacts;
  /** In the order of the groups, whatever was done first. */
  readonly items: readonly CheckItem[];
  /** What a `create` of everything would move; `null` when it could not be told. */
  readonly plan: CheckPlan | null;
}

export interface StorageFacts {
  readonly provider: string;
  readonly bucket: string;
  readonly rootPath: string;
}

/** The parts of a check, in the order they are shown. */
export const checkGroups = [
  'milvus',
  'milvus-storage',
  'backup-storage',
  'copy',
  'clean-up',
  'plan',
] as const;
export type CheckGroup = (typeof checkGroups)[number];

export interface CheckItem {
  /** `GROUP.PROBE`, e.g. `backup-storage.write`; stable, for scripts. */
  readonly name: string;
  /** `skipped`: could not be tried, or is of no use here; the message says why. */
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly message: string;
  /** What to do; empty when there is nothing. */
  readonly remedy: string;
}

/** Files of flushed segments; rows that Milvus has not flushed yet are not in it. */
export interface CheckTotals {
  readonly collections: number;
  readonly segments: number;
  readonly objects: number;
  readonly bytes: number;
}

export interface CheckPlan extends CheckTotals {
  readonly databases: readonly (CheckTotals & { readonly name: string })[];
  /** Whether all was counted; otherwise the figures are those of the part that could be, and the least. */
  readonly complete: boolean;
  /** Bytes free where the backups go; `null` when the store does not tell (only a directory does). */
  readonly freeBytes: number | null;
}

export interface CheckOptions {
  readonly signal?: AbortSignal | undefined;
  /** Makes the bucket of the backups when it is not there. Default: it is only told, `create` makes it. */
  readonly createBucket?: boolean | undefined;
  /** Told of each line as soon as it is known, groups mixed. */
  readonly onItem?: ((item: CheckItem) => void) | undefined;
  /** Told when no more lines of a group will come. */
  readonly onGroupEnd?: ((group: CheckGroup) => void) | undefined;
}

/** Where a backup is looked for, when not in the configured place. */
export interface Place {
  readonly rootPath?: string | undefined;
  readonly bucketName?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A run under way: its view now, and its end. `done` never rejects unhandled. */
export interface RunHandle {
  readonly id: string;
  view(): TaskView;
  /** @throws BackupError that ended the run */
  done(): Promise<TaskView>;
  cancel(): void;
}

/** A verification under way. */
export interface VerifyHandle extends RunHandle {
  /** What was found, also when it is damage, which ends the run with `VERIFY_FAILED`. @throws BackupError */
  report(): Promise<VerifyReport>;
}

/** A drill under way. */
export interface DrillHandle extends RunHandle {
  /** @throws BackupError that ended the drill, `PROOF_FAILED` for a backup that did not come back whole */
  report(): Promise<DrillReport>;
}

/** A clean-up under way. */
export interface CleanupHandle extends RunHandle {
  /** @throws BackupError of the stores */
  report(): Promise<CleanupReport>;
}

/** One method per verb; all the frontends call. Nothing is contacted before a verb needs it. */
export interface BackupService {
  readonly config: ResolvedConfig;

  /** Backs up and waits. @throws BackupError */
  create(request: CreateRequest, options?: RunOptions): Promise<TaskView>;
  /** Restores and waits. @throws BackupError */
  restore(request: RestoreRequest, options?: RunOptions): Promise<TaskView>;

  /**
   * Checks the request against the stores, then goes on in the background.
   * @throws BackupError for what can be refused at once (bad name, taken name, unknown backup)
   */
  startCreate(request: CreateRequest): Promise<RunHandle>;
  startRestore(request: RestoreRequest): Promise<RunHandle>;

  /**
   * Restores a whole backup into a new secondary of a replication, up to where the replication goes on, and waits.
   * @throws BackupError `SOURCE_INCOMPLETE` for a backup without what that needs, `TARGET_EXISTS` for a secondary that is not new
   */
  restoreSecondary(request: RestoreSecondaryRequest, options?: RunOptions): Promise<TaskView>;
  /** Checks the request and the backup, then goes on in the background. @throws BackupError */
  startRestoreSecondary(request: RestoreSecondaryRequest): Promise<RunHandle>;

  /**
   * Copies a committed backup to another store and waits. A run that ended early is taken up where it stopped; a copy that is
   * there, whole and equal, is left alone (`copy.objectsCopied` of the view is 0).
   * @throws BackupError `BACKUP_EXISTS` for a different backup of that name, `VERIFY_FAILED` for a source that is short
   */
  copy(request: CopyRequest, options?: RunOptions): Promise<TaskView>;
  /** Checks the request against both stores, then goes on in the background. @throws BackupError */
  startCopy(request: CopyRequest): Promise<RunHandle>;
  /** A copy by the id of its run: of this process, or its record in one of the configured stores; `null` when unknown. */
  findCopy(id: string): Promise<TaskView | null>;

  /**
   * Sends a committed backup to Zilliz Cloud, has it imported into a cluster, and waits until that has begun: `migrate.jobId` of the
   * view is the job in the cloud. A run that ended early is taken up where it stopped.
   * @throws BackupError `CONFIG_INVALID` without an API key, `CLOUD_AUTH`, `CLOUD_UNREACHABLE`, `CLOUD_ERROR`, `UNSUPPORTED` for a
   * cluster on another cloud than AWS and Google's
   */
  migrate(request: MigrateRequest, options?: RunOptions): Promise<TaskView>;
  /** Checks the request, then goes on in the background. @throws BackupError */
  startMigrate(request: MigrateRequest): Promise<RunHandle>;

  /**
   * Makes a second backup without L0 segments, their deletes folded into the segments whose rows they hit, and waits. The first one is
   * not changed. A run that ended early is taken up where it stopped.
   * @throws BackupError `BACKUP_EXISTS`, `BACKUP_IN_PROGRESS`, `VERIFY_FAILED` for a source that is short or damaged,
   * `FORMAT_UNSUPPORTED` for binlogs that are not decoded here
   */
  l0compact(request: L0CompactRequest, options?: RunOptions): Promise<TaskView>;
  /** Checks the request, then goes on in the background. @throws BackupError */
  startL0Compact(request: L0CompactRequest): Promise<RunHandle>;

  /** A run of this process, or the record of an earlier one in the backup store; `null` when unknown. */
  findCreate(by: { id?: string; name?: string }): Promise<TaskView | null>;
  findRestore(id: string): Promise<TaskView | null>;

  /** Runs of this process and records of others in the configured stores, the latest first. @throws BackupError */
  jobs(options?: { readonly signal?: AbortSignal | undefined }): Promise<readonly TaskView[]>;
  /**
   * A run of any kind by its id: of this process, a record in one of the configured stores, or the backup that it made; `null` when
   * unknown.
   */
  findJob(id: string): Promise<TaskView | null>;
  /**
   * The view of a run now and after every change, until it has ended; nothing when it is unknown. A run of another process is
   * looked at every few seconds.
   * @throws BackupError of the stores
   */
  watchJob(id: string, options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<TaskView>;
  /**
   * Asks a run to stop; it ends, some time later, with `CANCELLED`. A run of another process notices within seconds. One that has
   * ended stays as it is.
   * @returns the run as it is now
   * @throws BackupError `TASK_NOT_FOUND`
   */
  cancel(id: string): Promise<TaskView>;

  /** Committed backups in key order of their folders. */
  list(place?: Place): Promise<readonly BackupListEntry[]>;
  /** Every folder under the backup root, backup or not, with what it is and why, in key order. */
  listAll(place?: Place): Promise<readonly BackupFolder[]>;
  /**
   * Finds what dead runs have left in the configured stores, and removes it with `apply`. Nothing that a live run owns, nothing
   * outside the backup root and the folders of restores in Milvus's bucket.
   * @throws BackupError of the stores; what could not be removed is an item of the report
   */
  cleanup(options?: CleanupOptions): Promise<CleanupReport>;
  /** Checks the options, then goes on in the background; `signal` and `onItem` go with it. @throws BackupError */
  startCleanup(options?: CleanupOptions): Promise<CleanupHandle>;
  /** @throws BackupError `BACKUP_NOT_FOUND`, `META_UNREADABLE` */
  get(by: { name?: string; id?: string }, place?: Place): Promise<BackupDetails>;
  /** @throws BackupError `BACKUP_NOT_FOUND` */
  delete(name: string, options?: RunOptions): Promise<void>;
  /**
   * Looks whether there is such a backup, then deletes it in the background.
   * @throws BackupError `INVALID_BACKUP_NAME`, `BACKUP_NOT_FOUND`
   */
  startDelete(name: string): Promise<RunHandle>;
  /**
   * Holds a committed backup against its metadata and its manifest, and writes nothing. Damage is in the report, and no error.
   * @throws BackupError `BACKUP_NOT_FOUND`, `INVALID_ARGUMENT`, `FORMAT_UNSUPPORTED`, and errors of the store
   */
  verify(request: VerifyRequest, options?: RunOptions): Promise<VerifyReport>;
  /** Checks the request, then goes on in the background. @throws BackupError */
  startVerify(request: VerifyRequest): Promise<VerifyHandle>;
  /**
   * Restores a backup, or a sample of it, into a scratch database, compares every row, and drops all that it made. The outcome is kept
   * beside the backup and shown by `list`.
   * @throws BackupError `PROOF_FAILED`, `TARGET_EXISTS` for a database that is there, `BACKUP_IN_PROGRESS` while another drill of this
   * backup runs, and what a restore throws
   */
  drill(request: DrillRequest, options?: RunOptions): Promise<DrillReport>;
  /** Checks the request, then goes on in the background. @throws BackupError */
  startDrill(request: DrillRequest): Promise<DrillHandle>;
  /** A tar of every object of a committed backup, paths `NAME/meta/…` and `NAME/binlogs/…`. */
  download(name: string, place?: Place): Promise<Readable>;
  /**
   * Tries all that a backup and a restore need, with probe objects that are gone afterwards. What is wrong is a line of the report.
   * @throws BackupError `CANCELLED` alone
   */
  check(options?: CheckOptions): Promise<CheckReport>;

  /**
   * The first step of a quiet end: from now on every call that would begin a run is refused with `SHUTTING_DOWN`, all others are
   * answered as before. Ends when nothing runs any more, or after `graceMs` milliseconds; `close` comes next.
   */
  drain(graceMs: number): Promise<void>;
  /** Cancels what runs here, waits for its clean-up, frees sockets. */
  close(): Promise<void>;
}
