import type { BackupError } from '../errors/index.js';

/** States of a run; the numbers are the Go tool's, on the wire and in its files. */
export const taskStates = { initial: 0, executing: 1, success: 2, fail: 3, timeout: 4 } as const;
export type TaskState = keyof typeof taskStates;

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

/** One target collection of a restore. Times are milliseconds since 1970, 0 while unknown. */
export interface CollectionTaskView {
  readonly database: string;
  readonly collection: string;
  readonly state: TaskState;
  readonly percent: number;
  /** Rows found in the target by the proof after import; 0 before it. */
  readonly rows: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly error: string;
}

/** One run as it is told to users. Times are milliseconds since 1970, 0 while unknown. */
export interface TaskView {
  readonly id: string;
  readonly kind: 'create' | 'restore' | 'delete';
  readonly backupName: string;
  readonly state: TaskState;
  readonly progress: TaskProgress;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly error: BackupError | null;
  readonly collections: readonly CollectionTaskView[];
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called at most a few times a second, and once at the end. */
  readonly onProgress?: ((view: TaskView) => void) | undefined;
}
