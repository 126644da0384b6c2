import type { StorageDriver } from '../driver/driver.js';
import { BackupError, isBackupError } from '../errors/index.js';
import type { TaskRecord } from './record.js';
import { describeOwner, toRecord } from './record.js';
import {
  encodeRecord,
  isFreshInStore,
  isRunning,
  isSameRun,
  mayLive,
  type RunIdentity,
  readRecord,
} from './record-store.js';
import type { TaskView } from './types.js';

/** How often a claim looks again when the record it met is gone by the time it is read. */
const attempts = 5;

/**
 * Puts the first record of a run, which also keeps every other run from the name. The record of a run that ended or died
 * is taken over, by one process alone, whoever else tries at the same time.
 * @throws BackupError `BACKUP_IN_PROGRESS` with the owner, `UNSUPPORTED` on a store without conditional put
 */
export async function claim(
  driver: StorageDriver,
  key: string,
  view: TaskView,
  identity: RunIdentity,
  signal?: AbortSignal,
): Promise<void> {
  if (driver.capabilities.conditionalPut !== true) throw noConditionalPut(driver);
  const mine = toRecord(view, identity.owner, identity.now());
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (await putOnce(driver, key, mine, signal)) return;
    const held = await readRecord(driver, key, signal);
    if (!held) continue;
    if (isSameRun(held, mine)) return;
    if (isRunning(held, identity)) throw inProgress(held, identity.now());
    const next = { ...mine, fence: held.fence + 1 };
    if (await takeOver(driver, key, held, next, identity, signal)) return;
  }
  throw new BackupError({
    code: 'BACKUP_IN_PROGRESS',
    message: `other runs keep taking ${view.backupName}`,
    remedy: 'wait for them to end',
  });
}

/**
 * Replaces the record of a dead run. A store can only put what is absent, so the right to do so is an object
 * of its own, named after the dead run: one process makes it. When that one dies, too, the right to its right is the next
 * in a chain. A late-comer may make a link after the winner has removed it; it then sees that the record is another.
 * @returns false when the record has changed meanwhile
 * @throws BackupError `BACKUP_IN_PROGRESS` when another process holds the right
 */
async function takeOver(
  driver: StorageDriver,
  key: string,
  dead: TaskRecord,
  mine: TaskRecord,
  identity: RunIdentity,
  signal?: AbortSignal,
): Promise<boolean> {
  const links: string[] = [];
  for (let before = dead; ; ) {
    const link = `${key}.after-${before.owner.instance}-${before.startedAt}`;
    links.push(link);
    if (await putOnce(driver, link, mine, signal)) break;
    const taker = await readRecord(driver, link, signal);
    if (!taker) return false;
    if (isSameRun(taker, mine)) break;
    // It lives for a few calls only: one of this process that has stayed was left by a failed call.
    if (mayLive(taker, identity)) throw inProgress(taker, identity.now());
    before = taker;
  }
  try {
    const now = await readRecord(driver, key, signal);
    if (!now || !isSameRun(now, dead)) return false;
    const [link = key] = links.slice(-1);
    if (await isFreshInStore(driver, { key, record: now }, link, identity, signal))
      throw inProgress(now, identity.now());
    await driver.put(key, encodeRecord(mine), { signal });
    return true;
  } finally {
    // Without the signal: a link that stays would keep others away for a while.
    await driver.delete(links);
  }
}

async function putOnce(
  driver: StorageDriver,
  key: string,
  record: TaskRecord,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await driver.put(key, encodeRecord(record), { ifNoneMatch: '*', signal });
    return true;
  } catch (error) {
    if (isBackupError(error) && error.code === 'PRECONDITION_FAILED') return false;
    throw error;
  }
}

const doing = {
  create: 'written',
  copy: 'written',
  delete: 'deleted',
  restore: 'restored',
  verify: 'verified',
  drill: 'drilled',
  migrate: 'migrated',
  l0compact: 'written',
  cleanup: 'cleaned up',
} as const;

/**
 * A live run holds the backup.
 * @param now milliseconds since 1970
 */
export function inProgress(record: TaskRecord, now: number): BackupError {
  const { host, pid } = record.owner;
  return new BackupError({
    code: 'BACKUP_IN_PROGRESS',
    message: `backup ${record.backupName} is being ${doing[record.kind]} by ${describeOwner(record.owner)} (run ${record.id}, since ${new Date(record.startedAt).toISOString()}, ${formatAge(now - record.startedAt)} ago)`,
    remedy: 'wait for it to end, or stop that process and run the command again',
    details: { owner: host, pid, run: record.id, startedAt: record.startedAt, updatedAt: record.updatedAt },
  });
}

const units = [
  ['d', 24 * 60 * 60 * 1_000],
  ['h', 60 * 60 * 1_000],
  ['m', 60 * 1_000],
] as const;

/** In the largest unit that fits: `3 m`. Clocks of two hosts differ, so that it may be less than nothing. */
function formatAge(ms: number): string {
  const [unit, length] = units.find(([, one]) => ms >= one) ?? ['s', 1_000];
  return `${Math.max(0, Math.floor(ms / length))} ${unit}`;
}

function noConditionalPut(driver: StorageDriver): BackupError {
  return new BackupError({
    code: 'UNSUPPORTED',
    message: `the store driver ${driver.name} cannot put an object only when it is absent`,
    remedy: 'choose a store that honours If-None-Match; without it two runs could write one backup',
  });
}
