import { journalPrefix } from '../backup/journal.js';
import { removeFolder } from '../delete/remove-folder.js';
import type { StorageDriver } from '../driver/driver.js';
import { measurePrefix } from '../inspect/inspect-folder.js';
import type { BackupFolder } from '../inspect/types.js';
import { tsKey } from '../layout/index.js';
import { resumableFor } from '../restore/find-resumable.js';
import { rootOf } from '../stores.js';
import { claim } from '../task/claim.js';
import type { TaskRecord } from '../task/record.js';
import { migrationsPrefix, restoreKey, runKey } from '../task/record-keys.js';
import { isRunning, mayLive, readRecordIfPossible } from '../task/record-store.js';
import { RecordWriter } from '../task/record-writer.js';
import { type Candidate, type CleanRun, isOld, isoTime } from './clean-run.js';

/** Files of ours in the folders of whole backups that tell of runs which are over. */
export async function* findLeftovers(
  run: CleanRun,
  folders: readonly BackupFolder[],
): AsyncGenerator<Candidate> {
  for (const { name, state } of folders) {
    if (state !== 'committed' && state !== 'partial') continue;
    yield* commitLeftovers(run, name);
    yield* restoreJournals(run, name);
    yield* links(run, name);
  }
}

/** The record and the journal of a run that committed and died before it could remove them. */
async function* commitLeftovers(run: CleanRun, name: string): AsyncGenerator<Candidate> {
  const { driver } = run.backups;
  const root = rootOf(run.backups);
  const key = runKey(root, name);
  const journal = journalPrefix(root, name);
  const dead = async (): Promise<TaskRecord | 'none' | null> => {
    const record = await readRecordIfPossible(driver, key, run.signal);
    if (record === null) return 'none';
    return isRunning(record, run.identity) ? null : record;
  };
  const record = await dead();
  if (record === null) return;
  const found = await measurePrefix(driver, journal, run.signal);
  // The record of a copy stays: it tells where the backup came from.
  const stale = record !== 'none' && record.state !== 'success';
  const changedAt = Math.max(found.changedAt, record === 'none' ? 0 : record.updatedAt);
  if ((!stale && found.objects === 0) || !isOld(run, changedAt)) return;
  yield {
    item: {
      kind: 'leftover',
      store: run.label,
      path: stale ? key : journal,
      backup: name,
      objects: found.objects + (stale ? 1 : 0),
      bytes: found.size,
      reason: `the run that made this backup left its record or journal, last written ${isoTime(changedAt)}`,
      changedAt,
    },
    remove: async () => {
      const now = await dead();
      if (now === null) return false;
      await removeFolder(driver, journal, { signal: run.signal });
      if (now !== 'none' && now.state !== 'success') await removeRecord(run, name, key);
      return true;
    },
  };
}

/** By taking it over, so that nobody else takes it over at the same time. */
async function removeRecord(run: CleanRun, name: string, key: string): Promise<void> {
  const { identity, logger } = run;
  const { driver } = run.backups;
  const view = run.deleteView(name);
  await claim(driver, key, view, identity, run.signal);
  const onError = (error: unknown): void =>
    logger.warn({ reason: String(error) }, 'a record could not be removed');
  await new RecordWriter({ driver, key, identity, view: () => view, claimed: true, onError }).remove();
}

async function* restoreJournals(run: CleanRun, name: string): AsyncGenerator<Candidate> {
  const { driver } = run.backups;
  const root = rootOf(run.backups);
  const home = tsKey(root, name, 'restore-journal', '');
  for await (const entry of driver.list(home, { delimiter: '/', signal: run.signal })) {
    if (entry.type !== 'prefix') continue;
    const id = entry.prefix.slice(home.length, -1);
    const over = async (): Promise<number> => {
      const record = await readRecordIfPossible(driver, restoreKey(root, name, id), run.signal);
      if (record && isRunning(record, run.identity)) return 0;
      const { objects, changedAt } = await measurePrefix(driver, entry.prefix, run.signal);
      // Some stores go on listing folders whose last object is gone.
      if (objects === 0) return 0;
      const last = Math.max(changedAt, record?.updatedAt ?? 0);
      // The same command goes on from the journal of one that did not end well.
      const resumable = record?.state !== 'success' && run.identity.now() - last < resumableFor;
      return !resumable && isOld(run, last) ? last : 0;
    };
    const changedAt = await over();
    if (changedAt === 0) continue;
    const found = await measurePrefix(driver, entry.prefix, run.signal);
    yield {
      item: {
        kind: 'leftover',
        store: run.label,
        path: entry.prefix,
        backup: name,
        objects: found.objects,
        bytes: found.size,
        reason: `journal of restore ${id}, which is over since ${isoTime(changedAt)}`,
        changedAt,
      },
      remove: async () => {
        if ((await over()) === 0) return false;
        await removeFolder(driver, entry.prefix, { signal: run.signal });
        return true;
      },
    };
  }
}

const linkName = /^(.+\.json)\.(after-.+|cancel)$/;

/**
 * Links of takeovers, and requests to cancel, whose run is over. A link that is named after the record as it stands may be part of
 * a takeover under way: that one stays, the next run takes it along.
 */
async function* links(run: CleanRun, name: string): AsyncGenerator<Candidate> {
  const { driver } = run.backups;
  const root = rootOf(run.backups);
  for (const prefix of [
    tsKey(root, name, 'run.json'),
    tsKey(root, name, 'restore', ''),
    migrationsPrefix(root, name),
  ]) {
    for await (const entry of driver.list(prefix, { signal: run.signal })) {
      const [, key, what] = (entry.type === 'object' && linkName.exec(entry.key)) || [];
      if (entry.type !== 'object' || key === undefined || what === undefined) continue;
      const stale = async (): Promise<boolean> =>
        what === 'cancel'
          ? await isOver(run, driver, key)
          : await isStaleLink(run, driver, key, entry.key, what);
      const changedAt = entry.lastModified?.getTime() ?? 0;
      if (!isOld(run, changedAt) || !(await stale())) continue;
      yield {
        item: {
          kind: 'leftover',
          store: run.label,
          path: entry.key,
          backup: name,
          objects: 1,
          bytes: entry.size,
          reason: `${what === 'cancel' ? 'a request to cancel' : 'link of a takeover by'} a run that is over`,
          changedAt,
        },
        remove: async () => {
          if (!(await stale())) return false;
          await driver.delete([entry.key], { signal: run.signal });
          return true;
        },
      };
    }
  }
}

async function isOver(run: CleanRun, driver: StorageDriver, key: string): Promise<boolean> {
  const record = await readRecordIfPossible(driver, key, run.signal);
  return record === null || !isRunning(record, run.identity);
}

async function isStaleLink(
  run: CleanRun,
  driver: StorageDriver,
  key: string,
  link: string,
  what: string,
): Promise<boolean> {
  const [held, taker] = await Promise.all([
    readRecordIfPossible(driver, key, run.signal),
    readRecordIfPossible(driver, link, run.signal),
  ]);
  if (taker && mayLive(taker, run.identity)) return false;
  return held === null || what !== `after-${held.owner.instance}-${held.startedAt}`;
}
