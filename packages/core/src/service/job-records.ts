import type { StorageDriver } from '../driver/driver.js';
import { listFolders } from '../inspect/list-backups.js';
import { rootOf } from '../stores.js';
import type { TaskRecord } from '../task/record.js';
import { migrationsPrefix, restoreKey, restoresPrefix, runKey } from '../task/record-keys.js';
import { readRecordIfPossible } from '../task/record-store.js';
import { runAll } from '../transfer/run-all.js';
import type { Store } from '../transfer/transfer.js';

const askedAtOnce = 16;

/** A record and where it lies, so that it can be read again without a search. */
export interface FoundRecord {
  readonly record: TaskRecord;
  readonly driver: StorageDriver;
  readonly key: string;
}

/** All records of a store, of runs on backups and of restores; damaged ones hide no others. */
export async function listRecords(store: Store, signal?: AbortSignal): Promise<FoundRecord[]> {
  const { driver } = store;
  const root = rootOf(store);
  const found: FoundRecord[] = [];
  const read = async (key: string, inner: AbortSignal): Promise<void> => {
    const record = await readRecordIfPossible(driver, key, inner);
    if (record) found.push({ record, driver, key });
  };
  await runAll(
    await listFolders(driver, root, signal),
    askedAtOnce,
    async (name, inner) => {
      await read(runKey(root, name), inner);
      for (const folder of [restoresPrefix(root, name), migrationsPrefix(root, name)]) {
        for await (const entry of driver.list(folder, { delimiter: '/', signal: inner })) {
          if (entry.type === 'object' && entry.key.endsWith('.json')) await read(entry.key, inner);
        }
      }
    },
    signal,
  );
  return found;
}

/** The latest record of the run with that id. */
export async function findRecord(store: Store, id: string): Promise<FoundRecord | null> {
  const { driver } = store;
  const root = rootOf(store);
  let latest: FoundRecord | null = null;
  const read = async (key: string, signal: AbortSignal): Promise<void> => {
    const record = await readRecordIfPossible(driver, key, signal);
    if (record?.id !== id) return;
    if (latest === null || latest.record.startedAt < record.startedAt) latest = { record, driver, key };
  };
  // Of a restore the id is part of the key.
  const mayRestore = /^[\w.-]+$/.test(id);
  await runAll(await listFolders(driver, root), askedAtOnce, async (name, signal) => {
    await read(runKey(root, name), signal);
    if (mayRestore) await read(restoreKey(root, name, id), signal);
    for await (const entry of driver.list(migrationsPrefix(root, name), { delimiter: '/', signal })) {
      if (entry.type === 'object' && entry.key.endsWith('.json')) await read(entry.key, signal);
    }
  });
  return latest;
}
