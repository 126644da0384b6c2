import { checkExistingBackupName, toBackupError } from '@milvus-backup/core';
import type { App, AppContext, RouteDeps } from '../app-types.js';
import { failWithStatus, refuse, succeed } from '../envelope.js';
import { type BackupQuery, findBackup } from '../find-backup.js';
import { mount } from '../mount.js';
import { renderBackup, renderBackupRun } from '../render/backup.js';
import { checkRunId } from '../request-id.js';
import { getBackupRouteSpec } from '../schemas/get-backup.js';
import { sendTar } from '../send-tar.js';

const noSelector = 'server: empty backup name and backup id, please set a backup name or id';

export function mountGetBackup(app: App, deps: RouteDeps): void {
  mount(app, getBackupRouteSpec, async (c) => {
    const query = readQuery(c);
    if (query === null) return refuse(c, 'badParameter', noSelector);
    if (/^(1|t|true)$/i.test(c.req.query('download') ?? '')) {
      try {
        return await sendTar(c, deps, query);
      } catch (thrown) {
        const error = toBackupError(thrown);
        deps.logger.warn(
          { requestId: c.get('requestId'), code: error.code, err: error },
          'the download failed',
        );
        return failWithStatus(c, error);
      }
    }
    const { view, details } = await findBackup(deps.service, query);
    return succeed(c, details === null ? renderBackupRun(view) : renderBackup(details, view));
  });
}

/** `null` without id and name. @throws BackupError for names and ids that cannot be of a backup */
function readQuery(c: AppContext): BackupQuery | null {
  const { backup_id: id, backup_name: name, path } = c.req.query();
  if (!id && !name) return null;
  if (id) checkRunId(id, 'backup_id');
  if (name) checkExistingBackupName(name);
  return { ...(id ? { id } : {}), ...(name ? { name } : {}), ...(path ? { rootPath: path } : {}) };
}
