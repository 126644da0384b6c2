import { throwIfAborted, untilAborted } from '../errors/index.js';

interface Turn<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  waiting: number;
}

/**
 * One run at a time, however many ask: calls that come while one is under way share the next, which begins after all of them, so that
 * each sees what was there when it came. A thousand callers cost no more than two.
 * @param run its signal aborts when none of its callers waits any more
 */
export function shareNext<T>(run: (signal: AbortSignal) => Promise<T>): (signal?: AbortSignal) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let next: Turn<T> | undefined;

  const plan = (): Turn<T> => {
    const stop = new AbortController();
    const turn = {
      stop,
      waiting: 0,
      result: last.then(() => {
        if (next === turn) next = undefined;
        throwIfAborted(stop.signal);
        return run(stop.signal);
      }),
    };
    // Whoever waits hears of a failure.
    last = turn.result.catch(() => {});
    return turn;
  };

  return async (signal) => {
    next ??= plan();
    const turn = next;
    turn.waiting += 1;
    try {
      return await untilAborted(turn.result, signal);
    } finally {
      turn.waiting -= 1;
      if (turn.waiting === 0) {
        if (next === turn) next = undefined;
        turn.stop.abort();
      }
    }
  };
}
