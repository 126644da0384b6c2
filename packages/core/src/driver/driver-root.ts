import type { StorageSection } from '../config/types.js';
import { BackupError } from '../errors/index.js';

/**
 * What core puts before every key it makes for a store: the section's `rootPath` without leading, trailing,
 * repeated slashes and `.` parts. Empty for `local`, whose driver works inside that directory already.
 * @throws BackupError `CONFIG_INVALID` when it holds `..`
 */
export function driverRoot(section: Pick<StorageSection, 'path' | 'provider' | 'rootPath'>): string {
  if (section.provider === 'local') return '';
  const parts = section.rootPath.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) {
    throw new BackupError({
      code: 'CONFIG_INVALID',
      message: `${section.path}.rootPath "${section.rootPath}" holds ".."`,
      remedy: `write the key prefix in ${section.path}.rootPath without ".."`,
      details: { key: `${section.path}.rootPath`, value: section.rootPath },
    });
  }
  return parts.join('/');
}
