import { z } from 'zod';
import type { StorageDriver } from '../driver/driver.js';
import { tsKey } from '../layout/index.js';
import { unreadable } from '../manifest/lines.js';
import { parseShallowJson } from '../meta/wide-json.js';
import { collectionOutcomes, type TaskView } from '../task/types.js';
import { readText } from '../transfer/read-text.js';

const maxBytes = 64 * 1024 * 1024;

const outcomesSchema = z.object({
  version: z.literal(1),
  collections: z.array(
    z.object({
      database: z.string(),
      collection: z.string(),
      outcome: z.enum(collectionOutcomes),
      error: z.string(),
    }),
  ),
});

export type OutcomesFile = z.infer<typeof outcomesSchema>;

/** Tells which of the collections that were asked for are not in the backup; only a partial one has this file. */
export const outcomesKey = (root: string, name: string): string => tsKey(root, name, 'outcomes.json');

/** Writes the file of a partial backup, and removes that of an earlier run. */
export async function saveOutcomes(
  driver: StorageDriver,
  key: string,
  view: TaskView,
  signal: AbortSignal,
): Promise<void> {
  const missing = view.collections.flatMap(({ database, collection, outcome, error }) =>
    outcome === undefined || outcome === 'done' ? [] : [{ database, collection, outcome, error }],
  );
  if (missing.length === 0) return await driver.delete([key], { signal });
  const file: OutcomesFile = { version: 1, collections: missing };
  await driver.put(key, new TextEncoder().encode(JSON.stringify(file)), { signal });
}

/** @returns `null` for a backup that is not partial @throws BackupError `META_UNREADABLE` */
export async function readOutcomes(
  driver: StorageDriver,
  key: string,
  signal?: AbortSignal,
): Promise<OutcomesFile | null> {
  const text = await readText(driver, key, maxBytes, signal);
  if (text === null) return null;
  try {
    return outcomesSchema.parse(parseShallowJson(text));
  } catch (cause) {
    throw unreadable(key, 'is no list of outcomes', cause);
  }
}
