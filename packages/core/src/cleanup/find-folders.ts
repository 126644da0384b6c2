import { findStranger } from '../delete/backup-folder.js';
import { deleteBackup } from '../delete/delete-backup.js';
import { BackupError, isBackupError } from '../errors/index.js';
import { inspectFolder } from '../inspect/inspect-folder.js';
import type { BackupFolder } from '../inspect/types.js';
import { backupPrefix } from '../layout/index.js';
import { backupMetaExists } from '../meta/index.js';
import { rootOf } from '../stores.js';
import { type Candidate, type CleanRun, isOld, isoTime } from './clean-run.js';
import type { CleanupKind } from './types.js';

/** Folders of the backup store that dead runs, deletes and other tools have left unfinished. */
export async function* findFolders(
  run: CleanRun,
  folders: readonly BackupFolder[],
): AsyncGenerator<Candidate> {
  const { driver } = run.backups;
  const root = rootOf(run.backups);
  for (const folder of folders) {
    const kind = await kindOf(run, folder);
    if (kind === null) continue;
    const { name, objects, size, changedAt } = folder;
    yield {
      item: {
        kind,
        store: run.label,
        path: backupPrefix(root, name),
        backup: name,
        objects: objects ?? 0,
        bytes: size,
        reason: `${folder.reason.replace(/; .*/, '')}; last sign of life ${isoTime(changedAt)}`,
        changedAt,
      },
      remove: async () => {
        const now = await inspectFolder({ driver, root, identity: run.identity, signal: run.signal }, name);
        // Gone, by whomever: that was the aim.
        if (now === null) return true;
        if ((await kindOf(run, now)) !== kind) return false;
        return await remove(run, name, kind);
      },
    };
  }
}

async function kindOf(run: CleanRun, folder: BackupFolder): Promise<CleanupKind | null> {
  const { state, name, changedAt } = folder;
  // A delete is meant: nothing is waited for but the end of whoever did it.
  if (state === 'delete-interrupted') return 'interrupted-delete';
  if (state === 'interrupted') return isOld(run, changedAt) ? 'interrupted-run' : null;
  if (state !== 'foreign' || !isOld(run, changedAt)) return null;
  const { driver } = run.backups;
  const root = rootOf(run.backups);
  // One that has metadata, readable or not, may be all that is left of somebody's data.
  if (await backupMetaExists(driver, root, name, { signal: run.signal }).catch(() => true)) return null;
  return (await findStranger(driver, root, name, run.signal)) === null ? 'unfinished-backup' : null;
}

async function remove(run: CleanRun, name: string, kind: CleanupKind): Promise<boolean> {
  const { backups, identity, logger, signal } = run;
  const { driver } = backups;
  const root = rootOf(backups);
  const confirm = async (): Promise<void> => {
    if (kind === 'interrupted-delete') return;
    // A run that ended between the look and the claim may have made a backup of it.
    if (await backupMetaExists(driver, root, name, { signal })) throw takenUp(name);
  };
  try {
    // One for the whole of it: by its id and its start the run knows its own record.
    const mine = run.deleteView(name);
    const view = (): typeof mine => mine;
    const milvus = run.gateway;
    await deleteBackup({
      driver,
      root,
      identity,
      view,
      logger,
      confirm,
      milvus,
      onRemoved: () => {},
      signal,
    });
    return true;
  } catch (error) {
    if (isBackupError(error) && error.code === 'BACKUP_IN_PROGRESS') return false;
    if (isBackupError(error) && error.code === 'BACKUP_NOT_FOUND') return true;
    throw error;
  }
}

function takenUp(name: string): BackupError {
  return new BackupError({
    code: 'BACKUP_IN_PROGRESS',
    message: `${name} was finished by another run`,
    remedy: 'nothing is to be done',
    details: { name },
  });
}
