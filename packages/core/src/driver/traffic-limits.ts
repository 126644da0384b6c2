import { TokenBucket } from 'limiter';
import pLimit, { type LimitFunction } from 'p-limit';
import { throwIfAborted } from '../errors/index.js';

export interface TrafficRates {
  /** Bytes read per second, and as many written; 0: no limit. */
  readonly maxBytesPerSecond: number;
  /** Requests per second to all stores together; 0: no limit. */
  readonly maxRequestsPerSecond: number;
}

/**
 * How fast stores may be used. One for all drivers of a process, so that the limits hold for all runs and both sides. Each
 * call waits for its turn, first come, first served, and rejects with `CANCELLED` when its turn comes too late.
 */
export interface TrafficLimits {
  requests(count: number, signal: AbortSignal | undefined): Promise<void>;
  /** `undefined` when bytes are not limited, so that bodies need not be wrapped. */
  readonly bytesIn: ((count: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  readonly bytesOut: ((count: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  /** Whether requests are limited, so that long bodies are worth counting as several. */
  readonly countsRequests: boolean;
}

export function createTrafficLimits({
  maxBytesPerSecond,
  maxRequestsPerSecond,
}: TrafficRates): TrafficLimits {
  const requests = createRate(maxRequestsPerSecond);
  return {
    requests: (count, signal) => requests?.(count, signal) ?? Promise.resolve(),
    bytesIn: createRate(maxBytesPerSecond),
    bytesOut: createRate(maxBytesPerSecond),
    countsRequests: requests !== undefined,
  };
}

/** No limits; what drivers have when nothing is said. */
export const noLimits: TrafficLimits = createTrafficLimits({ maxBytesPerSecond: 0, maxRequestsPerSecond: 0 });

/** Share of a second whose tokens may be saved up while nothing is asked for: short bursts do not pass the limit by much. */
const savedUp = 0.1;

function createRate(
  perSecond: number,
): ((count: number, signal: AbortSignal | undefined) => Promise<void>) | undefined {
  if (perSecond <= 0) return undefined;
  const bucketSize = Math.max(1, Math.floor(perSecond * savedUp));
  const bucket = new TokenBucket({ bucketSize, tokensPerInterval: perSecond, interval: 'second' });
  // The bucket's own queue would spend tokens on callers that have gone.
  const turns: LimitFunction = pLimit(1);
  return async (count, signal) => {
    for (let left = count; left > 0; left -= bucketSize) {
      await turns(async () => {
        throwIfAborted(signal);
        await bucket.removeTokens(Math.min(left, bucketSize));
      });
    }
  };
}
