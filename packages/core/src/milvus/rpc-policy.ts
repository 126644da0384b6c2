import type { RpcName } from './messages.js';

export interface RpcPolicy {
  /** How long one attempt may take. */
  readonly seconds: number;
  /**
   * Whether a call may be sent again when the connection broke while it was under way. A second Import would make
   * every row double; a second CreateCollection would fail because of the first.
   */
  readonly sendAgain: boolean;
}

const read: RpcPolicy = { seconds: 30, sendAgain: true };
const change: RpcPolicy = { seconds: 60, sendAgain: false };

const policies: Partial<Record<RpcName, RpcPolicy>> = {
  // Short: somebody waits in front of a wrong address.
  Connect: { seconds: 8, sendAgain: true },
  Flush: { seconds: 120, sendAgain: true },
  FlushAll: { seconds: 120, sendAgain: true },
  // Milvus 2.3 retries inside for 13 s before it refuses one; a busy one takes longer.
  Import: { seconds: 120, sendAgain: false },
  Query: { seconds: 120, sendAgain: true },
  ReleaseCollection: { seconds: 60, sendAgain: true },
  ReleasePartitions: { seconds: 60, sendAgain: true },
  DropDatabase: change,
  CreateDatabase: change,
  AlterDatabase: { seconds: 60, sendAgain: true },
  AlterCollection: { seconds: 60, sendAgain: true },
  // Milvus takes one that is made already, or gone already, for made or gone.
  CreateAlias: { seconds: 60, sendAgain: true },
  DropAlias: { seconds: 60, sendAgain: true },
  LoadCollection: { seconds: 60, sendAgain: true },
  LoadPartitions: { seconds: 60, sendAgain: true },
  CreateCollection: change,
  AddCollectionField: change,
  CreatePartition: change,
  CreateIndex: { seconds: 60, sendAgain: true },
  DropIndex: { seconds: 60, sendAgain: true },
  DropCollection: { seconds: 60, sendAgain: true },
  RestoreRBAC: change,
  CreateSnapshot: change,
  DropSnapshot: { seconds: 60, sendAgain: true },
  // Early builds of 3.0 answer when all is written. A second export writes the same once more, and one of the two is recorded.
  ExportSnapshot: { seconds: 600, sendAgain: true },
  // Milvus reads the metadata and the manifests before it answers.
  RestoreExternalSnapshot: { seconds: 120, sendAgain: false },
  AlterCollectionField: { seconds: 60, sendAgain: true },
  AlterIndex: { seconds: 60, sendAgain: true },
};

export function policyOf(name: RpcName): RpcPolicy {
  return policies[name] ?? read;
}

/** A minute and a half in all: a run of hours should outlive the restart of Milvus. */
export const transportRetry = {
  retries: 30,
  minTimeout: 200,
  maxTimeout: 5_000,
  factor: 2,
  maxRetryTime: 90_000,
} as const;

/** How often a call is made again that found no connection: three seconds in all for the first one, in front of which somebody waits. */
export function transportRetryOf(name: RpcName): {
  retries: number;
  minTimeout: number;
  maxTimeout: number;
  factor: number;
  maxRetryTime: number;
} {
  return name === 'Connect' ? { ...transportRetry, retries: 4, maxRetryTime: 8_000 } : transportRetry;
}

/**
 * About two minutes in all: by default newer servers allow one flush of a collection in ten seconds. A call refused
 * for its rate had no effect, so that each may be sent again.
 */
export const rateRetry = {
  retries: 15,
  minTimeout: 250,
  maxTimeout: 10_000,
  factor: 2,
  randomize: true,
} as const;
