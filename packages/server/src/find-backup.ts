import { type BackupDetails, type BackupService, isBackupError, type TaskView } from '@milvus-backup/core';

/** What a client asks for; one of id and name is there. */
export interface BackupQuery {
  readonly id?: string;
  readonly name?: string;
  readonly rootPath?: string;
}

/** A run, the files of a committed backup, or both. */
export type FoundBackup =
  | { readonly view: TaskView | null; readonly details: BackupDetails }
  | { readonly view: TaskView; readonly details: null };

/**
 * Looks for the run first and for the files where there is none or where it has ended, so that the same question is
 * answered during a backup, after it, and after a restart of the server.
 * @throws BackupError `BACKUP_NOT_FOUND`
 */
export async function findBackup(service: BackupService, query: BackupQuery): Promise<FoundBackup> {
  const byId = query.id === undefined ? null : await service.findCreate({ id: query.id });
  const view = byId ?? (query.name === undefined ? null : await service.findCreate({ name: query.name }));
  if (view === null) return { view, details: await getByNameOrId(service, query) };
  if (view.state === 'success' || view.state === 'partial')
    return { view, details: await get(service, view.backupName, query) };
  if (view.state === 'fail' && byId === null) {
    // The name may have been backed up again since by another process
    const details = await get(service, view.backupName, query).catch(nullWhenNotFound);
    if (details !== null) return { view: null, details };
  }
  return { view, details: null };
}

/** The name is tried first: an id is found only by reading every backup there is. */
async function getByNameOrId(service: BackupService, query: BackupQuery): Promise<BackupDetails> {
  if (query.name === undefined)
    return service.get(query.id === undefined ? {} : { id: query.id }, place(query));
  const named = await get(service, query.name, query).catch(nullWhenNotFound);
  if (named !== null || query.id === undefined) return named ?? get(service, query.name, query);
  return service.get({ id: query.id }, place(query));
}

const get = (service: BackupService, name: string, query: BackupQuery): Promise<BackupDetails> =>
  service.get({ name }, place(query));

const place = ({ rootPath }: BackupQuery): { rootPath?: string } =>
  rootPath === undefined ? {} : { rootPath };

function nullWhenNotFound(error: unknown): null {
  if (isBackupError(error) && error.code === 'BACKUP_NOT_FOUND') return null;
  throw error;
}
