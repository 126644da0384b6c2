import type { StorageDriver } from './driver.js';

const watchers = new WeakMap<StorageDriver, Set<() => void>>();

/**
 * Has `listener` told whenever the store behind a managed driver answers that it is busy, also when the call is tried
 * again and nobody else hears of it.
 * @returns ends it
 */
export function watchBusy(driver: StorageDriver, listener: () => void): () => void {
  const own = watchers.get(driver) ?? new Set();
  watchers.set(driver, own);
  // A listener of its own, so that one function may watch twice.
  const entry = (): void => listener();
  own.add(entry);
  return () => void own.delete(entry);
}

/** Whoever watches `outer`, a driver around `driver`, is told what happens behind `driver`. */
export function shareWatchers(outer: StorageDriver, driver: StorageDriver): void {
  const own = watchers.get(driver) ?? new Set();
  watchers.set(driver, own);
  watchers.set(outer, own);
}

/** For the managed driver. */
export function tellBusy(driver: StorageDriver): void {
  for (const listener of watchers.get(driver) ?? []) listener();
}
