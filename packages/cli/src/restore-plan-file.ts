import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CollectionFilter, RestoreMapping } from '@milvus-backup/core';
import { FlagError } from './flag-error.js';

/**
 * The plan in a file.
 * @throws FlagError when the file cannot be read
 * @throws BackupError `INVALID_ARGUMENT` when it holds no plan
 */
export async function readRestorePlan(
  cwd: string,
  file: string,
): Promise<{ readonly plan: readonly RestoreMapping[]; readonly targetFilter: CollectionFilter }> {
  const { parseRestorePlan } = await import('@milvus-backup/core');
  let text: string;
  try {
    text = await readFile(resolve(cwd, file), 'utf8');
  } catch (error) {
    throw new FlagError(
      `restore plan ${file} cannot be read: ${error instanceof Error ? error.message : error}`,
      'give --restore_plan the path of a JSON or YAML file',
    );
  }
  return parseRestorePlan(text, file);
}
