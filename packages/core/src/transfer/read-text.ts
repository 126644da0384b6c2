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
      throw tooLarge(key, info.size, maxBytes);
    }
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of body) {
      const bytes = part as Uint8Array;
      size += bytes.length;
      // a store may say one size and send another; leaving the loop ends the stream
      if (size > maxBytes) throw tooLarge(key, size, maxBytes);
      parts.push(bytes);
    }
    return Buffer.concat(parts).toString('utf8');
  } catch (error) {
    if (isBackupError(error) && error.code === 'OBJECT_NOT_FOUND') return null;
    throw error;
  }
}

const tooLarge = (key: string, size: number, maxBytes: number): BackupError =>
  new BackupError({
    code: 'META_UNREADABLE',
    message: `object ${key} has ${size} bytes, more than the ${maxBytes} that are read`,
    remedy: 'look at the object: it is not what this tool or the Go tool writes under that name',
    details: { key, size },
  });
