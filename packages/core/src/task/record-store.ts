import type { StorageDriver } from '../driver/driver.js';
import { BackupError, isBackupError } from '../errors/index.js';
import { readText } from '../transfer/read-text.js';
import { describeOwner, parseRecord, type RunOwner, type TaskRecord, toView } from './record.js';
import type { TaskView } from './types.js';

/** Milliseconds after which a running record that was not renewed counts as dead. */
const deadAfter = 60_000;
/** Far above what a record needs; a larger object is not one of ours. */
const maxRecordBytes = 16 * 1024 * 1024;

/** What tells one process from another; enters at the composition root. */
export interface RunIdentity {
  readonly owner: RunOwner;
  /** Whether a process of this host lives. */
  isAlive(pid: number): boolean;
  now(): number;
}

export async function readRecord(
  driver: StorageDriver,
  key: string,
  signal?: AbortSignal,
): Promise<TaskRecord | null> {
  const text = await readText(driver, key, maxRecordBytes, signal);
  return text === null ? null : parseRecord(text, key);
}

/** As {@link readRecord}; a damaged record is none, where it may not stand in the way of repair or of other records. */
export async function readRecordIfPossible(
  driver: StorageDriver,
  key: string,
  signal?: AbortSignal,
): Promise<TaskRecord | null> {
  try {
    return await readRecord(driver, key, signal);
  } catch (error) {
    if (isBackupError(error) && error.code === 'META_UNREADABLE') return null;
    throw error;
  }
}

/** Whether the process that wrote the record may still be at work. */
export function isRunning(record: TaskRecord, identity: RunIdentity): boolean {
  return (record.state === 'initial' || record.state === 'executing') && mayLive(record, identity);
}

/** Whether the process that wrote the record, and would have renewed it, may still live; this one's own records included. */
export function mayLive({ owner, updatedAt }: TaskRecord, identity: RunIdentity): boolean {
  const { host, pid } = owner;
  const me = identity.owner;
  if (host === me.host && (pid === me.pid ? owner.instance !== me.instance : !identity.isAlive(pid)))
    return false;
  return identity.now() - updatedAt < deadAfter;
}

/** Milliseconds of the store's clock within which a live run renews its record, and behind which it has stopped by itself. */
const renewedWithin = 45_000;

/**
 * Whether a record that looks dead was renewed a moment ago by the clock of the store: then it is this host's clock, or that of its
 * owner, that is wrong. Of this host more is known than the time. A store that tells no times says no.
 * @param key of the record
 * @param written an object that this process put just now
 */
export async function isFreshInStore(
  driver: StorageDriver,
  { key, record }: { readonly key: string; readonly record: TaskRecord },
  written: string,
  { owner }: RunIdentity,
  signal?: AbortSignal,
): Promise<boolean> {
  if (record.owner.host === owner.host || (record.state !== 'initial' && record.state !== 'executing'))
    return false;
  const [theirs, mine] = await Promise.all([driver.head(key, { signal }), driver.head(written, { signal })]);
  if (!theirs?.lastModified || !mine?.lastModified) return false;
  return mine.lastModified.getTime() - theirs.lastModified.getTime() < renewedWithin;
}

/** The record as a user should see it: a run whose process died is a failed one. */
export function truthfulView(record: TaskRecord, identity: RunIdentity): TaskView {
  const view = toView(record);
  if (view.state === 'success' || view.state === 'fail' || isRunning(record, identity)) return view;
  return {
    ...view,
    state: 'fail',
    endedAt: record.updatedAt,
    error: new BackupError({
      code: 'CANCELLED',
      message: `the ${record.kind} was interrupted: its ${describeOwner(record.owner)} ended`,
      remedy: 'run the same command again',
    }),
  };
}

/** A put that was sent again after a broken connection meets its own first attempt. */
export function isSameRun(a: TaskRecord, b: TaskRecord): boolean {
  return a.owner.instance === b.owner.instance && a.id === b.id && a.startedAt === b.startedAt;
}

export function encodeRecord(record: TaskRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}
