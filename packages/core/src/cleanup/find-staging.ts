import { removeFolder } from '../delete/remove-folder.js';
import { measurePrefix } from '../inspect/inspect-folder.js';
import { listFolders } from '../inspect/list-backups.js';
import { probeFolder, stagingStart } from '../layout/index.js';
import { readTargetStates } from '../restore/restore-journal.js';
import { rootOf } from '../stores.js';
import { describeOwner, type TaskRecord } from '../task/record.js';
import { restoreKey, restoresPrefix } from '../task/record-keys.js';
import { isRunning, readRecordIfPossible } from '../task/record-store.js';
import { runAll } from '../transfer/run-all.js';
import type { Store } from '../transfer/transfer.js';
import { type Candidate, type CleanRun, isOld, isoTime } from './clean-run.js';

const readAtOnce = 16;

interface KnownRestore {
  readonly record: TaskRecord;
  readonly store: Store;
  readonly key: string;
}

/** Copies that restores have made in Milvus's bucket, and that no restore will use or remove any more. */
export async function* findStaging(run: CleanRun): AsyncGenerator<Candidate> {
  const { milvus } = run;
  if (milvus === null) return;
  const folders: string[] = [];
  for await (const entry of milvus.driver.list(stagingStart, { delimiter: '/', signal: run.signal })) {
    if (entry.type === 'prefix' && entry.prefix !== `${stagingStart}${probeFolder}/`)
      folders.push(entry.prefix);
  }
  if (folders.length === 0) return;
  const restores = await findRestores(run);
  for (const prefix of folders) {
    const verdict = await judge(run, prefix, restores);
    if (verdict === null) continue;
    yield {
      item: { kind: 'staging', store: 'milvus', path: prefix, backup: verdict.backup, ...verdict.found },
      remove: async () => {
        // Read anew: an interrupted restore may have been gone on with, under its old id.
        if ((await judge(run, prefix, await findRestores(run))) === null) return false;
        await removeFolder(milvus.driver, prefix, { signal: run.signal });
        return true;
      },
    };
  }
}

interface Verdict {
  readonly backup: string;
  readonly found: Pick<Candidate['item'], 'objects' | 'bytes' | 'changedAt' | 'reason'>;
}

/** `null`: it stays. Ids may hold what stands between id and database, so a folder may belong to several. */
async function judge(
  run: CleanRun,
  prefix: string,
  restores: readonly KnownRestore[],
): Promise<Verdict | null> {
  const { milvus } = run;
  if (milvus === null) return null;
  const { objects, size: bytes, changedAt } = await measurePrefix(milvus.driver, prefix, run.signal);
  if (objects === 0) return null;
  const of = restores.filter(({ record }) => prefix.startsWith(`${stagingStart}${record.id}-`));
  if (of.some(({ record }) => isRunning(record, run.identity))) return null;
  const [known] = of;
  if (known === undefined) {
    const reason = `no restore of that id is known; last written ${isoTime(changedAt)}`;
    return isOld(run, changedAt) ? { backup: '', found: { objects, bytes, changedAt, reason } } : null;
  }
  const { record } = known;
  const ended = record.endedAt > 0;
  if (ended && run.config.restore.keepTempFiles) return null;
  // Milvus may go on importing for a restore whose process died: its files are read for hours.
  if (!ended && !isOld(run, changedAt) && (await mayImport(run, known))) return null;
  const how = ended ? 'has ended' : `was interrupted: its ${describeOwner(record.owner)} ended`;
  const reason = `restore ${record.id} of ${record.backupName} ${how}`;
  return { backup: record.backupName, found: { objects, bytes, changedAt, reason } };
}

async function mayImport(run: CleanRun, { record, store }: KnownRestore): Promise<boolean> {
  const { driver } = store;
  const at = {
    driver,
    root: rootOf(store),
    name: record.backupName,
    id: record.id,
    // Only told when a journal is begun.
    fingerprint: '',
    logger: run.logger,
  };
  const states = await readTargetStates(at, run.signal);
  return [...states.values()].some((one) => one.state === 'filling' && Object.keys(one.jobs).length > 0);
}

async function findRestores(run: CleanRun): Promise<KnownRestore[]> {
  const found: KnownRestore[] = [];
  for (const store of [run.backups, ...run.others]) {
    const { driver } = store;
    const root = rootOf(store);
    await runAll(
      await listFolders(driver, root, run.signal),
      readAtOnce,
      async (name, signal) => {
        for await (const { type, ...entry } of driver.list(restoresPrefix(root, name), { signal })) {
          if (type !== 'object' || !('key' in entry) || !entry.key.endsWith('.json')) continue;
          const record = await readRecordIfPossible(driver, entry.key, signal);
          if (record && entry.key === restoreKey(root, name, record.id))
            found.push({ record, store, key: entry.key });
        }
      },
      run.signal,
    );
  }
  return found;
}
