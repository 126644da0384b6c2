import type { StorageDriver } from '../driver/driver.js';
import { BackupError, isBackupError } from '../errors/index.js';
import { readText } from '../transfer/read-text.js';
import { parseRecord, type RunOwner, type TaskRecord, toRecord, toView } from './record.js';
import type { TaskView } from './types.js';

/** Milliseconds between renewals of a running record, and after which one that was not renewed counts as dead. */
const renewEvery = 5_000;
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

/** Whether the process that wrote the record may still be at work. */
export function isRunning(record: TaskRecord, identity: RunIdentity): boolean {
  if (record.state !== 'initial' && record.state !== 'executing') return false;
  const { host, pid, instance } = record.owner;
  const me = identity.owner;
  if (instance === me.instance) return true;
  if (host === me.host && (pid === me.pid || !identity.isAlive(pid))) return false;
  return identity.now() - record.updatedAt < deadAfter;
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
      message: `the ${record.kind} was interrupted: its process ${record.owner.pid} on ${record.owner.host} ended`,
      remedy: 'run the same command again',
    }),
  };
}

/** Writes a run's record now and then, in the background, until it is ended. */
export class RecordWriter {
  readonly #driver: StorageDriver;
  readonly #key: string;
  readonly #identity: RunIdentity;
  readonly #view: () => TaskView;
  readonly #timer: NodeJS.Timeout;
  readonly #onError: (error: unknown) => void;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    driver: StorageDriver,
    key: string,
    identity: RunIdentity,
    view: () => TaskView,
    onError: (error: unknown) => void,
  ) {
    this.#driver = driver;
    this.#key = key;
    this.#identity = identity;
    this.#view = view;
    this.#onError = onError;
    this.#timer = setInterval(() => void this.#write().catch(onError), renewEvery);
    this.#timer.unref();
  }

  /** Writes the state as it is now. @throws BackupError of the store */
  save(): Promise<void> {
    return this.#write();
  }

  /** Writes the last state. Never rejects: the run's own outcome matters more. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#write().catch(this.#onError);
  }

  /** Ends without a last state and removes the record. */
  async remove(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing.catch(() => {});
    await this.#driver.delete([this.#key]).catch(this.#onError);
  }

  #write(): Promise<void> {
    const next = this.#writing
      .catch(() => {})
      .then(async () => {
        const record = toRecord(this.#view(), this.#identity.owner, this.#identity.now());
        await this.#driver.put(this.#key, encode(record));
      });
    this.#writing = next;
    return next;
  }
}

/**
 * Puts the first record of a run, which also keeps every other run from the name.
 * @throws BackupError `BACKUP_IN_PROGRESS` with the owner, `UNSUPPORTED` on a store without conditional put
 */
export async function claim(
  driver: StorageDriver,
  key: string,
  view: TaskView,
  identity: RunIdentity,
  signal?: AbortSignal,
): Promise<void> {
  if (driver.capabilities.conditionalPut !== true) {
    throw new BackupError({
      code: 'UNSUPPORTED',
      message: `the store driver ${driver.name} cannot put an object only when it is absent`,
      remedy: 'choose a store that honours If-None-Match; without it two runs could write one backup',
    });
  }
  const mine = encode(toRecord(view, identity.owner, identity.now()));
  const put = (): Promise<boolean> =>
    driver.put(key, mine, { ifNoneMatch: '*', signal }).then(
      () => true,
      (error: unknown) => {
        if (isBackupError(error) && error.code === 'PRECONDITION_FAILED') return false;
        throw error;
      },
    );
  if (await put()) return;
  const held = await readRecord(driver, key, signal);
  if (held && isRunning(held, identity)) throw inProgress(held);
  await driver.delete([key], { signal });
  if (await put()) return;
  const winner = await readRecord(driver, key, signal);
  throw winner
    ? inProgress(winner)
    : new BackupError({
        code: 'BACKUP_IN_PROGRESS',
        message: `another run has just taken ${view.backupName}`,
        remedy: 'wait for it to end',
      });
}

export function inProgress(record: TaskRecord): BackupError {
  const { host, pid } = record.owner;
  return new BackupError({
    code: 'BACKUP_IN_PROGRESS',
    message: `backup ${record.backupName} is being written by process ${pid} on ${host} (run ${record.id})`,
    remedy: 'wait for it to end, or stop that process and run the command again',
    details: { owner: host, pid, run: record.id, updatedAt: record.updatedAt },
  });
}

function encode(record: TaskRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}
