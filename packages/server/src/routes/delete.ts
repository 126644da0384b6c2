import { checkExistingBackupName, isBackupError } from '@milvus-backup/core';
import type { App, RouteDeps } from '../app-types.js';
import { fail, refuse, succeed } from '../envelope.js';
import { mount } from '../mount.js';
import { deleteRouteSpec } from '../schemas/delete.js';

export function mountDelete(app: App, { service }: RouteDeps): void {
  mount(app, deleteRouteSpec, async (c) => {
    c.set('withoutData', true);
    const name = c.req.query('backup_name');
    if (!name) return refuse(c, 'badParameter', 'backup name is required');
    checkExistingBackupName(name);
    try {
      await service.delete(name);
    } catch (error) {
      if (isBackupError(error) && error.code === 'BACKUP_NOT_FOUND') return fail(c, error, 'fail');
      throw error;
    }
    return succeed(c, null);
  });
}
