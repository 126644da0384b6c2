import { checkExistingBackupName } from '@milvus-backup/core';
import type { App, RouteDeps } from '../app-types.js';
import { refuse, sendJson } from '../envelope.js';
import { mount } from '../mount.js';
import { readBody } from '../read-body.js';
import { refuseUnknownBackup } from '../refuse-unknown-backup.js';
import { adoptRequestId } from '../request-id.js';
import { restoreSecondaryBody, restoreSecondaryRouteSpec } from '../schemas/restore-secondary.js';

const unsupported =
  'restore_secondary is not supported: this Milvus cannot be the secondary of a replication; ' +
  'use /api/v1/restore to bring the backup back as ordinary collections';

/** Checks what the Go tool checks, in its order, so that a wrong request is told from one we cannot serve. */
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
    try {
      await service.get({ name }, path ? { rootPath: path } : {});
    } catch (error) {
      return refuseUnknownBackup(c, error, name);
    }
    return refuse(c, 'unsupported', unsupported);
  });
}
