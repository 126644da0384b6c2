import { outcomesKey } from '../backup/outcomes.js';
import { isEmpty } from '../delete/backup-folder.js';
import { readDrillHistory } from '../drill/history.js';
import type { StorageDriver } from '../driver/driver.js';
import { throwIfAborted, toBackupError } from '../errors/index.js';
import { backupNameOf, backupPrefix, probeFolder, rootPrefix } from '../layout/index.js';
import type { Logger } from '../log.js';
import { readBackupHead } from '../meta/index.js';
import type { BackupMeta } from '../meta/types.js';
import type { BackupListEntry } from '../service-types.js';
import { runAll } from '../transfer/run-all.js';

const readAtOnce = 8;

/** Names of the folders under the backup root, in key order; some may hold no backup, or one that is not whole. */
export async function listFolders(
  driver: StorageDriver,
  root: string,
  signal?: AbortSignal,
): Promise<string[]> {
  // A store may tell of a folder twice, at the end of one page and the start of the next.
  const names = new Set<string>();
  for await (const entry of driver.list(rootPrefix(root), { delimiter: '/', signal })) {
    const name = entry.type === 'prefix' ? backupNameOf(root, entry.prefix) : null;
    if (name !== null && name !== probeFolder) names.add(name);
  }
  return [...names];
}

/** Committed backups; a folder without readable metadata is skipped, and the log says why. */
export async function listBackups(
  driver: StorageDriver,
  root: string,
  logger: Logger,
  signal?: AbortSignal,
): Promise<BackupListEntry[]> {
  const names = await listFolders(driver, root, signal);
  const found = new Map<string, BackupListEntry>();
  await runAll(
    names,
    readAtOnce,
    async (name, inner) => {
      const meta = await tryRead(driver, root, name, logger, inner);
      if (!meta) return;
      const partial = (await driver.head(outcomesKey(root, name), { signal: inner })) !== null;
      const provenAt = (await readDrillHistory(driver, root, name, inner))?.lastProven?.at;
      found.set(name, {
        ...toEntry(name, meta),
        ...(partial ? { partial } : {}),
        ...(provenAt === undefined ? {} : { provenAt }),
      });
    },
    signal,
  );
  return names.flatMap((name) => found.get(name) ?? []);
}

/** The folder of the committed backup with that id, whatever its name. */
export async function findById(
  driver: StorageDriver,
  root: string,
  id: string,
  logger: Logger,
  signal?: AbortSignal,
): Promise<string | null> {
  for (const name of await listFolders(driver, root, signal)) {
    const meta = await tryRead(driver, root, name, logger, signal);
    if (meta?.id === id) return name;
  }
  return null;
}

async function tryRead(
  driver: StorageDriver,
  root: string,
  name: string,
  logger: Logger,
  signal: AbortSignal | undefined,
): Promise<BackupMeta | null> {
  try {
    return await readBackupHead(driver, root, name, { signal });
  } catch (error) {
    throwIfAborted(signal);
    const { code, message } = toBackupError(error);
    // The store being away is no property of this folder.
    if (code.startsWith('STORAGE_') || code === 'BUCKET_NOT_FOUND') throw error;
    // Some stores go on listing a folder whose last object is gone.
    if (code === 'BACKUP_NOT_FOUND' && (await isEmpty(driver, backupPrefix(root, name), signal))) return null;
    logger.warn(
      { folder: name, code, reason: message },
      'no readable backup in this folder; it is not listed',
    );
    return null;
  }
}

/** @param name of the folder, which all verbs go by; the metadata of one that was renamed, or tampered with, say another */
function toEntry(name: string, meta: BackupMeta): BackupListEntry {
  return { id: meta.id, name, size: meta.size, milvusVersion: meta.milvus_version };
}
