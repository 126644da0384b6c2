import { resolve } from 'node:path';
import { BackupError, type DriverContext, type StorageSection } from '@milvus-backup/core/driver';
import { z } from 'zod';

/** The block `options` of a storage section that uses this driver: there is nothing to set. */
export const localOptionsSchema = z.strictObject({});

export interface LocalOptions {
  /** Where the section stands in the configuration, e.g. `backup.storage`. */
  readonly section: string;
  /** Absolute path of the directory that is the "bucket". */
  readonly directory: string;
}

/**
 * Checks a storage section.
 * @throws BackupError `CONFIG_INVALID` naming the key and the value
 */
export function readOptions(section: StorageSection, context: DriverContext): LocalOptions {
  if (section.rootPath.trim() === '') {
    throw invalid(`${section.path}.rootPath`, 'is empty; name the directory that holds the objects');
  }
  if (section.rootPath.includes('\0')) throw invalid(`${section.path}.rootPath`, 'holds a NUL character');
  const options = localOptionsSchema.safeParse(section.options ?? {});
  if (!options.success) {
    throw invalid(`${section.path}.options`, options.error.issues[0]?.message ?? 'is not valid');
  }
  return { section: section.path, directory: resolve(context.cwd, section.rootPath) };
}

function invalid(key: string, reason: string): BackupError {
  return new BackupError({
    code: 'CONFIG_INVALID',
    message: `${key} ${reason}`,
    remedy: `correct ${key} in the configuration`,
    details: { key },
  });
}
