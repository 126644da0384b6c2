import type { Logger } from '../log.js';
import type { BackupMeta } from '../meta/types.js';
import type { RunIdentity } from '../task/record-store.js';
import type { TaskTracker } from '../task/tracker.js';
import type { WriteFence } from '../task/write-fence.js';
import type { Store, Transfer } from '../transfer/transfer.js';

/** One end of a copy: a folder in a store. */
export interface CopyEnd extends Store {
  /** As the request named the store. */
  readonly label: string;
  /** Cleaned prefix of all keys. */
  readonly root: string;
  /** Name of the backup there. */
  readonly name: string;
}

/** Everything one copy works with. */
export interface CopyRun {
  readonly id: string;
  readonly from: CopyEnd;
  readonly to: CopyEnd;
  /** Of the source, read and checked. */
  readonly meta: BackupMeta;
  /** Around the writes of `to`. */
  readonly fence: WriteFence;
  readonly transfer: Transfer;
  /** Objects compared and copied at once. */
  readonly concurrency: number;
  readonly identity: RunIdentity;
  readonly logger: Logger;
  readonly tracker: TaskTracker;
}
