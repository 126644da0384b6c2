import type { CopyEnd } from '../copy/copy-run.js';
import type { Logger } from '../log.js';
import type { BackupMeta } from '../meta/types.js';
import type { OpenDriver } from '../stores.js';
import type { RunIdentity } from '../task/record-store.js';
import type { TaskTracker } from '../task/tracker.js';
import type { TransferSettings } from '../transfer/transfer.js';
import type { CloudApi } from './cloud-api.js';

/** Everything one migration works with. */
export interface MigrateRun {
  /** Also the path of the volume. */
  readonly id: string;
  readonly clusterId: string;
  readonly from: CopyEnd;
  /** Read and checked. */
  readonly meta: BackupMeta;
  readonly cloud: CloudApi;
  /** URL of the cloud's API, for messages. */
  readonly endpoint: string;
  readonly openDriver: OpenDriver;
  readonly transfer: TransferSettings;
  readonly identity: RunIdentity;
  readonly logger: Logger;
  readonly tracker: TaskTracker;
}
