import type { TaskView } from '../task/types.js';

/** What a folder under the backup root is. */
export const folderStates = [
  /** A backup, whole. */
  'committed',
  /** A backup without some of the collections that were asked for. */
  'partial',
  /** A live run writes it. */
  'writing',
  /** A run that wrote it ended or died; the same command goes on, another `create` of the name takes it over. */
  'interrupted',
  /** A live run deletes it. */
  'deleting',
  /** A delete ended or died in the middle; the same command, or `cleanup`, finishes it. */
  'delete-interrupted',
  /** No run of this tool has left it like that; the reason tells what it looks like. */
  'foreign',
] as const;
export type FolderState = (typeof folderStates)[number];

/** A run as its record tells it. Times are milliseconds since 1970. */
export interface RunFacts {
  readonly id: string;
  readonly kind: TaskView['kind'];
  /** For a person: `process 7 on host`. */
  readonly owner: string;
  readonly running: boolean;
  readonly state: TaskView['state'];
  readonly startedAt: number;
  /** When the owner was last heard of. */
  readonly updatedAt: number;
}

/** One folder under the backup root, backup or not. */
export interface BackupFolder {
  readonly name: string;
  readonly state: FolderState;
  /** Why it is in that state, and what else is to be known of it, in sentences; empty for a whole backup where there is nothing. */
  readonly reason: string;
  /** The backup's id; empty when there is no readable one. */
  readonly id: string;
  readonly milvusVersion: string;
  /** Bytes of binlogs of a backup; of anything else the bytes that lie there. */
  readonly size: number;
  /** Objects that lie there; `null` for a backup, where they are not counted. */
  readonly objects: number | null;
  /** Milliseconds since 1970 of the last sign of life, of a run or of an object; 0 when the store does not tell. */
  readonly changedAt: number;
  /** The run that writes, wrote or deletes it. */
  readonly run: RunFacts | null;
  /** Restores of it that are under way. */
  readonly restores: readonly RunFacts[];
  /** When a drill last proved the whole or a part of it, in milliseconds since 1970; absent: never. */
  readonly provenAt?: number | undefined;
}
