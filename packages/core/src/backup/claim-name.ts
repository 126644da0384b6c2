import { tombstoneKey } from '../delete/delete-backup.js';
import { removeFolder } from '../delete/remove-folder.js';
import type { StorageDriver } from '../driver/driver.js';
import { BackupError } from '../errors/index.js';
import { backupPrefix, metaKey, tsPrefix } from '../layout/index.js';
import { claim, inProgress } from '../task/claim.js';
import { toRecord } from '../task/record.js';
import { runKey } from '../task/record-keys.js';
import { encodeRecord, isRunning, type RunIdentity, readRecord } from '../task/record-store.js';
import type { TaskView } from '../task/types.js';

/**
 * Refuses a name that holds a backup, or one that another tool has left unfinished.
 * @throws BackupError `BACKUP_EXISTS`, `BACKUP_IN_PROGRESS`
 */
export async function assertNameFree(
  driver: StorageDriver,
  root: string,
  name: string,
  identity: RunIdentity,
  signal?: AbortSignal,
): Promise<void> {
  const record = await readRecord(driver, runKey(root, name), signal);
  if (record && isRunning(record, identity)) throw inProgress(record, identity.now());
  if (await isCommitted(driver, root, name, signal)) throw exists(name);
  if (!record && (await holdsForeignObjects(driver, root, name, signal))) throw leftOvers(name);
}

export interface Claimed {
  /** Whether a dead run has left objects that this one may keep. */
  readonly resumed: boolean;
  /** Whether the folder holds what is to go first: see {@link clearFolder}. */
  readonly stale: boolean;
}

/**
 * Takes the name for this run. What a dead run of ours has left stays for the new one to go on with, unless it is to start
 * over, or a delete was removing it.
 * @throws BackupError `BACKUP_EXISTS`, `BACKUP_IN_PROGRESS`, `UNSUPPORTED`
 */
export async function claimName(
  driver: StorageDriver,
  root: string,
  view: TaskView,
  identity: RunIdentity,
  options: { readonly resume: boolean; readonly signal?: AbortSignal | undefined },
): Promise<Claimed> {
  const { signal } = options;
  const name = view.backupName;
  const key = runKey(root, name);
  await claim(driver, key, view, identity, signal);
  try {
    // Whoever held the name before may have committed in the meantime: only now can nobody else.
    if (await isCommitted(driver, root, name, signal)) throw exists(name);
    const deleting = (await driver.head(tombstoneKey(root, name), { signal })) !== null;
    const more = await holdsMore(driver, backupPrefix(root, name), key, signal);
    const stale = more && (deleting || !options.resume);
    return { resumed: more && !stale, stale };
  } catch (error) {
    // Without the signal; when it fails too, the claim runs out by itself.
    await giveBack(driver, root, view, identity).catch(() => {});
    throw error;
  }
}

/** What a dead run has left needs a record, or it would be taken for another tool's and block the name. */
async function giveBack(
  driver: StorageDriver,
  root: string,
  view: TaskView,
  identity: RunIdentity,
): Promise<void> {
  const name = view.backupName;
  const key = runKey(root, name);
  const whole = await isCommitted(driver, root, name);
  if (whole || !(await holdsMore(driver, backupPrefix(root, name), key))) return await driver.delete([key]);
  const ended = { ...view, state: 'fail', endedAt: identity.now() } as const;
  await driver.put(key, encodeRecord(toRecord(ended, identity.owner, identity.now())));
}

/**
 * Removes what an earlier run has left under a claimed name, the tombstone of a delete last. It may take long: the claim has to be
 * renewed meanwhile.
 */
export async function clearFolder(
  driver: StorageDriver,
  root: string,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  const kept = new Set([runKey(root, name), tombstoneKey(root, name)]);
  await removeFolder(driver, backupPrefix(root, name), { keep: (key) => kept.has(key), signal });
  await driver.delete([tombstoneKey(root, name)], { signal });
}

/** Our commit writes these two last, in this order; a backup of the Go tool has both as well. */
export async function isCommitted(
  driver: StorageDriver,
  root: string,
  name: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const files = ['full_meta.json', 'backup_meta.json'] as const;
  const found = await Promise.all(files.map((file) => driver.head(metaKey(root, name, file), { signal })));
  return found.every((info) => info !== null);
}

async function holdsForeignObjects(
  driver: StorageDriver,
  root: string,
  name: string,
  signal?: AbortSignal,
): Promise<boolean> {
  return await holdsMore(driver, backupPrefix(root, name), tsPrefix(root, name), signal);
}

/** Whether any object lies under a prefix besides those whose keys start with `own`. */
export async function holdsMore(
  driver: StorageDriver,
  prefix: string,
  own: string,
  signal?: AbortSignal,
): Promise<boolean> {
  for await (const entry of driver.list(prefix, { signal })) {
    if (entry.type === 'object' && !entry.key.startsWith(own)) return true;
  }
  return false;
}

function exists(name: string): BackupError {
  return new BackupError({
    code: 'BACKUP_EXISTS',
    message: `backup with name ${name} already exist`,
    remedy: 'choose another name, or remove that backup with `delete` first',
    details: { name },
  });
}

function leftOvers(name: string): BackupError {
  return new BackupError({
    code: 'BACKUP_EXISTS',
    message: `backup with name ${name} already exist: its folder holds files that no run of this tool has left`,
    remedy: `choose another name; an unfinished backup of another tool can be removed with \`delete -n ${name}\`, and \`cleanup\` removes those that nothing has been written to for a day`,
    details: { name },
  });
}
