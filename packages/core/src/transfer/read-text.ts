import type { StorageDriver } from '../driver/driver.js';
import { BackupError, isBackupError } from '../errors/index.js';

/**
 * A small object as UTF-8 text; `null` when it is absent.
 * @throws BackupError `META_UNREADABLE` when it holds more than `maxBytes`
 */
export async function readText(
  driver: StorageDriver,
  key: string,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<string | null> {
  try {
    const { body, info } = await driver.get(key, { signal });
    if (info.size > maxBytes) {
      body.destroy();
      throw new BackupError({
        code: 'META_UNREADABLE',
        message: `object ${key} has ${info.size} bytes, more than the ${maxBytes} that are read`,
        remedy: 'look at the object: it is not what this tool or the Go tool writes under that name',
        details: { key, size: info.size },
      });
    }
    const parts: Uint8Array[] = [];
    for await (const part of body) parts.push(part as Uint8Array);
    return Buffer.concat(parts).toString('utf8');
  } catch (error) {
    if (isBackupError(error) && error.code === 'OBJECT_NOT_FOUND') return null;
    throw error;
  }
}
