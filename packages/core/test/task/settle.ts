import { setImmediate as turn } from 'node:timers/promises';
import { vi } from 'vitest';

/**
 * Lets a promise end that waits for timers, without waiting for the clock. Time is the test's own meanwhile, what
 * streams and sockets do is not.
 */
export async function settleFast<T>(start: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    let ended = false;
    const promise = start().finally(() => {
      ended = true;
    });
    promise.catch(() => {});
    while (!ended) {
      await vi.advanceTimersByTimeAsync(100);
      await turn();
    }
    return await promise;
  } finally {
    vi.useRealTimers();
  }
}
