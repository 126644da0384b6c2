import type { CleanupReport } from '../cleanup/types.js';
import type { DrillReport } from '../drill/types.js';
import type { BackupError } from '../errors/index.js';
import type { VerifyReport } from '../verify/types.js';

/**
 * States of a run; the numbers are the Go tool's, on the wire and in its files. `partial` is ours: what could be done was done
 * and is kept, but it is not all that was asked. The Go tool's numbers know no such thing, and nobody may take it for a success.
 */
export const taskStates = { initial: 0, executing: 1, success: 2, fail: 3, timeout: 4, partial: 3 } as const;
export type TaskState = keyof typeof taskStates;

/** What became of one collection; `skipped` was made anew during the run, `gone` was dropped. */
export const collectionOutcomes = ['done', 'skipped', 'gone', 'failed'] as const;
export type CollectionOutcome = (typeof collectionOutcomes)[number];

/** What a run tells while it goes on. A value, never changed after it was given out. */
export interface TaskProgress {
  /** 0–100, never falling. */
  readonly percent: number;
  /** What is being done now, for a person: `flushing 61 collections`. */
  readonly step: string;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly objectsDone: number;
  readonly objectsTotal: number;
  readonly collectionsDone: number;
  readonly collectionsTotal: number;
}

/** One collection of a run; of a restore the target. Times are milliseconds since 1970, 0 while unknown. */
export interface CollectionTaskView {
  readonly database: string;
  readonly collection: string;
  readonly state: TaskState;
  readonly percent: number;
  /**
   * Of a restore: rows found in the target by the proof after import, 0 before it. Of a backup: rows of the segments that are in it,
   * deletes not subtracted, 0 before its end and where Milvus keeps them to itself (snapshots).
   */
  readonly rows: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly error: string;
  /** Absent until it has ended. */
  readonly outcome?: CollectionOutcome | undefined;
}

/** What a copy of a backup has found and done so far. `backupName` of its run is the name at the target. */
export interface CopyFacts {
  /** The stores as the request named them: `backup`, a name below `storages`, or a file. */
  readonly from: string;
  readonly to: string;
  /** Name of the backup at the source. */
  readonly sourceName: string;
  readonly objectsCopied: number;
  readonly bytesCopied: number;
  /** What an earlier run had copied already, and was found equal. */
  readonly objectsKept: number;
  readonly bytesKept: number;
}

/** What a migration to Zilliz Cloud has come to; what it has sent is in `copy` of its run. */
export interface MigrateFacts {
  readonly clusterId: string;
  /** Name of the volume that the cloud lent for the upload; empty until it did. */
  readonly volume: string;
  /** Folder in the volume. */
  readonly dataPath: string;
  /** `starting`: the cloud was asked to import, and whether it does is not known. */
  readonly phase: (typeof migratePhases)[number];
  /** Of the cloud; empty before `started`. */
  readonly jobId: string;
}

export const migratePhases = ['uploading', 'uploaded', 'starting', 'started'] as const;

/** One run as it is told to users. Times are milliseconds since 1970, 0 while unknown. */
export interface TaskView {
  readonly id: string;
  readonly kind:
    | 'create'
    | 'restore'
    | 'delete'
    | 'copy'
    | 'verify'
    | 'drill'
    | 'migrate'
    | 'cleanup'
    | 'l0compact';
  /** Empty for a run that is about no single one. */
  readonly backupName: string;
  readonly state: TaskState;
  readonly progress: TaskProgress;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly error: BackupError | null;
  readonly collections: readonly CollectionTaskView[];
  /** What was asked for, could not be done, and does not touch the data; a sentence each, with what to do. Absent: nothing. */
  readonly warnings?: readonly string[] | undefined;
  /** Of a copy from store to store, and of a migration, whose target is its volume. */
  readonly copy?: CopyFacts | undefined;
  /** What a verification found, once it has; in this process alone. */
  readonly verify?: VerifyReport | undefined;
  /** What a drill came to, once it has and was good; in this process alone. */
  readonly drill?: DrillReport | undefined;
  /** What a clean-up found, the first of its items, once it has ended; in this process alone. */
  readonly cleanup?: (CleanupReport & { readonly itemsTotal: number }) | undefined;
  /** Of a migration alone. */
  readonly migrate?: MigrateFacts | undefined;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called at most a few times a second, and once at the end. */
  readonly onProgress?: ((view: TaskView) => void) | undefined;
}
