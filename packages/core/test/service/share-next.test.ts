import { describe, expect, test } from 'vitest';
import { shareNext } from '../../src/service/share-next.js';
import { thrownBy } from '../driver/thrown-by.js';

/** Runs that end when they are told to, each with its number. */
function held() {
  const ends: (() => void)[] = [];
  const signals: AbortSignal[] = [];
  const ask = shareNext((signal) => {
    const number = signals.push(signal);
    return new Promise<number>((resolve) => ends.push(() => resolve(number)));
  });
  return { ask, signals, end: (index: number) => ends[index]?.() };
}

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('shareNext', () => {
  test('calls that come while one runs share the next, which begins after them', async () => {
    const { ask, signals, end } = held();
    const first = ask();
    await soon();
    const others = Array.from({ length: 1_000 }, () => ask());
    await soon();
    expect(signals).toHaveLength(1);
    end(0);
    expect(await first).toBe(1);
    await soon();
    const later = ask();
    end(1);
    expect(new Set(await Promise.all(others))).toEqual(new Set([2]));
    await soon();
    end(2);
    expect(await later).toBe(3);
  });

  test('a failure is that of all who share it, and of nobody else', async () => {
    let runs = 0;
    const ask = shareNext(async () => {
      runs += 1;
      if (runs === 1) throw new Error('away');
      return runs;
    });
    const both = await Promise.allSettled([ask(), ask()]);
    expect(both.map((one) => one.status)).toEqual(['rejected', 'rejected']);
    expect(await ask()).toBe(2);
  });

  test('who gives up leaves the others alone; when all have, the run is ended', async () => {
    const { ask, signals, end } = held();
    const [one, other] = [new AbortController(), new AbortController()];
    const waiting = [ask(one.signal), ask(other.signal)].map((call) => thrownBy(() => call));
    await soon();
    one.abort();
    expect((await waiting[0])?.code).toBe('CANCELLED');
    expect(signals[0]?.aborted).toBe(false);
    other.abort();
    expect((await waiting[1])?.code).toBe('CANCELLED');
    expect(signals[0]?.aborted).toBe(true);
    end(0);
    const again = ask();
    await soon();
    end(1);
    expect(await again).toBe(2);
  });

  test("a turn that everybody left before it began is nobody else's", async () => {
    const { ask, signals, end } = held();
    const first = ask();
    await soon();
    const gone = new AbortController();
    const left = thrownBy(() => ask(gone.signal));
    gone.abort();
    expect((await left).code).toBe('CANCELLED');
    const next = ask();
    end(0);
    expect(await first).toBe(1);
    await soon();
    expect(signals).toHaveLength(2);
    end(1);
    expect(await next).toBe(2);
  });
});
