import { removeFolder } from '../delete/remove-folder.js';
import { BackupError, isBackupError } from '../errors/index.js';
import { backupPrefix, metaKey } from '../layout/index.js';
import { describeFile, encodeManifest, type ManifestItem, manifestKey } from '../manifest/index.js';
import { type BackupExtras, encodeExtras, writeExtras } from '../meta/extras.js';
import { encodeMetaFile, metaFilesOf, writeBackupMeta } from '../meta/index.js';
import type { BackupMeta } from '../meta/types.js';
import type { RecordWriter } from '../task/record-writer.js';
import { readText } from '../transfer/read-text.js';
import type { BackupRun } from './backup-run.js';
import { type Journal, journalPrefix } from './journal.js';
import { outcomesKey, saveOutcomes } from './outcomes.js';
import { listBundle } from './snapshot/bundle-items.js';

export { manifestKey };

/**
 * Makes a backup of what was copied: the manifest, the metadata, and last the file that makes it one. That file is put
 * only where there is none, so that of two runs of which one was taken for dead only one commits.
 * @throws BackupError; `BACKUP_IN_PROGRESS` when the name is no longer this run's
 */
export async function commitBackup(
  run: BackupRun,
  journal: Journal,
  { meta, extras }: { readonly meta: BackupMeta; readonly extras: BackupExtras },
  record: RecordWriter,
): Promise<void> {
  const { targetRoot: root, name, signal } = run;
  const { driver } = run.target;
  // Saving the record looks whether the name is still this run's.
  await record.save();
  await saveOutcomes(driver, outcomesKey(root, name), run.tracker.view(), signal);
  await writeExtras(driver, root, name, extras, { signal });
  const items = itemsOf(run, { meta, extras }, journal);
  await driver.put(manifestKey(root, name), encodeManifest(meta.id, items), { signal });
  try {
    await writeBackupMeta(driver, root, name, meta, {
      signal,
      beforeCommit: () => record.save(),
      commitOnce: driver.capabilities.conditionalPut === true,
    });
  } catch (error) {
    if (!isBackupError(error) || error.code !== 'PRECONDITION_FAILED') throw error;
    await assertOurs(run, meta, error);
  }
  // From here on it is a backup; what is left of the journal is of no use and does no harm.
  await removeFolder(driver, journalPrefix(root, name)).catch((error: unknown) => {
    run.logger.warn({ reason: String(error) }, 'the journal of the run could not be removed');
  });
}

async function* itemsOf(
  { targetRoot, name, target, config, signal }: BackupRun,
  { meta, extras }: { readonly meta: BackupMeta; readonly extras: BackupExtras },
  journal: Journal,
): AsyncGenerator<ManifestItem> {
  for (const file of metaFilesOf(meta)) yield describeFile(`meta/${file}`, encodeMetaFile(meta, file));
  const more = encodeExtras(extras);
  if (more) yield describeFile('meta/ts/extras.json', more);
  yield* journal.items(meta.collection_backups.map((one) => one.collection_id));
  if (meta.format !== 'snapshot') return;
  const base = backupPrefix(targetRoot, name);
  yield* listBundle({ driver: target.driver, base, concurrency: config.transfer.concurrency, signal });
}

/** A put whose answer was lost meets its own first try. */
async function assertOurs(run: BackupRun, meta: BackupMeta, cause: BackupError): Promise<void> {
  const key = metaKey(run.targetRoot, run.name, 'backup_meta.json');
  const wrote = Buffer.from(encodeMetaFile(meta, 'backup_meta.json')).toString('utf8');
  if ((await readText(run.target.driver, key, wrote.length * 4, run.signal)) === wrote) return;
  throw new BackupError({
    code: 'BACKUP_EXISTS',
    message: `another run has committed a backup named ${run.name} in the meantime`,
    remedy: 'check that backup with `verify`, and choose another name for this one',
    cause,
    details: { name: run.name },
  });
}
