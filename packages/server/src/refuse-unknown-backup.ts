import { isBackupError } from '@milvus-backup/core';
import type { AppContext } from './app-types.js';
import { refuse } from './envelope.js';

/** The Go tool calls an unknown backup a bad parameter of a restore. Any other error is thrown on. */
export function refuseUnknownBackup(c: AppContext, error: unknown, name: string): Response {
  if (isBackupError(error) && error.code === 'BACKUP_NOT_FOUND') {
    return refuse(c, 'badParameter', `backup ${name} not found`);
  }
  throw error;
}
