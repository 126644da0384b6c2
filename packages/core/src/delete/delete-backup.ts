import { HeldSnapshots } from '../backup/snapshot/held-snapshots.js';
import type { StorageDriver } from '../driver/driver.js';
import { type BackupError, isBackupError, joinSignals, toBackupError } from '../errors/index.js';
import { backupPrefix, metaKey, metaPrefix, tsKey } from '../layout/index.js';
import type { Logger } from '../log.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import { claim, inProgress } from '../task/claim.js';
import { migrationsPrefix, restoresPrefix, runKey } from '../task/record-keys.js';
import {
  isFreshInStore,
  isRunning,
  type RunIdentity,
  readRecord,
  readRecordIfPossible,
} from '../task/record-store.js';
import { RecordWriter } from '../task/record-writer.js';
import type { TaskView } from '../task/types.js';
import { WriteFence } from '../task/write-fence.js';
import { assertBackupFolder } from './backup-folder.js';
import { removeFolder } from './remove-folder.js';

export interface DeleteRun {
  readonly driver: StorageDriver;
  readonly root: string;
  readonly identity: RunIdentity;
  readonly view: () => TaskView;
  readonly logger: Logger;
  /** Told how many objects are gone by now. */
  readonly onRemoved: (count: number) => void;
  /** Told once how many objects there are. */
  readonly onCounted?: ((count: number) => void) | undefined;
  /**
   * Asked when nobody else can write the folder any more, before anything is changed; what it throws ends the delete, and the name is
   * given back.
   */
  readonly confirm?: (() => Promise<void>) | undefined;
  /** To drop the snapshots that a run which was killed has left in Milvus; asked only when there are any. */
  readonly milvus?: { readonly address: string; readonly open: () => MilvusGateway } | null | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** There while a backup is being deleted, or after a delete that did not end. */
export const tombstoneKey = (root: string, name: string): string => tsKey(root, name, 'tombstone.json');

/**
 * Removes a backup, whole or not. First the name is taken, so that nobody writes, restores or deletes it meanwhile; then it
 * becomes unlisted, for the Go tool too; then its objects go, the metadata last, the record of this run last of all. An
 * interrupted delete is finished by the next one.
 * @throws BackupError `BACKUP_NOT_FOUND`, also for a folder that holds anything else; `BACKUP_IN_PROGRESS` while a run writes,
 * restores or deletes it
 */
export async function deleteBackup(run: DeleteRun): Promise<void> {
  const { driver, root, identity, logger } = run;
  const name = run.view().backupName;
  await assertBackupFolder(driver, root, name, run.signal);
  // Before the name is taken, so that a refusal changes nothing; and again behind it, for a restore that began in between.
  await assertNoRun(run, name);
  let failure: BackupError | null = null;
  const view = (): TaskView =>
    failure ? { ...run.view(), state: 'fail', endedAt: identity.now(), error: failure } : run.view();
  const record = await takeName({ ...run, view }, name);
  const fence = new WriteFence();
  if (record) fence.hold(record, runKey(root, name));
  try {
    await assertNoReader(run, name, record ? runKey(root, name) : undefined);
    await run.confirm?.();
  } catch (error) {
    failure = toBackupError(error);
    // What an unfinished run has left needs a record, or it would be taken for another tool's.
    await (failure.code === 'BACKUP_IN_PROGRESS' ? record?.remove() : record?.end());
    throw error;
  }
  const signal = joinSignals(run.signal, record?.lost);
  try {
    await dropSnapshots(run, name, signal);
    await removeAll({ ...run, driver: fence.around(driver), signal }, name);
  } catch (error) {
    failure = toBackupError(error);
    // It tells the next delete, and everybody else, that this one does not go on, though its process may live.
    await record?.end();
    throw error;
  }
  await record?.remove();
  logger.info({ backup: name, owner: identity.owner.host }, 'backup deleted');
}

/** Behind it, nobody would know of them any more. A Milvus that does not answer is told, and keeps nothing from going. */
async function dropSnapshots(
  { driver, root, milvus, logger }: DeleteRun,
  name: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!milvus) return;
  const { address, open } = milvus;
  const dropSnapshot: MilvusGateway['dropSnapshot'] = (...call) => open().dropSnapshot(...call);
  const held = new HeldSnapshots({ driver, root, name, milvus: { dropSnapshot }, address, logger });
  await held.dropLeft(signal, 1);
}

/** `null` on a store that cannot give a name to one run alone. */
async function takeName(run: DeleteRun, name: string): Promise<RecordWriter | null> {
  const { driver, root, identity, view, logger, signal } = run;
  if (driver.capabilities.conditionalPut !== true) return null;
  const key = runKey(root, name);
  try {
    await readRecord(driver, key, signal);
  } catch (error) {
    if (!isBackupError(error) || error.code !== 'META_UNREADABLE') throw error;
    // A damaged record is nobody's, and may not stand in the way.
    await driver.delete([key], { signal });
  }
  await claim(driver, key, view(), identity, signal);
  const onError = (error: unknown): void =>
    logger.warn({ reason: toBackupError(error).message }, 'the state of the delete could not be saved');
  return new RecordWriter({ driver, key, identity, view, claimed: true, onError });
}

async function removeAll(
  { driver, root, onRemoved, onCounted, signal }: DeleteRun,
  name: string,
): Promise<void> {
  const tombstone = tombstoneKey(root, name);
  await driver.put(tombstone, new TextEncoder().encode('{"version":1}'), { signal });
  // One by one: without backup_meta.json it is no backup here, and what is left is not taken for an older kind of one.
  await driver.delete([metaKey(root, name, 'backup_meta.json')], { signal });
  await driver.delete([metaKey(root, name, 'full_meta.json')], { signal });
  const meta = metaPrefix(root, name);
  const kept = new Set([tombstone, runKey(root, name)]);
  if (onCounted) onCounted(await count(driver, backupPrefix(root, name), (key) => kept.has(key), signal));
  const removed = await removeFolder(driver, backupPrefix(root, name), {
    keep: (key) => key.startsWith(meta),
    onRemoved,
    signal,
  });
  await removeFolder(driver, meta, {
    keep: (key) => kept.has(key),
    onRemoved: (more) => onRemoved(removed + more),
    signal,
  });
  await driver.delete([tombstone], { signal });
}

async function count(
  driver: StorageDriver,
  prefix: string,
  leftOut: (key: string) => boolean,
  signal: AbortSignal | undefined,
): Promise<number> {
  let objects = 0;
  for await (const entry of driver.list(prefix, { signal })) {
    if (entry.type === 'object' && !leftOut(entry.key)) objects += 1;
  }
  return objects;
}

async function assertNoRun(run: DeleteRun, name: string): Promise<void> {
  const { driver, root, identity, signal } = run;
  const record = await readRecordIfPossible(driver, runKey(root, name), signal);
  if (record && isRunning(record, identity)) throw inProgress(record, identity.now());
  await assertNoReader(run, name);
}

/** A backup that is being read, by a restore or on its way to the cloud, may be all that is left of the data. */
async function assertNoReader(run: DeleteRun, name: string, written?: string): Promise<void> {
  const { driver, root, identity, signal } = run;
  for (const folder of [restoresPrefix(root, name), migrationsPrefix(root, name)]) {
    for await (const entry of driver.list(folder, { signal })) {
      if (entry.type !== 'object') continue;
      const { key } = entry;
      const record = await readRecordIfPossible(driver, key, signal);
      if (!record) continue;
      const reads =
        isRunning(record, identity) ||
        (written !== undefined && (await isFreshInStore(driver, { key, record }, written, identity, signal)));
      if (reads) throw inProgress(record, identity.now());
    }
  }
}
