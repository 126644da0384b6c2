import { outcomesKey } from '../backup/outcomes.js';
import { findStranger } from '../delete/backup-folder.js';
import { tombstoneKey } from '../delete/delete-backup.js';
import { readDrillHistory } from '../drill/history.js';
import { findLeftScratch, isDroppable } from '../drill/scratch.js';
import type { StorageDriver } from '../driver/driver.js';
import { throwIfAborted, toBackupError } from '../errors/index.js';
import { backupPrefix, metaKey } from '../layout/index.js';
import { readBackupHead } from '../meta/index.js';
import type { BackupMeta } from '../meta/types.js';
import { describeOwner, type TaskRecord } from '../task/record.js';
import { restoresPrefix, runKey } from '../task/record-keys.js';
import { isRunning, type RunIdentity, readRecordIfPossible } from '../task/record-store.js';
import type { BackupFolder, FolderState, RunFacts } from './types.js';

export interface InspectInit {
  readonly driver: StorageDriver;
  readonly root: string;
  readonly identity: RunIdentity;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What one folder under the backup root is, told from what lies there now.
 * @returns `null` when nothing lies there (any more)
 * @throws BackupError of the store
 */
export async function inspectFolder(init: InspectInit, name: string): Promise<BackupFolder | null> {
  const { driver, root, identity, signal } = init;
  const record = await readRecordIfPossible(driver, runKey(root, name), signal);
  const [tombstone, meta, restores] = await Promise.all([
    driver.head(tombstoneKey(root, name), { signal }),
    readMeta(init, name),
    liveRestores(init, name),
  ]);
  const running = record !== null && isRunning(record, identity);
  const verdict = judge({ record, running, tombstone: tombstone !== null, meta });
  const run = record && factsOf(record, running);
  if (verdict.state === 'committed' && meta.kind === 'read') {
    const scratch = await findLeftScratch(driver, root, name, identity, signal);
    const provenAt = (await readDrillHistory(driver, root, name, signal))?.lastProven?.at;
    const lacking = (await driver.head(outcomesKey(root, name), { signal })) !== null;
    return {
      name,
      state: lacking ? 'partial' : 'committed',
      reason: [
        ...(lacking ? ['some of the collections that were asked for are not in it'] : []),
        ...(scratch
          ? [
              `an interrupted drill has left the database ${scratch.database} in ${scratch.milvus}; ${isDroppable(scratch) ? 'the next drill, or `cleanup`, drops it' : 'drop it by hand'}`,
            ]
          : []),
      ].join('; '),
      id: meta.meta.id,
      milvusVersion: meta.meta.milvus_version,
      size: meta.meta.size,
      objects: null,
      changedAt: meta.changedAt,
      run,
      restores,
      ...(provenAt === undefined ? {} : { provenAt }),
    };
  }
  const found = await measure(init, name);
  if (found.objects === 0) return null;
  const changedAt = Math.max(found.changedAt, record?.updatedAt ?? 0);
  const reason = verdict.reason || (await describeForeign(init, name));
  const { objects, size } = found;
  return {
    name,
    state: verdict.state,
    reason,
    id: '',
    milvusVersion: '',
    size,
    objects,
    changedAt,
    run,
    restores,
  };
}

type MetaFound =
  | { readonly kind: 'read'; readonly meta: BackupMeta; readonly changedAt: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly reason: string };

interface Facts {
  readonly record: TaskRecord | null;
  readonly running: boolean;
  readonly tombstone: boolean;
  readonly meta: MetaFound;
}

/** Pure: the state by what was found. An empty reason is to be found by a look at the files. */
function judge({ record, running, tombstone, meta }: Facts): {
  readonly state: FolderState;
  readonly reason: string;
} {
  const who = record ? describeOwner(record.owner) : '';
  if (record?.kind === 'delete' && running)
    return { state: 'deleting', reason: `${who} is deleting it since ${isoTime(record.startedAt)}` };
  if (tombstone && !running)
    return {
      state: 'delete-interrupted',
      reason: 'a delete was interrupted; `delete` or `cleanup` finishes it',
    };
  if (meta.kind === 'read' && !tombstone) return { state: 'committed', reason: '' };
  if (record && running)
    return {
      state: 'writing',
      reason: `${who} ${record.kind === 'copy' ? 'copies' : 'writes'} it since ${isoTime(record.startedAt)}`,
    };
  if (meta.kind === 'unreadable') return { state: 'foreign', reason: meta.reason };
  if (record?.kind === 'delete')
    return {
      state: 'delete-interrupted',
      reason: `the delete of ${who} was interrupted; \`delete\` or \`cleanup\` finishes it`,
    };
  if (record && record.state !== 'success') return { state: 'interrupted', reason: interruption(record) };
  return { state: 'foreign', reason: '' };
}

function interruption(record: TaskRecord): string {
  const how = record.error
    ? `failed: ${record.error.message}`
    : `was interrupted: its ${describeOwner(record.owner)} ended`;
  return `the ${record.kind} ${how}; the same command goes on`;
}

async function readMeta({ driver, root, signal }: InspectInit, name: string): Promise<MetaFound> {
  const info = await driver.head(metaKey(root, name, 'backup_meta.json'), { signal });
  if (info === null) return { kind: 'none' };
  try {
    const meta = await readBackupHead(driver, root, name, { signal });
    return { kind: 'read', meta, changedAt: info.lastModified?.getTime() ?? 0 };
  } catch (error) {
    throwIfAborted(signal);
    const { code, message } = toBackupError(error);
    // The store being away is no property of this folder.
    if (code.startsWith('STORAGE_') || code === 'BUCKET_NOT_FOUND') throw error;
    return code === 'BACKUP_NOT_FOUND'
      ? { kind: 'none' }
      : { kind: 'unreadable', reason: `${code}: ${message}` };
  }
}

async function liveRestores(
  { driver, root, identity, signal }: InspectInit,
  name: string,
): Promise<RunFacts[]> {
  const found: RunFacts[] = [];
  for await (const entry of driver.list(restoresPrefix(root, name), { delimiter: '/', signal })) {
    if (entry.type !== 'object' || !entry.key.endsWith('.json')) continue;
    const record = await readRecordIfPossible(driver, entry.key, signal);
    if (record && isRunning(record, identity)) found.push(factsOf(record, true));
  }
  return found;
}

/** What lies in a folder, and when an object of it was last written (0: the store does not tell). */
export async function measure(
  { driver, root, signal }: Pick<InspectInit, 'driver' | 'root' | 'signal'>,
  name: string,
): Promise<{ readonly objects: number; readonly size: number; readonly changedAt: number }> {
  return await measurePrefix(driver, backupPrefix(root, name), signal);
}

/** As {@link measure}, of whatever starts with a prefix. */
export async function measurePrefix(
  driver: StorageDriver,
  prefix: string,
  signal?: AbortSignal,
): Promise<{ readonly objects: number; readonly size: number; readonly changedAt: number }> {
  const sum = { objects: 0, size: 0, changedAt: 0 };
  for await (const entry of driver.list(prefix, { signal })) {
    if (entry.type !== 'object') continue;
    sum.objects += 1;
    sum.size += entry.size;
    sum.changedAt = Math.max(sum.changedAt, entry.lastModified?.getTime() ?? 0);
  }
  return sum;
}

async function describeForeign({ driver, root, signal }: InspectInit, name: string): Promise<string> {
  const stranger = await findStranger(driver, root, name, signal);
  if (stranger !== null) return `no backup: its folder holds ${stranger}`;
  const full = (await driver.head(metaKey(root, name, 'full_meta.json'), { signal })) !== null;
  return full
    ? 'backup_meta.json is missing: another tool has not finished it, or a delete of another tool was cut short'
    : 'no metadata: another tool has not finished it, or is writing it now';
}

function factsOf(record: TaskRecord, running: boolean): RunFacts {
  const { id, kind, state, startedAt, updatedAt } = record;
  return { id, kind, owner: describeOwner(record.owner), running, state, startedAt, updatedAt };
}

const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();
