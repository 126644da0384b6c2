import type { MilvusSection } from '../config/types.js';

export interface DrillRequest {
  /** Id of the run; a UUID is made when absent. */
  readonly id?: string | undefined;
  readonly name: string;
  /** The scratch database, which must not be there; absent or empty: `drill_<time>_<random>`. */
  readonly into?: string | undefined;
  /** How much of the backup: a number of collections, `5%` of them, or absent for all. Another drill takes others. */
  readonly sample?: string | undefined;
  /** Chooses the sample; absent: the id of the run. */
  readonly seed?: string | undefined;
  /** Leaves the scratch database, which nobody removes then. */
  readonly keep?: boolean | undefined;
  /** Another Milvus to restore into; absent: the configured one. For programs and the command line, never from a stranger. */
  readonly milvus?: MilvusSection | undefined;
}

/** What a drill came to, as it is kept beside the backup. */
export interface DrillResult {
  /** Of the run. */
  readonly id: string;
  /** Milliseconds since 1970, of its end. */
  readonly at: number;
  readonly proven: boolean;
  /** Collections restored and compared, of so many in the backup. */
  readonly collections: number;
  readonly collectionsTotal: number;
  /** Rows compared. */
  readonly rows: number;
  /** Of the Milvus it was restored into. */
  readonly milvusVersion: string;
  /** Why it failed; empty when it did not. */
  readonly error: string;
}

export interface DrillHistory {
  readonly last: DrillResult;
  /** The last one that succeeded. */
  readonly lastProven: DrillResult | null;
}

export interface DrillReport extends DrillResult {
  readonly name: string;
  /** The scratch database; gone, unless it was to be kept. */
  readonly database: string;
  readonly kept: boolean;
  /** `database.collection` of the backup, those that were compared. */
  readonly compared: readonly string[];
}
