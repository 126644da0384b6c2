import { drillRunKey } from '../drill/scratch.js';
import type { StorageDriver } from '../driver/driver.js';
import { listFolders } from '../inspect/list-backups.js';
import { tsPrefix } from '../layout/index.js';
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

/** All records of a store: of runs on backups, restores, migrations and drills. Damaged ones hide no others. */
export async function listRecords(store: Store, signal?: AbortSignal): Promise<FoundRecord[]> {
  const { driver } = store;
  const root = rootOf(store);
  const found: FoundRecord[] = [];
  await runAll(
    await listFolders(driver, root, signal),
    askedAtOnce,
    async (name, inner) => {
      for await (const key of recordKeys(driver, root, name, inner)) {
        const record = await readRecordIfPossible(driver, key, inner);
        if (record) found.push({ record, driver, key });
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
  await runAll(await listFolders(driver, root), askedAtOnce, async (name, signal) => {
    for await (const key of recordKeys(driver, root, name, signal)) {
      // Of a restore the id is part of the key.
      if (key.startsWith(restoresPrefix(root, name)) && key !== restoreKey(root, name, id)) continue;
      const record = await readRecordIfPossible(driver, key, signal);
      if (record?.id !== id) continue;
      if (latest === null || latest.record.startedAt < record.startedAt) latest = { record, driver, key };
    }
  });
  return latest;
}

/** Keys under which runs on one backup keep records; what lies beside them, such as journals, is not listed. */
async function* recordKeys(
  driver: StorageDriver,
  root: string,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const single = new Set([runKey(root, name), drillRunKey(root, name)]);
  const folders = new Set([restoresPrefix(root, name), migrationsPrefix(root, name)]);
  for await (const entry of driver.list(tsPrefix(root, name), { delimiter: '/', signal })) {
    if (entry.type === 'object') {
      if (single.has(entry.key)) yield entry.key;
    } else if (folders.has(entry.prefix)) {
      for await (const one of driver.list(entry.prefix, { delimiter: '/', signal })) {
        if (one.type === 'object' && one.key.endsWith('.json')) yield one.key;
      }
    }
  }
}
