import type { StorageDriver } from '../driver/driver.js';

const batch = 1_000;

export interface RemoveOptions {
  /** Keys that stay. */
  readonly keep?: (key: string) => boolean;
  /** Told how many objects are gone by now. */
  readonly onRemoved?: (count: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Removes every object under a prefix, in batches, while it is listed. @returns how many were removed */
export async function removeFolder(
  driver: StorageDriver,
  prefix: string,
  { keep, onRemoved, signal }: RemoveOptions = {},
): Promise<number> {
  let removed = 0;
  let keys: string[] = [];
  const flush = async (): Promise<void> => {
    await driver.delete(keys, { signal });
    removed += keys.length;
    keys = [];
    onRemoved?.(removed);
  };
  for await (const entry of driver.list(prefix, { signal })) {
    if (entry.type !== 'object' || keep?.(entry.key)) continue;
    keys.push(entry.key);
    if (keys.length === batch) await flush();
  }
  if (keys.length > 0) await flush();
  return removed;
}
