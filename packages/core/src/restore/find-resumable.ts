import { createHash } from 'node:crypto';
import type { StorageDriver } from '../driver/driver.js';
import type { RestoreRequest } from '../requests.js';
import type { TaskRecord } from '../task/record.js';
import { restoreKey, restoresPrefix } from '../task/record-keys.js';
import { isRunning, type RunIdentity, readRecordIfPossible } from '../task/record-store.js';
import { readFingerprint } from './restore-journal.js';

/**
 * Milliseconds after its last sign of life in which an interrupted restore is gone on with: long enough for a weekend. Later, its
 * finished collections may have been worked with for long, and the same command rather means to do it all again.
 */
export const resumableFor = 3 * 24 * 60 * 60 * 1_000;

/**
 * What makes two restores the same command: the backup, the Milvus, and all that was asked for but the id of the run.
 * @param milvus address of the target
 */
export function fingerprintOf(
  request: Pick<RestoreRequest, 'id' | 'resume'>,
  backupId: string,
  milvus: string,
): string {
  const { id: _id, resume: _resume, ...asked } = request;
  return createHash('sha256')
    .update(JSON.stringify([backupId, milvus, asked], canonical))
    .digest('hex');
}

/** Sorts what has no order of its own, and makes JSON of what has none. */
function canonical(_key: string, value: unknown): unknown {
  if (value instanceof Map) return [...value].sort(byText);
  if (value instanceof Set) return [...value].sort(byText);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).sort(byText));
  }
  return value;
}

const byText = (a: unknown, b: unknown): number => (String(a) < String(b) ? -1 : 1);

/**
 * The restore that the same command began last, when it did not come to its end.
 * @returns its id; `null` when there is none, or the last one has succeeded
 */
export async function findResumable(
  { driver, root, name }: { readonly driver: StorageDriver; readonly root: string; readonly name: string },
  fingerprint: string,
  identity: RunIdentity,
  signal?: AbortSignal,
): Promise<string | null> {
  const records: TaskRecord[] = [];
  for await (const entry of driver.list(restoresPrefix(root, name), { delimiter: '/', signal })) {
    if (entry.type !== 'object') continue;
    const record = await readRecordIfPossible(driver, entry.key, signal);
    // The id becomes part of keys: a record that says another than its own leads nowhere.
    if (record?.kind === 'restore' && entry.key === restoreKey(root, name, record.id)) records.push(record);
  }
  for (const record of records.sort((a, b) => b.startedAt - a.startedAt)) {
    if ((await readFingerprint({ driver, root, name, id: record.id }, signal)) !== fingerprint) continue;
    const ended = record.state === 'success' || isRunning(record, identity);
    return ended || identity.now() - record.updatedAt > resumableFor ? null : record.id;
  }
  return null;
}
