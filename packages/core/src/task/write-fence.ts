import { shareWatchers } from '../driver/busy-watch.js';
import type { StorageDriver } from '../driver/driver.js';

/** Whoever knows that a name is still this run's. */
export interface Holder {
  /** @throws BackupError `BACKUP_IN_PROGRESS` when the name is another run's by now */
  held(): Promise<void>;
}

/**
 * Keeps a run from writing where it may no longer: a process that stood still for longer than its lease (a laptop that slept, a
 * stopped container) wakes in the middle of its work, and the name may be another run's. Before each call that changes the
 * store it asks the holder, which knows without a call as long as it has renewed the lease lately.
 */
export class WriteFence {
  #holder: Holder | null = null;
  #own = '';

  /** From now on every write asks first. @param ownKey the record itself, by which the holder knows */
  hold(holder: Holder, ownKey: string): void {
    this.#holder = holder;
    this.#own = ownKey;
  }

  /** The driver with the fence around its writes; reads pass. */
  around(driver: StorageDriver): StorageDriver {
    const ask = async (keys: readonly string[]): Promise<void> => {
      if (this.#holder !== null && !keys.every((key) => key.startsWith(this.#own))) await this.#holder.held();
    };
    const fenced: StorageDriver = {
      name: driver.name,
      capabilities: driver.capabilities,
      head: (key, options) => driver.head(key, options),
      get: (key, options) => driver.get(key, options),
      list: (prefix, options) => driver.list(prefix, options),
      bucketExists: (options) => driver.bucketExists(options),
      createBucket: (options) => driver.createBucket(options),
      close: () => driver.close(),
      async put(key, body, options) {
        await ask([key]);
        return await driver.put(key, body, options);
      },
      async copyFrom(source, sourceKey, key, options) {
        await ask([key]);
        return await driver.copyFrom(source, sourceKey, key, options);
      },
      async delete(keys, options) {
        await ask(keys);
        await driver.delete(keys, options);
      },
    };
    shareWatchers(fenced, driver);
    return fenced;
  }
}
