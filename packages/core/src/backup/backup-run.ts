import type { BackupConfig } from '../config/types.js';
import type { EtcdReader } from '../etcd/etcd-reader.js';
import type { Logger } from '../log.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import type { MilvusManagement } from '../milvus/gateway-backup.js';
import type { BackupStrategy, OnMissing } from '../requests.js';
import type { TaskTracker } from '../task/tracker.js';
import type { Store, Transfer } from '../transfer/transfer.js';
import type { GcControl } from './gc-pause.js';
import type { Journal } from './journal.js';
import type { SnapshotParts } from './snapshot/snapshot-collection.js';

/** Everything one backup run works with. */
export interface BackupRun {
  readonly id: string;
  readonly name: string;
  readonly strategy: BackupStrategy;
  readonly onMissing: OnMissing;
  readonly keepGoing: boolean;
  /** Whether an earlier run has left objects that may be kept. */
  readonly resumed: boolean;
  readonly journal: Journal;
  /** `null`: the format is made of binlogs. */
  readonly snapshots: SnapshotParts | null;
  readonly milvus: MilvusGateway;
  /** `null`: garbage collection is left alone. */
  readonly gc: GcControl | null;
  readonly management: MilvusManagement;
  /** `null`: index facts that only etcd has are not asked for. */
  readonly etcd: EtcdReader | null;
  /** Milvus's own store. */
  readonly source: Store;
  readonly target: Store;
  /** Key prefixes inside the two stores. */
  readonly sourceRoot: string;
  readonly targetRoot: string;
  readonly transfer: Transfer;
  readonly config: BackupConfig;
  readonly logger: Logger;
  readonly tracker: TaskTracker;
  readonly now: () => number;
  readonly signal: AbortSignal;
}
