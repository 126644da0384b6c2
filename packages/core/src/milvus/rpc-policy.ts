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
  // Milvus 2.3 retries inside for 13 s before it refuses one; a busy one takes longer.
  Import: { seconds: 120, sendAgain: false },
  CreateDatabase: change,
  CreateCollection: change,
  CreatePartition: change,
  CreateIndex: change,
  DropIndex: change,
  DropCollection: { seconds: 60, sendAgain: true },
  RestoreRBAC: change,
};

export function policyOf(name: RpcName): RpcPolicy {
  return policies[name] ?? read;
}

/** An unreachable Milvus is given 6.2 s in all. */
export const transportRetry = { retries: 5, minTimeout: 200, factor: 2 } as const;

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
