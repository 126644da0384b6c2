import type { App, RouteDeps } from '../app-types.js';
import { refuse, succeed } from '../envelope.js';
import { mount } from '../mount.js';
import { renderRestore } from '../render/restore.js';
import { checkRunId } from '../request-id.js';
import { getRestoreRouteSpec } from '../schemas/get-restore.js';

export function mountGetRestore(app: App, { service }: RouteDeps): void {
  mount(app, getRestoreRouteSpec, async (c) => {
    const id = c.req.query('id');
    if (!id) return refuse(c, 'fail', 'empty restore id');
    checkRunId(id, 'id');
    const view = await service.findRestore(id);
    return view === null ? refuse(c, 'fail', 'task not found') : succeed(c, renderRestore(view));
  });
}
