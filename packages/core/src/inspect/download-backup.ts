import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import type { StorageDriver } from '../driver/driver.js';
import { backupPrefix, tsPrefix } from '../layout/index.js';
import { readBackupMeta } from '../meta/index.js';

/**
 * A committed backup as one tar, objects in key order under `NAME/…`, made while it is read: memory does not
 * grow with the backup. Our own files under `meta/ts/` are left out, so that an unpacked tar is what the Go tool would have
 * written. A failure of the store ends the stream with its error.
 * @throws BackupError `BACKUP_NOT_FOUND`, `META_UNREADABLE`
 */
export async function downloadBackup(
  driver: StorageDriver,
  root: string,
  name: string,
  signal?: AbortSignal,
): Promise<Readable> {
  await readBackupMeta(driver, root, name, { signal });
  const tar = pack();
  const fill = async (): Promise<void> => {
    const prefix = backupPrefix(root, name);
    for await (const entry of driver.list(prefix, { signal })) {
      if (entry.type !== 'object' || entry.key.startsWith(tsPrefix(root, name))) continue;
      const { body, info } = await driver.get(entry.key, { signal });
      const header = { name: `${name}/${entry.key.slice(prefix.length)}`, size: info.size, mode: 0o644 };
      await pipeline(body, tar.entry(header));
    }
    tar.finalize();
  };
  fill().catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))));
  return Readable.from(tar);
}
