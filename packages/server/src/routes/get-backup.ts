import { BackupError, checkExistingBackupName, toBackupError } from '@milvus-backup/core';
import type { App, AppContext, RouteDeps } from '../app-types.js';
import { failWithStatus, succeed } from '../envelope.js';
import { type BackupQuery, findBackup } from '../find-backup.js';
import { mount } from '../mount.js';
import { renderBackup, renderBackupRun } from '../render/backup.js';
import { checkRunId } from '../request-id.js';
import { getBackupRouteSpec } from '../schemas/get-backup.js';
import { sendTar } from '../send-tar.js';

export function mountGetBackup(app: App, deps: RouteDeps): void {
  mount(app, getBackupRouteSpec, (c) => {
    const wantsFiles = /^(1|t|true)$/i.test(c.req.query('download') ?? '');
    return wantsFiles ? download(c, deps) : show(c, deps);
  });
}

async function show(c: AppContext, { service }: RouteDeps): Promise<Response> {
  const { view, details } = await findBackup(service, readQuery(c));
  return succeed(c, details === null ? renderBackupRun(view) : renderBackup(details, view));
}

/** Where the reply is a file, a failure has a real HTTP status: nobody shall keep an error as a tar. */
async function download(c: AppContext, deps: RouteDeps): Promise<Response> {
  try {
    return await sendTar(c, deps, readQuery(c));
  } catch (thrown) {
    const error = toBackupError(thrown);
    deps.logger.warn({ requestId: c.get('requestId'), code: error.code, err: error }, 'the download failed');
    return failWithStatus(c, error);
  }
}

/** @throws BackupError for a query that names no backup, or nothing that could be one */
function readQuery(c: AppContext): BackupQuery {
  const { backup_id: id, backup_name: name, path } = c.req.query();
  if (!id && !name) {
    const message = 'server: empty backup name and backup id, please set a backup name or id';
    throw new BackupError({ code: 'INVALID_ARGUMENT', message });
  }
  if (id) checkRunId(id, 'backup_id');
  if (name) checkExistingBackupName(name);
  return { ...(id ? { id } : {}), ...(name ? { name } : {}), ...(path ? { rootPath: path } : {}) };
}
