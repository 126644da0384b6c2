import { BackupError } from '../errors/index.js';
import { hasControl } from './root.js';

/** The peer's limit, in bytes of UTF-8. */
const maxNewName = 128;
/** What one element of a path may take on common file systems, in bytes. */
const maxExistingName = 255;

const newNameRules: readonly { readonly broken: (name: string) => boolean; readonly message: string }[] = [
  {
    broken: (name) => /\p{White_Space}/u.test(name),
    message: 'backup name should not contain whitespace',
  },
  {
    broken: (name) => Buffer.byteLength(name) > maxNewName,
    message: 'backup name length should not exceed 128',
  },
  {
    broken: (name) => !/^[A-Za-z_]/.test(name),
    message: 'backup name should start with an underscore or letter',
  },
  {
    broken: (name) => !/^\w+$/.test(name),
    message: 'backup name should only contain numbers, letters and underscores',
  },
];

/**
 * The rule for the name of a new backup, with the peer's texts in the peer's order.
 * @throws BackupError `INVALID_BACKUP_NAME`
 */
export function checkBackupName(name: string): void {
  if (name === '') refuse(name, 'backup name is required');
  for (const rule of newNameRules) if (rule.broken(name)) refuse(name, rule.message);
}

/**
 * The rule for the name of a backup that is there already: any tool may have made it, so hyphens, dots and other
 * scripts pass; what would reach another folder does not.
 * @throws BackupError `INVALID_BACKUP_NAME`
 */
export function checkExistingBackupName(name: string): void {
  if (name === '') refuse(name, 'backup name is required');
  if (name === '.' || name === '..' || /[/\\]/.test(name)) {
    refuse(name, 'backup name should not be a path');
  }
  if (hasControl(name) || !isWellFormed(name)) {
    refuse(name, 'backup name should not contain control characters');
  }
  if (Buffer.byteLength(name) > maxExistingName) {
    refuse(name, `backup name length should not exceed ${maxExistingName}`);
  }
}

/**
 * The name of a backup whose user gave none: `backup_YYYY_MM_DD_HH_MM_SS_<nanoseconds>` in UTC.
 * @param nanoseconds within the second; not padded, as the peer does
 */
export function makeBackupName(now: Date, nanoseconds: number): string {
  return `backup_${stampOf(now)}_${nanoseconds}`;
}

/** The id of a restore whose user gave none: `restore_YYYY_MM_DD_HH_MM_SS_<nanoseconds>` in UTC. */
export function makeRestoreId(now: Date, nanoseconds: number): string {
  return `restore_${stampOf(now)}_${nanoseconds}`;
}

function stampOf(now: Date): string {
  return now.toISOString().slice(0, 19).replaceAll(/[-T:]/g, '_');
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function refuse(name: string, message: string): never {
  throw new BackupError({
    code: 'INVALID_BACKUP_NAME',
    message,
    remedy:
      'use a name of at most 128 letters, digits and underscores that does not start with a digit, such as "nightly_2026"',
    details: { name: name.slice(0, maxExistingName) },
  });
}
