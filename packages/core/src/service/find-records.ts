import { isCommitted } from '../backup/claim-name.js';
import type { StorageDriver } from '../driver/driver.js';
import { listFolders } from '../inspect/list-backups.js';
import { rootOf } from '../stores.js';
import { restoreKey, runKey } from '../task/record-keys.js';
import { type RunIdentity, readRecord, readRecordIfPossible, truthfulView } from '../task/record-store.js';
import type { TaskView } from '../task/types.js';
import { runAll } from '../transfer/run-all.js';
import type { Store } from '../transfer/transfer.js';

const askedAtOnce = 16;

/**
 * The record of an unfinished backup, of this or another process. A committed one has none, or one that its process could no
 * longer remove.
 */
export async function findCreateRecord(
  driver: StorageDriver,
  root: string,
  by: { readonly id?: string; readonly name?: string },
  identity: RunIdentity,
): Promise<TaskView | null> {
  const names = by.name === undefined ? await listFolders(driver, root) : [by.name];
  const view = await firstRecord(driver, names, (name) => runKey(root, name), identity, by.id);
  if (view?.kind !== 'create') return null;
  return (await isCommitted(driver, root, view.backupName)) ? null : view;
}

/** The record of a restore, of this or another process. */
export async function findRestoreRecord(
  driver: StorageDriver,
  root: string,
  id: string,
  identity: RunIdentity,
): Promise<TaskView | null> {
  if (!/^[\w.-]+$/.test(id)) return null;
  return await firstRecord(
    driver,
    await listFolders(driver, root),
    (name) => restoreKey(root, name, id),
    identity,
    id,
  );
}

/**
 * The record of a copy, of this or another process, in the first of the stores that has it.
 * @throws BackupError when none has it and one could not be asked
 */
export async function findCopyRecord(
  open: readonly (() => Promise<Store>)[],
  id: string,
  identity: RunIdentity,
): Promise<TaskView | null> {
  const answers = await Promise.allSettled(
    open.map(async (openStore) => {
      const store = await openStore();
      if (!(await store.driver.bucketExists())) return null;
      const root = rootOf(store);
      const names = await listFolders(store.driver, root);
      const view = await firstRecord(store.driver, names, (name) => runKey(root, name), identity, id);
      return view?.kind === 'copy' ? view : null;
    }),
  );
  for (const answer of answers) if (answer.status === 'fulfilled' && answer.value) return answer.value;
  for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
  return null;
}

async function firstRecord(
  driver: StorageDriver,
  names: readonly string[],
  keyOf: (name: string) => string,
  identity: RunIdentity,
  id: string | undefined,
): Promise<TaskView | null> {
  let found: TaskView | null = null;
  // A damaged record is told to who asks for its name, and hides no other.
  const read = names.length === 1 ? readRecord : readRecordIfPossible;
  await runAll(names, askedAtOnce, async (name, signal) => {
    const record = found ? null : await read(driver, keyOf(name), signal);
    if (record && (id === undefined || record.id === id)) found = truthfulView(record, identity);
  });
  return found;
}
