import { checkExistingBackupName, isBackupError, type TaskView } from '@milvus-backup/core';
import type { App, RouteDeps } from '../app-types.js';
import { refuse, sendJson, succeed } from '../envelope.js';
import { mount } from '../mount.js';
import { readBody } from '../read-body.js';
import { refuseUnknownBackup } from '../refuse-unknown-backup.js';
import { renderRestore } from '../render/restore.js';
import { adoptRequestId, checkRunId } from '../request-id.js';
import { restoreSecondaryBody, restoreSecondaryRouteSpec } from '../schemas/restore-secondary.js';

/** Checks what the Go tool checks, in its order. The id of the request is that of the task. */
export function mountRestoreSecondary(app: App, { service }: RouteDeps): void {
  mount(app, restoreSecondaryRouteSpec, async (c) => {
    const body = await readBody(c, restoreSecondaryBody);
    if (!body.ok) return sendJson(c, { error: `invalid request body: ${body.problem}` }, 400);
    const { requestId, backup_name: name, sourceClusterID, targetClusterID, path } = body.value;
    adoptRequestId(c, requestId);
    if (!name) return refuse(c, 'badParameter', 'backup name is required');
    if (!sourceClusterID) return refuse(c, 'badParameter', 'source cluster id is required');
    if (!targetClusterID) return refuse(c, 'badParameter', 'target cluster id is required');
    checkExistingBackupName(name);
    const id = c.get('requestId');
    checkRunId(id, 'requestId');
    const request = {
      id,
      name,
      sourceClusterId: sourceClusterID,
      targetClusterId: targetClusterID,
      ...(path ? { rootPath: path } : {}),
    };
    const told = (view: TaskView, msg: string): Response => succeed(c, renderRestore(view), msg);
    try {
      if (!body.value.async) return told(await service.restoreSecondary(request), 'success');
      const handle = await service.startRestoreSecondary(request);
      return told({ ...handle.view(), state: 'initial' }, 'restore backup is executing asynchronously');
    } catch (error) {
      // The one answer of the Go tool here that does not tell the id.
      if (isBackupError(error) && error.code === 'BACKUP_NOT_FOUND') c.set('requestId', '');
      return refuseUnknownBackup(c, error, name);
    }
  });
}
