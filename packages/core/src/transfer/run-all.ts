import { cancelled, joinSignals, throwIfAborted } from '../errors/index.js';

/**
 * Runs `work` over all items, at most `concurrency` at once, pulling an item only when there is room, so that a
 * listing of any length needs no memory. The first failure aborts the others, and is thrown after they have ended.
 */
export async function runAll<T>(
  items: Iterable<T> | AsyncIterable<T>,
  concurrency: number,
  work: (item: T, signal: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  throwIfAborted(signal);
  const stop = new AbortController();
  const merged = joinSignals(signal, stop.signal);
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    stop.abort(error);
  };
  try {
    for await (const item of items) {
      if (merged.aborted) break;
      const task = work(item, merged)
        .catch(fail)
        .finally(() => running.delete(task));
      running.add(task);
      if (running.size >= concurrency) await Promise.race(running);
    }
  } catch (error) {
    fail(error);
  }
  await Promise.all(running);
  if (signal?.aborted) throw cancelled(signal);
  if (failure) throw failure.error;
}
