import type { BackupConfig } from '../config/types.js';
import type { Logger } from '../log.js';
import type { BackupExtras } from '../meta/extras.js';
import type { BackupMeta } from '../meta/types.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import type { SnapshotPlace } from '../milvus/gateway-snapshots.js';
import type { RestoreRequest } from '../requests.js';
import type { TaskTracker } from '../task/tracker.js';
import type { Store, Transfer } from '../transfer/transfer.js';
import type { RestoreJournal } from './restore-journal.js';

/** Everything one restore run works with. */
export interface RestoreRun {
  readonly id: string;
  readonly request: RestoreRequest;
  readonly meta: BackupMeta;
  readonly extras: BackupExtras;
  readonly milvus: MilvusGateway;
  /** The backup's store. */
  readonly source: Store;
  readonly sourceRoot: string;
  /** Milvus's own store, from which alone it imports. */
  readonly target: Store;
  readonly transfer: Transfer;
  /** Whether Milvus sees the backup's objects under their own keys. */
  readonly inPlace: boolean;
  /** The backup's folder in Milvus's words, for a backup in the snapshot format alone. */
  readonly bundle?: SnapshotPlace | undefined;
  readonly config: BackupConfig;
  readonly logger: Logger;
  readonly journal: RestoreJournal;
  readonly tracker: TaskTracker;
  readonly now: () => number;
  readonly signal: AbortSignal;
}
