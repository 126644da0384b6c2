import type { StorageSection } from '../config/types.js';
import { BackupError } from '../errors/index.js';

/** `CONFIG_INVALID` for one key of a storage section, for drivers. Leave `value` out where it may be a secret. */
export function invalidSetting(
  section: Pick<StorageSection, 'path'>,
  key: string,
  value: string | undefined,
  reason: string,
  cause?: unknown,
): BackupError {
  const name = `${section.path}.${key}`;
  return new BackupError({
    code: 'CONFIG_INVALID',
    message: value === undefined ? `${name}: ${reason}` : `${name} "${value}" ${reason}`,
    remedy: `correct ${name} in the configuration`,
    cause,
    details: { key: name, ...(value === undefined ? {} : { value }) },
  });
}
