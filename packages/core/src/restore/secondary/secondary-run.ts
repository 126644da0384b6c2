import type { BackupConfig } from '../../config/types.js';
import type { Logger } from '../../log.js';
import type { BackupExtras } from '../../meta/extras.js';
import type { BackupMeta } from '../../meta/types.js';
import type { MilvusGateway } from '../../milvus/gateway.js';
import type { RestoreSecondaryRequest } from '../../requests.js';
import type { TaskTracker } from '../../task/tracker.js';
import type { Store, Transfer } from '../../transfer/transfer.js';
import type { SecondaryNote } from './secondary-note.js';

/** Everything one restore into a secondary works with. */
export interface SecondaryRun {
  readonly id: string;
  readonly request: RestoreSecondaryRequest;
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
  readonly config: BackupConfig;
  readonly logger: Logger;
  readonly tracker: TaskTracker;
  /** What an earlier try at the same restore has begun with; `null` of a new one. */
  readonly begun: SecondaryNote | null;
  /** Keeps what this one has begun with, before it sends anything. */
  readonly note: (note: SecondaryNote) => Promise<void>;
  readonly now: () => number;
  readonly signal: AbortSignal;
}
