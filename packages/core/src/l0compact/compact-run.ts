import type { Logger } from '../log.js';
import type { BackupMeta } from '../meta/types.js';
import type { RunIdentity } from '../task/record-store.js';
import type { TaskTracker } from '../task/tracker.js';
import type { WriteFence } from '../task/write-fence.js';
import type { Store, Transfer } from '../transfer/transfer.js';
import type { CompactPlan } from './plan.js';

/** Everything one compaction works with; both backups are in one store. */
export interface CompactRun {
  readonly id: string;
  /** Of both; its writes are fenced. */
  readonly store: Store;
  /** Cleaned prefix of all keys. */
  readonly root: string;
  /** Name of the backup that is read. */
  readonly source: string;
  /** Name of the backup that is made. */
  readonly output: string;
  /** Of the source, read and checked. */
  readonly meta: BackupMeta;
  readonly plan: CompactPlan;
  /** Whether what lies at the output may be cleared. */
  readonly force: boolean;
  readonly fence: WriteFence;
  readonly transfer: Transfer;
  /** Objects copied at once. */
  readonly concurrency: number;
  /** L0 deletes held at once; what is above it takes another pass over the keys. */
  readonly maxDeletes: number;
  readonly identity: RunIdentity;
  readonly logger: Logger;
  readonly tracker: TaskTracker;
}
