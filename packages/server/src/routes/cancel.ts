import { taskStates } from '@milvus-backup/core';
import type { App, RouteDeps } from '../app-types.js';
import { refuse, succeed } from '../envelope.js';
import { mount } from '../mount.js';
import { checkRunId } from '../request-id.js';
import { cancelRouteSpec } from '../schemas/cancel.js';

/** Ours: the Go tool cannot cancel. */
export function mountCancel(app: App, { service }: RouteDeps): void {
  mount(app, cancelRouteSpec, async (c) => {
    const id = c.req.query('id');
    if (!id) return refuse(c, 'badParameter', 'id is required');
    checkRunId(id, 'id');
    const { kind, state, backupName: name } = await service.cancel(id);
    return succeed(c, { id, kind, state_code: taskStates[state], name });
  });
}
