import type { StorageDriver } from '../driver/driver.js';
import { metaKey } from '../layout/index.js';
import { encodeMetaFile, metaFilesOf } from './files.js';
import type { MetaCallOptions } from './read.js';
import type { BackupMeta } from './types.js';

export interface WriteMetaOptions extends MetaCallOptions {
  /** Called before the file that makes it a backup; a rejection stops the commit. */
  readonly beforeCommit?: () => Promise<void>;
  /** Whether that file is put only where there is none; one that is there rejects with `PRECONDITION_FAILED`. */
  readonly commitOnce?: boolean;
}

/**
 * Commits a backup: writes its files one after another, `full_meta.json` and then `backup_meta.json` last, so that the backup
 * is listed when it is whole. A run cut short may simply write again.
 * @param root cleaned
 * @throws BackupError of the store
 */
export async function writeBackupMeta(
  driver: StorageDriver,
  root: string,
  name: string,
  meta: BackupMeta,
  options: WriteMetaOptions = {},
): Promise<void> {
  const { signal, beforeCommit, commitOnce } = options;
  for (const file of metaFilesOf(meta)) {
    const last = file === 'backup_meta.json';
    if (last) await beforeCommit?.();
    const bytes = encodeMetaFile(meta, file);
    await driver.put(metaKey(root, name, file), bytes, {
      signal,
      size: bytes.byteLength,
      ...(last && commitOnce ? { ifNoneMatch: '*' } : {}),
    });
  }
}
