import type { BackupConfig } from '../config/types.js';
import type { Logger } from '../log.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import type { RunIdentity } from '../task/record-store.js';
import type { TaskView } from '../task/types.js';
import type { Store } from '../transfer/transfer.js';
import type { CleanupItem } from './types.js';

/** Everything one clean-up works with. */
export interface CleanRun {
  /** The store that is cleaned now. */
  readonly backups: Store;
  /** As the request named it: `backup`, or a name below `storages`. */
  readonly label: string;
  /** Further ones to clean, one after the other. */
  readonly more: readonly { readonly label: string; readonly store: Store }[];
  /** Of the configured Milvus; opened when there is something to ask. `null`: nothing is looked for there. */
  readonly gateway: { readonly address: string; readonly open: () => MilvusGateway } | null;
  /** Milvus's own store; `null` when it cannot be reached. */
  readonly milvus: Store | null;
  /** Stores where records of restores may lie, besides that of the backups. */
  readonly others: readonly Store[];
  readonly config: BackupConfig;
  readonly identity: RunIdentity;
  readonly logger: Logger;
  /** Milliseconds. */
  readonly olderThan: number;
  /** The view of a delete that this clean-up does. */
  readonly deleteView: (backup: string) => TaskView;
  readonly signal?: AbortSignal | undefined;
}

/** Something that can go, and how. */
export interface Candidate {
  readonly item: Omit<CleanupItem, 'outcome' | 'error'>;
  /**
   * Looks again, then removes it.
   * @returns false when somebody has taken it up meanwhile, and nothing was removed
   */
  remove(): Promise<boolean>;
}

/** Whether nothing has been heard of it for long enough. What has no time is never old. */
export function isOld({ identity, olderThan }: CleanRun, changedAt: number): boolean {
  return changedAt > 0 && identity.now() - changedAt >= olderThan;
}

export const isoTime = (milliseconds: number): string =>
  milliseconds > 0 ? new Date(milliseconds).toISOString() : 'an unknown time';
