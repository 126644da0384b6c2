import { BackupError, joinSignals, toBackupError } from '../errors/index.js';
import { metaKey } from '../layout/index.js';
import { manifestKey } from '../manifest/index.js';
import { ensureBucket } from '../stores.js';
import { claim } from '../task/claim.js';
import { runKey } from '../task/record-keys.js';
import { RecordWriter } from '../task/record-writer.js';
import { probeApart } from './apart.js';
import { checkFolder } from './check-folder.js';
import { readCommitText } from './commit-text.js';
import { copyManifest } from './copy-manifest.js';
import { type CopyCounts, copyObjects } from './copy-objects.js';
import type { CopyRun } from './copy-run.js';
import { findDifference } from './find-difference.js';
import { commitFiles } from './folder.js';
import { finishDelete, holdsBackup, otherBackup } from './target.js';

/**
 * Copies a committed backup: the source is checked against its metadata, its objects are copied and proven, then the two files
 * that make it a backup, last of all. What an earlier run has copied is kept where it is equal.
 * @throws BackupError `VERIFY_FAILED` for a source that is short, `BACKUP_EXISTS` for another backup of the name,
 * `BACKUP_IN_PROGRESS`, `INVALID_ARGUMENT` when both ends are one place; what was copied by then stays, unlisted
 */
export async function copyBackup(run: CopyRun, asked: AbortSignal): Promise<void> {
  const { from, to, meta, tracker, identity } = run;
  tracker.step(`checking ${from.name} in ${from.label}`);
  const { data, commit } = await checkFolder(from, meta, asked);
  tracker.add({ objectsTotal: data.objects + commit.objects, bytesTotal: data.bytes + commit.bytes });
  const counts: CopyCounts = {
    from: from.label,
    to: to.label,
    sourceName: from.name,
    objectsCopied: 0,
    bytesCopied: 0,
    objectsKept: 0,
    bytesKept: 0,
  };
  tracker.copy({ ...counts });
  if (await holdsBackup(to, identity, asked)) {
    tracker.step(`comparing with ${to.name} in ${to.label}`);
    const difference = await findDifference(run, asked);
    if (difference !== null) throw otherBackup(to, difference);
    await probeApart(run, asked);
    const { objectsDone, bytesDone } = tracker.view().progress;
    tracker.copy({ ...counts, objectsKept: objectsDone, bytesKept: bytesDone });
    tracker.step('nothing to do: the copy is there, whole and equal');
    return;
  }
  await ensureBucket(to, asked);
  await probeApart(run, asked);
  await copyClaimed(run, counts, data.objects, asked);
}

/** The part that writes: nobody else may write, or delete, that name meanwhile. */
async function copyClaimed(
  run: CopyRun,
  counts: CopyCounts,
  dataObjects: number,
  asked: AbortSignal,
): Promise<void> {
  const { to, tracker, identity, logger } = run;
  const key = runKey(to.root, to.name);
  await claim(to.driver, key, tracker.view(), identity, asked);
  const record = new RecordWriter({
    driver: to.driver,
    key,
    identity,
    view: () => tracker.view(),
    claimed: true,
    onError: (error) =>
      logger.warn({ reason: toBackupError(error).message }, 'the state of the copy could not be saved'),
  });
  run.fence.hold(record, key);
  const signal = joinSignals(asked, record.lost);
  try {
    await finishDelete(to, signal);
    await assertStillFree(run, signal);
    tracker.step(`copying ${run.from.name} from ${run.from.label} to ${to.label}`);
    await copyObjects(run, counts, signal);
    await writeManifest(run, counts, signal);
    tracker.step('checking the copy');
    await checkCopy(run, dataObjects, signal);
    tracker.step('saving the metadata');
    for (const file of commitFiles) {
      // Looks whether the name is still this run's.
      await record.save();
      await writeCommitFile(run, file, counts, signal);
    }
    tracker.succeed();
  } catch (error) {
    tracker.fail(toBackupError(error));
    throw error;
  } finally {
    // After a failure it tells the next run, and everybody else, that what lies there is a copy that can go on.
    await record.end();
  }
  logger.info({ bytes: counts.bytesCopied, objects: counts.objectsCopied }, 'copy committed');
}

/** Whoever held the name before may have committed in the meantime: only now can nobody else. */
async function assertStillFree({ to }: CopyRun, signal: AbortSignal): Promise<void> {
  const { driver, root, name } = to;
  if ((await driver.head(metaKey(root, name, 'backup_meta.json'), { signal })) !== null) {
    throw otherBackup(to, 'another run has just made it');
  }
  // Of a run that was cut between the two files: the Go tool would list it while its objects are replaced.
  await driver.delete([metaKey(root, name, 'full_meta.json')], { signal });
}

/** What the target lists now, and not only what it answered when it was written. */
async function checkCopy({ to, meta }: CopyRun, dataObjects: number, signal: AbortSignal): Promise<void> {
  const { data } = await checkFolder(to, meta, signal);
  if (data.objects === dataObjects) return;
  throw new BackupError({
    code: 'VERIFY_FAILED',
    message: `${to.label} lists ${data.objects} objects of ${to.name}, ${dataObjects} were copied`,
    remedy: 'run the same command again; when it stays so, something else writes into that folder',
    details: { name: to.name, store: to.label },
  });
}

async function writeManifest(run: CopyRun, counts: CopyCounts, signal: AbortSignal): Promise<void> {
  const bytes = await copyManifest(run, signal);
  if (bytes === null) return;
  const { from, tracker } = run;
  counts.objectsCopied += 1;
  counts.bytesCopied += bytes;
  tracker.copy({ ...counts });
  // The total counts that of the source, which need not be as long.
  const info = await from.driver.head(manifestKey(from.root, from.name), { signal });
  tracker.add({ objectsDone: 1, bytesDone: info?.size ?? bytes });
}

async function writeCommitFile(
  run: CopyRun,
  file: (typeof commitFiles)[number],
  counts: CopyCounts,
  signal: AbortSignal,
): Promise<void> {
  const { to, tracker } = run;
  const text = await readCommitText(run, file, signal);
  // Backups of very old tools have no full_meta.json.
  if (text === null && file === 'full_meta.json') return;
  if (text === null) throw sourceGone(run);
  const bytes = new TextEncoder().encode(text);
  await to.driver.put(metaKey(to.root, to.name, file), bytes, { size: bytes.byteLength, signal });
  counts.objectsCopied += 1;
  counts.bytesCopied += bytes.byteLength;
  tracker.copy({ ...counts });
  tracker.add({ objectsDone: 1, bytesDone: bytes.byteLength });
}

function sourceGone({ from }: CopyRun): BackupError {
  return new BackupError({
    code: 'SOURCE_INCOMPLETE',
    message: `backup ${from.name} was deleted from ${from.label} while it was copied`,
    remedy: 'copy another backup; remove what was copied of this one with `delete` on the target',
    details: { name: from.name },
  });
}
