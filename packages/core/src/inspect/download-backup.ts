import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import type { StorageDriver } from '../driver/driver.js';
import { BackupError } from '../errors/index.js';
import { backupPrefix, tsPrefix } from '../layout/index.js';
import { readBackupMeta } from '../meta/index.js';

/**
 * A committed backup as one tar, objects in key order under `NAME/…`, made while it is read: memory does not
 * grow with the backup. Our own files under `meta/ts/` are left out, so that an unpacked tar is what the Go tool would have
 * written. A failure of the store ends the stream with its error.
 * @throws BackupError `BACKUP_NOT_FOUND`, `META_UNREADABLE`; the stream fails with `META_UNSAFE` for an object whose key
 *   would be unpacked outside the folder of the backup
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
      const path = entry.key.slice(prefix.length);
      // what consoles of stores put there to show a folder
      if (path === '' || path.endsWith('/')) continue;
      checkPath(path, name);
      const { body, info } = await driver.get(entry.key, { signal });
      const header = { name: `${name}/${path}`, size: info.size, mode: 0o644 };
      await pipeline(body, tar.entry(header));
    }
    tar.finalize();
  };
  fill().catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))));
  return Readable.from(tar);
}

/** Anyone who can write to the store chooses keys, and whoever unpacks the tar trusts them. */
function checkPath(path: string, name: string): void {
  const parts = path.split('/');
  if (!parts.some((part) => part === '.' || part === '..') && !/[\\\p{Cc}]/u.test(path)) return;
  throw new BackupError({
    code: 'META_UNSAFE',
    message: `backup ${name} holds an object whose key is no plain path: ${JSON.stringify(path.slice(0, 120))}`,
    remedy: 'remove that object from the store, or take the backup again',
    details: { name, path: path.slice(0, 120) },
  });
}
