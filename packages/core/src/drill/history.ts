import { z } from 'zod';
import type { StorageDriver } from '../driver/driver.js';
import { isBackupError } from '../errors/index.js';
import { tsKey } from '../layout/index.js';
import { readText } from '../transfer/read-text.js';
import type { DrillHistory, DrillResult } from './types.js';

const maxBytes = 64 * 1024;
const count = z.number().int().nonnegative();

const resultSchema = z.object({
  id: z.string().max(256),
  at: count,
  proven: z.boolean(),
  collections: count,
  collectionsTotal: count,
  rows: count,
  milvusVersion: z.string().max(256),
  error: z.string().max(8192),
});

const historySchema = z.object({
  version: z.literal(1),
  last: resultSchema,
  lastProven: resultSchema.nullable(),
});

const historyKey = (root: string, name: string): string => tsKey(root, name, 'drill.json');

/** What the drills of a backup came to; `null` when there was none, or its file cannot be read. */
export async function readDrillHistory(
  driver: StorageDriver,
  root: string,
  name: string,
  signal?: AbortSignal,
): Promise<DrillHistory | null> {
  try {
    const text = await readText(driver, historyKey(root, name), maxBytes, signal);
    if (text === null) return null;
    const { data } = historySchema.safeParse(JSON.parse(text));
    return data ?? null;
  } catch (error) {
    // The file tells of the past and decides nothing.
    if (error instanceof SyntaxError || (isBackupError(error) && error.code === 'META_UNREADABLE'))
      return null;
    throw error;
  }
}

/** Notes a drill beside its backup, and keeps the last one that succeeded. */
export async function noteDrill(
  driver: StorageDriver,
  root: string,
  name: string,
  result: DrillResult,
): Promise<void> {
  const before = await readDrillHistory(driver, root, name);
  const last = { ...result, error: result.error.slice(0, 4096) };
  const lastProven = result.proven ? last : (before?.lastProven ?? null);
  const bytes = Buffer.from(JSON.stringify({ version: 1, last, lastProven }));
  await driver.put(historyKey(root, name), bytes, { size: bytes.byteLength });
}
