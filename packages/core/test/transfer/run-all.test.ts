import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { BackupError, throwIfAborted } from '../../src/errors/index.js';
import { ByteBudget } from '../../src/transfer/byte-budget.js';
import { runAll } from '../../src/transfer/run-all.js';
import { thrownBy } from '../driver/thrown-by.js';

const failure = (message: string): BackupError => new BackupError({ code: 'STORAGE_ERROR', message });

describe('runAll', () => {
  test('starts in order, and never more than allowed', async () => {
    const started: number[] = [];
    let running = 0;
    let most = 0;
    await runAll([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      started.push(item);
      most = Math.max(most, ++running);
      await tick();
      running--;
    });
    expect(started).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  test('takes an item only when there is room for it', async () => {
    let taken = 0;
    let done = 0;
    let ahead = 0;
    async function* items(): AsyncGenerator<number> {
      for (let item = 0; item < 50; item++) {
        taken++;
        ahead = Math.max(ahead, taken - done);
        yield item;
      }
    }
    await runAll(items(), 4, async () => {
      await tick();
      done++;
    });
    expect(done).toBe(50);
    expect(ahead).toBeLessThanOrEqual(5);
  });

  test('the first failure stops the others, and is told when they have ended', async () => {
    const ends: string[] = [];
    const error = await thrownBy(() =>
      runAll([1, 2, 3, 4, 5], 3, async (item, signal) => {
        await tick();
        if (item === 2) throw failure('second');
        for (let turn = 0; turn < 5 && !signal.aborted; turn++) await tick();
        await tick();
        ends.push(`${item} ${signal.aborted}`);
        if (signal.aborted) throw failure('stopped');
      }),
    );
    expect(error.message).toBe('second');
    expect(ends.sort()).toEqual(['1 true', '3 true']);
  });

  test('a listing that fails stops what runs', async () => {
    let aborted = false;
    async function* items(): AsyncGenerator<number> {
      yield 1;
      throw failure('listing');
    }
    const error = await thrownBy(() =>
      runAll(items(), 2, async (_item, signal) => {
        while (!signal.aborted) await tick();
        aborted = true;
      }),
    );
    expect(error.message).toBe('listing');
    expect(aborted).toBe(true);
  });

  test('a listing is closed when it is left early', async () => {
    let closed = false;
    async function* items(): AsyncGenerator<number> {
      try {
        for (let item = 0; ; item++) yield item;
      } finally {
        closed = true;
      }
    }
    await thrownBy(() => runAll(items(), 1, () => Promise.reject(failure('no'))));
    expect(closed).toBe(true);
  });

  test('an abort from outside is told as such, after all have ended', async () => {
    const stop = new AbortController();
    let ended = 0;
    const error = await thrownBy(() =>
      runAll(
        [1, 2, 3, 4],
        2,
        async (item, signal) => {
          if (item === 2) stop.abort(new Error('Ctrl-C'));
          await tick();
          ended++;
          throwIfAborted(signal);
        },
        stop.signal,
      ),
    );
    expect(error.code).toBe('CANCELLED');
    expect(ended).toBe(2);
  });

  test('does nothing when it was aborted before', async () => {
    let called = false;
    const work = async (): Promise<void> => {
      called = true;
    };
    const error = await thrownBy(() => runAll([1], 1, work, AbortSignal.abort()));
    expect([error.code, called]).toEqual(['CANCELLED', false]);
  });
});

describe('ByteBudget', () => {
  test('bounds what runs at once; what came first goes first', async () => {
    const budget = new ByteBudget(100);
    const order: string[] = [];
    let held = 0;
    let most = 0;
    const use = (name: string, bytes: number): Promise<void> =>
      budget.use(bytes, async () => {
        order.push(name);
        held += Math.min(bytes, 100);
        most = Math.max(most, held);
        await tick();
        held -= Math.min(bytes, 100);
      });
    await Promise.all([use('a', 60), use('b', 50), use('c', 10), use('whale', 1_000), use('d', 40)]);
    expect(order).toEqual(['a', 'b', 'c', 'whale', 'd']);
    expect(most).toBeLessThanOrEqual(100);
  });

  test('gives the room of a failed one back', async () => {
    const budget = new ByteBudget(10);
    await thrownBy(() => budget.use(10, () => Promise.reject(failure('no'))));
    expect(await budget.use(10, async () => 'fits')).toBe('fits');
  });
});
