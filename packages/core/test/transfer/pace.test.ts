import { describe, expect, test } from 'vitest';
import { Pace } from '../../src/transfer/pace.js';

/** Work that ends when it is told to. */
function hold(
  pace: Pace,
  count: number,
): { readonly started: () => number; readonly end: (n: number) => Promise<void> } {
  const ends: (() => void)[] = [];
  for (let index = 0; index < count; index++) {
    void pace.run(() => new Promise<void>((resolve) => ends.push(resolve)));
  }
  return {
    started: () => ends.length,
    async end(n) {
      for (const end of ends.splice(0, n)) end();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('pace', () => {
  test('halves when a store is busy, once for all that are under way, never below one', async () => {
    const pace = new Pace(16);
    const work = hold(pace, 100);
    await turn();
    expect(work.started()).toBe(16);
    for (let answers = 0; answers < 16; answers++) pace.busy();
    expect(pace.allowed).toBe(8);
    await work.end(8);
    expect(work.started()).toBe(8);
    pace.busy();
    expect(pace.allowed).toBeGreaterThanOrEqual(8);
    await work.end(8);
    for (let rounds = 0; rounds < 10; rounds++) {
      pace.busy();
      await work.end(16);
    }
    expect(pace.allowed).toBeGreaterThanOrEqual(1);
    expect(pace.allowed).toBeLessThan(4);
  });

  test('goes back up as work succeeds, and no further than allowed', async () => {
    const pace = new Pace(8);
    const first = hold(pace, 8);
    await turn();
    pace.busy();
    expect(pace.allowed).toBe(4);
    await first.end(8);
    for (let index = 0; index < 100; index++) await pace.run(() => Promise.resolve());
    expect(pace.allowed).toBe(8);
  });

  test('work that fails does not count as a success', async () => {
    const pace = new Pace(2);
    const first = hold(pace, 2);
    await turn();
    pace.busy();
    await first.end(2);
    const before = pace.allowed;
    await Promise.allSettled(
      Array.from({ length: 20 }, () => pace.run(() => Promise.reject(new Error('x')))),
    );
    expect(pace.allowed).toBe(before);
  });
});
