import { BackupError, type StorageSection } from '@milvus-backup/core/driver';

/** `CONFIG_INVALID` for one key of a section. Leave `value` out where it may be a secret. */
export function invalid(
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
