import { BackupError, isBackupError } from '@milvus-backup/core';

/**
 * Runs a parser of core and puts the Go tool's chain of wrappers in front of what it says.
 * @param rephrase the Go tool's own words where they differ; `null` keeps those of core
 * @throws BackupError with the code of the original
 */
export function withPrefix<T>(
  prefix: string,
  parse: () => T,
  rephrase: (error: BackupError) => string | null = () => null,
): T {
  try {
    return parse();
  } catch (error) {
    if (!isBackupError(error)) throw error;
    throw new BackupError({
      code: error.code,
      message: prefix + (rephrase(error) ?? error.message),
      details: error.details,
      cause: error,
    });
  }
}

/** The name that is no `coll` or `db.coll`, when that is what the parser refused. */
export const badCollectionName = (error: BackupError): string | null =>
  typeof error.details.name === 'string' ? error.details.name : null;
