import type { GcsClient } from './client.js';
import { statusOf } from './errors.js';
import { objectPath } from './object.js';

export interface RemoveFailure {
  readonly key: string;
  readonly error: unknown;
}

interface RemoveJob {
  readonly bucket: string;
  readonly keys: readonly string[];
  readonly atOnce: number;
  readonly signal: AbortSignal | undefined;
}

export interface Removed {
  readonly failures: readonly RemoveFailure[];
  /** The answer to a key that was not there: its bucket may be missing too. */
  readonly absent: unknown;
}

/** Removes keys one by one, some at a time; Google's batches are no faster and stop at 100. */
export async function removeObjects(
  client: GcsClient,
  { bucket, keys, atOnce, signal }: RemoveJob,
): Promise<Removed> {
  const failures: RemoveFailure[] = [];
  let absent: unknown;
  const queue = keys.values();
  const work = async (): Promise<void> => {
    for (const key of queue) {
      if (signal?.aborted) return;
      try {
        const path = objectPath(bucket, key);
        await client.send({ method: 'DELETE', path, signal, settles: true, again: 'always' });
      } catch (error) {
        if (statusOf(error) === 404) absent = error;
        else failures.push({ key, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, keys.length) }, work));
  return { failures, absent };
}
