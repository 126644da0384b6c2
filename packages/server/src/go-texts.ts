import type { BackupError } from '@milvus-backup/core';
import { explain } from './envelope.js';

/** The Go tool's chain of wrappers before failures of `create` that clients may look for; `null` for any other. */
export function createFailureText(error: BackupError): string | null {
  switch (error.code) {
    case 'BACKUP_EXISTS':
    case 'TASK_EXISTS':
      return `backup: ${error.message}`;
    case 'COLLECTION_NOT_FOUND':
    case 'DATABASE_NOT_FOUND':
      return `backup: list db and collection: backup: ${error.message}`;
    default:
      return null;
  }
}

/** The same of `restore`. */
export function restoreFailureText(error: BackupError): string | null {
  if (error.code !== 'TARGET_EXISTS') return null;
  return `restore: execute restore: check collection exist restore: ${explain(error)}`;
}
