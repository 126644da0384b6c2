export interface RateLimit {
  /** Counts a request of this client; gives the seconds to wait, or 0 when it may go on. */
  take(client: string): number;
}

export interface RateLimitOptions {
  /** 0: no limit. As many may also come at once. */
  readonly perMinute: number;
  /** Milliseconds. */
  readonly now: () => number;
  /** Clients that are remembered; the one unseen longest is forgotten first. Default 10 000. */
  readonly maxClients?: number;
}

interface Bucket {
  left: number;
  at: number;
}

/** A bucket of tokens per client, filled at an even pace. Memory is bounded by `maxClients`. */
export function createRateLimit({ perMinute, now, maxClients = 10_000 }: RateLimitOptions): RateLimit {
  const buckets = new Map<string, Bucket>();
  const perMs = perMinute / 60_000;
  return {
    take(client) {
      if (perMinute === 0) return 0;
      const time = now();
      const known = buckets.get(client) ?? { left: perMinute, at: time };
      const left = Math.min(perMinute, known.left + Math.max(0, time - known.at) * perMs);
      const passes = left >= 1;
      buckets.delete(client);
      buckets.set(client, { left: passes ? left - 1 : left, at: time });
      const oldest = buckets.keys().next();
      if (buckets.size > maxClients && !oldest.done) buckets.delete(oldest.value);
      return passes ? 0 : Math.max(1, Math.ceil((1 - left) / perMs / 1000));
    },
  };
}
