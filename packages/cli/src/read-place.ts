import type { StorageSection } from '@milvus-backup/core';

/** What names a store of the configuration; anything else is the path of a file. */
const storeName = /^[A-Za-z][A-Za-z0-9_]*$/;

/** Whether a flag names another configuration file. */
export const isFile = (value: string | undefined): value is string =>
  value !== undefined && value !== '' && !storeName.test(value);

/**
 * What a flag says of a store: its name, or the backup storage of another configuration file, as that stands there alone.
 * @throws BackupError `CONFIG_NOT_FOUND`, `CONFIG_INVALID`
 */
export async function readPlace(
  value: string | undefined,
  cwd: string,
  warn: (sentence: string) => void,
): Promise<string | StorageSection | undefined> {
  if (!isFile(value)) return value;
  const { loadConfig } = await import('@milvus-backup/core');
  const config = await loadConfig({ path: value, env: {}, cwd, set: [] });
  for (const warning of config.warnings) warn(`${value}: ${warning}`);
  const { storage } = config.value.backup;
  return { ...storage, path: `${value}: ${storage.path}` };
}
