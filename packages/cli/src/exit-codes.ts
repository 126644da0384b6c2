import type { ErrorCode } from '@milvus-backup/core';

/**
 * What the shell sees. 0, 1 and 2 mean what they mean for the Go tool; the others split its 1 so that a script
 * can tell what to do next. 64 is `EX_USAGE` of sysexits.h.
 */
export const exitCodes = {
  ok: 0,
  failure: 1,
  config: 2,
  notFound: 3,
  incomplete: 4,
  conflict: 5,
  partial: 6,
  usage: 64,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const { failure, config, notFound, incomplete, conflict, usage, interrupted } = exitCodes;

/** Exhaustive: a new error code does not compile before it has its exit code. */
const exitCodeByError: Readonly<Record<ErrorCode, ExitCode>> = {
  INVALID_ARGUMENT: usage,
  INVALID_BACKUP_NAME: usage,
  CONFIG_NOT_FOUND: config,
  CONFIG_INVALID: config,
  BACKUP_NOT_FOUND: notFound,
  BACKUP_EXISTS: conflict,
  BACKUP_IN_PROGRESS: conflict,
  META_UNREADABLE: failure,
  META_UNSAFE: failure,
  FORMAT_UNSUPPORTED: failure,
  MILVUS_UNREACHABLE: failure,
  MILVUS_AUTH: failure,
  MILVUS_UNSUPPORTED: failure,
  MILVUS_RATE_LIMITED: failure,
  MILVUS_ERROR: failure,
  DATABASE_NOT_FOUND: notFound,
  COLLECTION_NOT_FOUND: notFound,
  TARGET_EXISTS: conflict,
  TARGET_MISSING: notFound,
  TARGET_MISMATCH: conflict,
  IMPORT_FAILED: incomplete,
  SOURCE_INCOMPLETE: incomplete,
  VERIFY_FAILED: incomplete,
  PROOF_FAILED: incomplete,
  OBJECT_NOT_FOUND: failure,
  BUCKET_NOT_FOUND: notFound,
  INVALID_KEY: failure,
  STORAGE_AUTH: failure,
  STORAGE_UNREACHABLE: failure,
  STORAGE_FULL: failure,
  STORAGE_BUSY: failure,
  STORAGE_ERROR: failure,
  PRECONDITION_FAILED: conflict,
  CHECKSUM_MISMATCH: incomplete,
  UNSUPPORTED: failure,
  DRIVER_CLOSED: failure,
  DRIVER_LOAD_FAILED: config,
  CLOUD_AUTH: failure,
  CLOUD_UNREACHABLE: failure,
  CLOUD_ERROR: failure,
  TASK_NOT_FOUND: notFound,
  TASK_EXISTS: conflict,
  CANCELLED: interrupted,
  SHUTTING_DOWN: failure,
  INTERNAL: failure,
};

/** The part of an error that decides the exit code. */
export interface ExitCause {
  readonly code: ErrorCode;
  /** `signal` says which signal cancelled the run. */
  readonly details: Readonly<Record<string, unknown>>;
}

export function exitCodeOf(error: ExitCause): ExitCode {
  if (error.code === 'CANCELLED' && error.details.signal === 'SIGTERM') return exitCodes.terminated;
  return exitCodeByError[error.code];
}

/** One line per exit code, for the help text and the README. */
export const exitCodeMeanings: ReadonlyArray<readonly [ExitCode, string]> = [
  [exitCodes.ok, 'success'],
  [exitCodes.failure, 'failure at run time, or something that is not supported'],
  [exitCodes.config, 'the configuration or a storage driver cannot be loaded'],
  [exitCodes.notFound, 'no such backup, database, collection, bucket or target'],
  [exitCodes.incomplete, 'the data did not arrive whole: a copy, an import or the proof after it failed'],
  [exitCodes.conflict, 'the backup or the target exists already, or another run is writing it'],
  [exitCodes.partial, 'a part is done and kept; the collections that are not are listed'],
  [exitCodes.usage, 'a wrong command, flag, value or name; nothing was done'],
  [exitCodes.interrupted, 'cancelled by SIGINT (Ctrl-C), after clean-up'],
  [exitCodes.terminated, 'cancelled by SIGTERM, after clean-up'],
];
