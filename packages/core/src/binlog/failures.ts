import { BackupError } from '../errors/index.js';

/**
 * The bytes are not what a binlog of this kind can be.
 * @param offset where in the bytes that were given, from their start
 */
export function broken(what: string, offset: number, cause?: unknown): BackupError {
  return new BackupError({
    code: 'VERIFY_FAILED',
    message: `the binlog is damaged at byte ${offset}: ${what}`,
    remedy: 'read the object again; when it stays so, use another backup or repeat this one',
    cause,
    details: { offset },
  });
}

/** The bytes may be good, but they are of a form that this decoder does not know. */
export function unsupported(what: string): BackupError {
  return new BackupError({
    code: 'FORMAT_UNSUPPORTED',
    message: `this binlog cannot be decoded: ${what}`,
    remedy: 'rely on sizes and checksums for it; backup and restore do not decode binlogs',
  });
}
