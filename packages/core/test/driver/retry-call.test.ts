import { describe, expect, test } from 'vitest';
import { watchBusy } from '../../src/driver/busy-watch.js';
import { createManagedDriver } from '../../src/driver/managed-driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { retryCall } from '../../src/driver/retry-call.js';
import { BackupError } from '../../src/errors/index.js';
import { settleFast } from '../task/settle.js';
import { createFlakyDriver } from './flaky-driver.js';
import { thrownBy } from './thrown-by.js';

const busy = (details = {}): BackupError =>
  new BackupError({ code: 'STORAGE_BUSY', message: 'slow down', retryable: true, details });
const away = new BackupError({ code: 'STORAGE_UNREACHABLE', message: 'reset', retryable: true });

const rules = {
  retries: 2,
  busyRetries: 6,
  firstDelay: 1,
  longestDelay: 2,
  signal: undefined,
  isHopeless: () => false,
  onRetry: () => {},
};

describe('tries', () => {
  test.each([
    ['a store that is busy is given more time', busy(), 7],
    ['than one that is away', away, 3],
  ])('%s', async (_what, failure, tries) => {
    let calls = 0;
    const call = (): Promise<never> => {
      calls += 1;
      return Promise.reject(failure);
    };
    expect(await thrownBy(() => retryCall(call, rules))).toBe(failure);
    expect(calls).toBe(tries);
  });

  test('the pause that a store asks for is kept', async () => {
    const pauses: number[] = [];
    let calls = 0;
    const started = Date.now();
    await settleFast(async () => {
      const real = setTimeout;
      globalThis.setTimeout = ((run: () => void, ms?: number) => {
        pauses.push(ms ?? 0);
        return real(run, ms);
      }) as typeof setTimeout;
      await retryCall(() => {
        calls += 1;
        return calls === 1 ? Promise.reject(busy({ retryAfterMs: 7_000 })) : Promise.resolve(calls);
      }, rules);
      globalThis.setTimeout = real;
    });
    expect([calls, pauses.includes(7_000)]).toEqual([2, true]);
    expect(Date.now() - started).toBeLessThan(5_000);
  });
});

test('whoever watches a driver hears that its store is busy, though the call succeeds', async () => {
  const flaky = createFlakyDriver(createMemoryDriver());
  const retry = { retries: 3, busyRetries: 3, firstDelay: 1, longestDelay: 2 };
  const driver = createManagedDriver(flaky, { retry });
  let heard = 0;
  const end = watchBusy(driver, () => {
    heard += 1;
  });
  flaky.failNext('head', busy(), away, busy());
  await driver.head('key');
  expect(heard).toBe(2);
  end();
  flaky.failNext('head', busy());
  await driver.head('key');
  expect(heard).toBe(2);
});
