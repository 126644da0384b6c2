import { removeFolder } from '../../delete/remove-folder.js';
import type { StorageDriver } from '../../driver/driver.js';
import { backupPrefix, binlogsPrefix, metaKey } from '../../layout/index.js';
import type { BackupFormat } from '../../requests.js';
import { bundleFolder } from './metadata-path.js';

/**
 * Removes what a dead run has left that a run of this format does not go on with: a bundle is Milvus's, written anew by each run, so
 * that a backup never holds rows of an older time than its own; binlogs and their metadata belong to the other format.
 */
export async function clearOtherFormat(
  { driver, root, name }: { readonly driver: StorageDriver; readonly root: string; readonly name: string },
  format: Exclude<BackupFormat, 'auto'>,
  signal: AbortSignal,
): Promise<void> {
  const base = backupPrefix(root, name);
  await removeFolder(driver, `${base}${bundleFolder}/`, { signal });
  if (format === 'binlog') return;
  await removeFolder(driver, binlogsPrefix(base), { signal });
  const files = (['partition_meta.json', 'segment_meta.json'] as const).map((file) =>
    metaKey(root, name, file),
  );
  await driver.delete(files, { signal });
}
