import { BackupError, type BackupErrorInit, isBackupError } from '@milvus-backup/core/driver';

export interface ErrorContext {
  /** The directory that is the bucket. */
  readonly directory: string;
  /** Where the section stands in the configuration, e.g. `backup.storage`. */
  readonly section: string;
  readonly key?: string | undefined;
}

type Facts = Omit<BackupErrorInit, 'cause' | 'details'>;
type Say = (context: ErrorContext, detail: string) => Facts;

/** A file system error as an error of ours. Pure. */
export function toLocalError(error: unknown, context: ErrorContext): BackupError {
  if (isBackupError(error)) return error;
  const code = errnoOf(error);
  const detail = error instanceof Error ? error.message : String(error);
  const facts = byErrno.get(code)?.(context, detail) ?? {
    code: 'STORAGE_ERROR',
    message: `${where(context)}: ${detail}`,
    remedy: `look at the file system of ${context.directory}`,
  };
  return new BackupError({
    ...facts,
    cause: error,
    details: {
      directory: context.directory,
      ...(context.key === undefined ? {} : { key: context.key }),
      ...(code === '' ? {} : { errno: code }),
    },
  });
}

/** Node's name for the failure (`ENOENT`); empty when it is not from the file system. */
export function errnoOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

const where = (context: ErrorContext): string =>
  context.key === undefined ? context.directory : `"${context.key}" in ${context.directory}`;

const absent: Say = (context) => ({
  code: 'OBJECT_NOT_FOUND',
  message: `there is no file ${where(context)}`,
});
const denied: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `the file system denies access to ${where(context)}`,
  remedy: `let this user read and write ${context.directory}, or change ${context.section}.rootPath`,
});
const full: Say = (context) => ({
  code: 'STORAGE_FULL',
  message: `the disk has no room for ${where(context)}`,
  remedy: `free space on the disk of ${context.directory}, raise the quota, or use another directory`,
});
const exists: Say = (context) => ({
  code: 'PRECONDITION_FAILED',
  message: `the file ${where(context)} exists already`,
});
const clash: Say = (context) => ({
  code: 'INVALID_KEY',
  message: `${where(context)} cannot be both a file and a folder`,
  remedy: 'a file system cannot hold an object "a" beside "a/b"; use an object store, or remove one of them',
});
const tooLong: Say = (context) => ({
  code: 'INVALID_KEY',
  message: `a part of ${where(context)} is too long for the file system`,
  remedy: 'parts between slashes may have 255 bytes at most; use shorter names, or an object store',
});
const symlink: Say = (context) => ({
  code: 'INVALID_KEY',
  message: `${where(context)} is a symbolic link, or below one`,
  remedy: 'links could lead out of the directory and are refused; put the file itself there',
});
const tooMany: Say = (context) => ({
  code: 'STORAGE_BUSY',
  message: `too many files are open to reach ${where(context)}`,
  remedy: 'lower transfer.concurrency, or raise the limit of open files (ulimit -n)',
  retryable: true,
});
const gone: Say = (context, detail) => ({
  code: 'STORAGE_UNREACHABLE',
  message: `the file system of ${context.directory} does not answer: ${detail}`,
  remedy: 'check the disk or the network mount, then run again',
  retryable: true,
});

const byErrno: ReadonlyMap<string, Say> = new Map([
  ['ENOENT', absent],
  ['EACCES', denied],
  ['EPERM', denied],
  ['EROFS', denied],
  ['ENOSPC', full],
  ['EDQUOT', full],
  ['EFBIG', full],
  ['EEXIST', exists],
  ['EISDIR', clash],
  ['ENOTDIR', clash],
  ['ENOTEMPTY', clash],
  ['ENAMETOOLONG', tooLong],
  ['ELOOP', symlink],
  ['EMFILE', tooMany],
  ['ENFILE', tooMany],
  ['EIO', gone],
  ['ESTALE', gone],
  ['ETIMEDOUT', gone],
  ['ENODEV', gone],
]);
