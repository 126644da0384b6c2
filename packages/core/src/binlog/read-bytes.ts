import type { StorageDriver } from '../driver/driver.js';
import { isBackupError } from '../errors/index.js';
import { broken } from './failures.js';

/** An object whose size is known from a listing or from the metadata. */
export interface SizedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Reads an object, or a part of it, whole.
 * @throws BackupError `VERIFY_FAILED` naming it when it has another size by now, and errors of the store
 */
export async function readBytes(
  driver: StorageDriver,
  { key, size }: SizedObject,
  signal: AbortSignal,
  /** Offsets. */
  range?: { readonly start: number; readonly end: number },
): Promise<Uint8Array> {
  if (range && range.start >= range.end) return new Uint8Array(0);
  const { body, info } = await driver.get(key, {
    signal,
    ...(range ? { range: { offset: range.start, length: range.end - range.start } } : {}),
  });
  if (info.size !== size) {
    body.destroy();
    throw broken(`${key} has ${info.size} bytes instead of ${size}`, 0);
  }
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}

/** Adds the key to what says that its bytes are damaged. @throws BackupError */
export async function naming<T>(key: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (!isBackupError(error) || error.code !== 'VERIFY_FAILED' || error.message.includes(key)) throw error;
    throw broken(`${key}: ${error.message}`, Number(error.details.offset ?? 0), error);
  }
}
