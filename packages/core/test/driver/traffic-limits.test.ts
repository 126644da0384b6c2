import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createManagedDriver } from '../../src/driver/managed-driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { createTrafficLimits } from '../../src/driver/traffic-limits.js';

/** All clocks are the test's own: what is measured is what the limits waited for. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance', 'hrtime'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Milliseconds that the limits made it wait. */
async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = Date.now();
  let ended = 0;
  let failure: unknown;
  void work()
    .catch((error: unknown) => {
      failure = error;
    })
    .finally(() => {
      ended = Date.now();
    });
  while (ended === 0) {
    await vi.advanceTimersByTimeAsync(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (failure !== undefined) throw failure;
  return ended - start;
}

const rates = { maxBytesPerSecond: 0, maxRequestsPerSecond: 0 };

describe('limits', () => {
  test('requests of two drivers together keep to one rate', async () => {
    const limits = createTrafficLimits({ ...rates, maxRequestsPerSecond: 20 });
    const drivers = [createMemoryDriver(), createMemoryDriver()].map((one) =>
      createManagedDriver(one, { limits }),
    );
    const calls = Array.from({ length: 40 }, (_, index) => index);
    const time = await timeOf(() =>
      Promise.all(calls.map((index) => drivers[index % 2]?.put(`k${index}`, Buffer.from('x')))),
    );
    expect(time).toBeGreaterThanOrEqual(1_850);
    expect(time).toBeLessThan(2_500);
  });

  test('server-side copies count, by ranges more than one', async () => {
    const limits = createTrafficLimits({ ...rates, maxRequestsPerSecond: 10 });
    const driver = createManagedDriver(createMemoryDriver(), { limits });
    await timeOf(() => driver.put('a', Buffer.from('x')));
    const size = 256 * 1024 * 1024;
    const time = await timeOf(() => driver.copyFrom(driver, 'a', 'b', { size, multipartThreshold: size }));
    expect(time).toBeGreaterThanOrEqual(850);
  });

  test('bytes that come and bytes that go have a rate each', async () => {
    const limits = createTrafficLimits({ ...rates, maxBytesPerSecond: 1_000_000 });
    const inner = createMemoryDriver();
    const driver = createManagedDriver(inner, { limits });
    const bytes = Buffer.alloc(2_000_000, 7);
    const up = await timeOf(() =>
      driver.put('a', Readable.from([bytes.subarray(0, 1_500_000), bytes.subarray(1_500_000)])),
    );
    expect(up).toBeGreaterThanOrEqual(1_850);
    expect(up).toBeLessThan(2_500);
    const through = await timeOf(async () => {
      const { body } = await driver.get('a');
      await driver.put('b', body);
    });
    expect(through).toBeGreaterThanOrEqual(1_850);
    expect(through).toBeLessThan(3_500);
    expect(Buffer.compare(await buffer((await inner.get('b')).body), bytes)).toBe(0);
  });

  test('a run that is cancelled takes nothing from those after it', async () => {
    const limits = createTrafficLimits({ ...rates, maxRequestsPerSecond: 1 });
    const stop = new AbortController();
    const waiting = Array.from({ length: 100 }, () => limits.requests(1, stop.signal));
    const ends = Promise.allSettled(waiting);
    stop.abort();
    expect(await timeOf(() => limits.requests(1, undefined))).toBeLessThan(3_000);
    expect((await ends).filter((end) => end.status === 'rejected').length).toBeGreaterThanOrEqual(99);
  });

  test('a body that is let go lets go of its source', async () => {
    const limits = createTrafficLimits({ ...rates, maxBytesPerSecond: 10 });
    const inner = createMemoryDriver();
    await inner.put('a', Buffer.alloc(1000));
    const { body } = await createManagedDriver(inner, { limits }).get('a');
    body.destroy();
    await new Promise((resolve) => body.once('close', resolve));
    expect(body.destroyed).toBe(true);
  });
});
