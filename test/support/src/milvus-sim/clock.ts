/** Ids and hybrid timestamps: wider than 2^53, and never the same twice. */
export interface SimClock {
  nextId(): bigint;
  /** Milliseconds since 1970 shifted left by 18 bits, plus a counter. */
  nextTimestamp(): bigint;
}

const counterBits = 18n;

/** @param now milliseconds since 1970 */
export function createSimClock(now: () => number): SimClock {
  let id = BigInt(now()) << counterBits;
  let last = 0n;
  return {
    nextId: () => ++id,
    nextTimestamp() {
      const physical = BigInt(now()) << counterBits;
      last = physical > last ? physical : last + 1n;
      return last;
    },
  };
}

export function physicalMs(timestamp: bigint): number {
  return Number(timestamp >> counterBits);
}
