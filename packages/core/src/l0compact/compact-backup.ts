import { isCommitted } from '../backup/claim-name.js';
import { finishDelete } from '../copy/target.js';
import { BackupError, isBackupError, joinSignals, toBackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import { backupPrefix } from '../layout/index.js';
import type { BinlogMeta } from '../meta/types.js';
import { listBackupLogs, sortLogs } from '../restore/backup-logs.js';
import { sourceName } from '../restore/plan-targets.js';
import { claim } from '../task/claim.js';
import { runKey } from '../task/record-keys.js';
import { RecordWriter } from '../task/record-writer.js';
import { commitCompacted } from './commit.js';
import { compactMeta } from './compact-meta.js';
import type { CompactRun } from './compact-run.js';
import { copiedLogs, copyLogs, removeStrays } from './copy-logs.js';
import { clearDestination, destinationNotEmpty, inspectDestination } from './destination.js';
import { foldDeletes } from './fold-deletes.js';
import type { CollectionPlan } from './plan.js';

/**
 * Makes a second backup in which each delete of an L0 segment lies beside the rows that it hits: copies all binlogs but those of L0
 * segments, folds their deletes into delta logs, and commits last. The source is not changed. What an earlier run has copied is kept.
 * @throws BackupError `VERIFY_FAILED` for a source that is short or damaged, `FORMAT_UNSUPPORTED` for binlogs that are not decoded here,
 * `BACKUP_EXISTS`, `BACKUP_IN_PROGRESS`; what was copied by then stays, unlisted
 */
export async function compactBackup(run: CompactRun, asked: AbortSignal): Promise<void> {
  const { store, root, source, output, identity, tracker, logger, plan } = run;
  tracker.step(`checking ${source}`);
  let objects = 0;
  let bytes = 0;
  for (const one of plan.collections) {
    for (const { size } of copiedLogs(one, await knownLogs(run, one, asked))) {
      objects += 1;
      bytes += size;
    }
  }
  tracker.add({ objectsTotal: objects, bytesTotal: bytes, collectionsTotal: plan.collections.length });
  if ((await inspectDestination(store.driver, root, output, identity, asked)) === 'other') {
    if (!run.force) throw destinationNotEmpty(output);
    await clearDestination(run, asked);
  }
  const key = runKey(root, output);
  await claim(store.driver, key, tracker.view(), identity, asked);
  const record = new RecordWriter({
    driver: store.driver,
    key,
    identity,
    view: () => tracker.view(),
    claimed: true,
    onError: (error) =>
      logger.warn({ reason: toBackupError(error).message }, 'the state of the run could not be saved'),
  });
  run.fence.hold(record, key);
  const signal = joinSignals(asked, record.lost);
  try {
    await finishDelete({ ...store, root, name: output, label: 'backup' }, signal);
    // Whoever held the name before may have committed in the meantime: only now can nobody else.
    if (await isCommitted(store.driver, root, output, signal)) throw destinationNotEmpty(output);
    await writeOutput(run, record, signal);
    tracker.succeed();
  } catch (error) {
    tracker.fail(toBackupError(error));
    throw error;
  } finally {
    // After a failure it tells the next run, and everybody else, that what lies there can go on.
    await record.end();
  }
}

async function writeOutput(run: CompactRun, record: RecordWriter, signal: AbortSignal): Promise<void> {
  const { plan, meta, id, output, tracker, logger } = run;
  const added = new Map<bigint, Map<string, BinlogMeta[]>>();
  const made = new Map<string, string>();
  let log = plan.firstLog;
  for (const one of plan.collections) {
    const { collection } = one;
    tracker.step(`copying ${nameKey(sourceName(collection))}`);
    const known = await knownLogs(run, one, signal);
    const wanted = copiedLogs(one, known);
    await copyLogs(run, collection.collection_id, wanted, (copied) => count(run, copied), signal);
    if (one.channels.length > 0) tracker.step(`folding deletes of ${nameKey(sourceName(collection))}`);
    const tools = { nextLog: () => log++, made };
    const folded = await foldDeletes(run, one, known, tools, signal).catch((cause: unknown) => {
      throw isBackupError(cause) && cause.code === 'FORMAT_UNSUPPORTED' ? notFoldable(one, cause) : cause;
    });
    added.set(collection.collection_id, folded);
    const [from, to] = [backupPrefix(run.root, run.source), backupPrefix(run.root, output)];
    const keys = new Set(wanted.map(({ key }) => to + key.slice(from.length)));
    for (const binlogs of folded.values()) for (const { log_path } of binlogs) keys.add(log_path);
    await removeStrays(run, collection.collection_id, keys, signal);
    tracker.add({ collectionsDone: 1 });
  }
  tracker.step('saving the metadata');
  const compacted = compactMeta(meta, { id, name: output }, added);
  await commitCompacted(run, compacted, made, record, signal);
  logger.info({ logs: Number(log - plan.firstLog), size: compacted.size }, 'compacted backup committed');
}

function count({ tracker }: CompactRun, copied: { readonly objects: number; readonly bytes: number }): void {
  tracker.add({ objectsDone: copied.objects, bytesDone: copied.bytes });
  const { bytesDone, bytesTotal } = tracker.view().progress;
  // The last percent is the commit's.
  if (bytesTotal > 0) tracker.percent(Math.min(99, (100 * bytesDone) / bytesTotal));
}

/** @throws BackupError `VERIFY_FAILED` naming the first file that is missing or has another size */
async function knownLogs(
  { store, root, source }: CompactRun,
  { collection }: CollectionPlan,
  signal: AbortSignal,
): ReturnType<typeof listBackupLogs> {
  const listed = await listBackupLogs(store.driver, root, source, collection.collection_id, signal);
  try {
    return [...sortLogs(collection, listed).known];
  } catch (cause) {
    const { message, details } = toBackupError(cause);
    throw new BackupError({
      code: 'VERIFY_FAILED',
      message: `backup ${source} is not whole: ${message}`,
      remedy: 'see all damage with `verify`; compact another backup, or take this one again',
      cause,
      details,
    });
  }
}

function notFoldable({ collection }: CollectionPlan, cause: BackupError): BackupError {
  return new BackupError({
    code: 'FORMAT_UNSUPPORTED',
    message: `the deletes of ${nameKey(sourceName(collection))} cannot be folded: ${cause.message}`,
    remedy: 'restore the backup as it is: Milvus applies its level-0 deletes by itself',
    cause,
    details: cause.details,
  });
}
