import { checkExistingBackupName } from '@milvus-backup/core';
import type { App, RouteDeps } from '../app-types.js';
import { refuse, sendJson, succeed } from '../envelope.js';
import { mount } from '../mount.js';
import { readBody } from '../read-body.js';
import { renderCopy } from '../render/copy.js';
import { adoptRequestId, checkRunId } from '../request-id.js';
import { copyBody, copyRouteSpec, getCopyRouteSpec } from '../schemas/copy.js';

/** Stores are named, never described: who may call the API may not send this server to a store of his own. */
export function mountCopy(app: App, { service }: RouteDeps): void {
  mount(app, copyRouteSpec, async (c) => {
    const read = await readBody(c, copyBody);
    if (!read.ok) return sendJson(c, { error: `invalid request body: ${read.problem}` }, 400);
    const { requestId, backup_name: name, from, to, as, create_bucket: createBucket } = read.value;
    adoptRequestId(c, requestId);
    if (!name) return refuse(c, 'badParameter', 'backup name is required');
    if (!from && !to) return refuse(c, 'badParameter', 'to is required: name the store to copy to');
    checkExistingBackupName(name);
    const id = read.value.id || c.get('requestId');
    checkRunId(id, 'id');
    const request = { id, name, from, to, as, ...(createBucket ? { createBucket } : {}) };
    if (read.value.async) {
      const handle = await service.startCopy(request);
      return succeed(c, renderCopy(handle.view()), 'copy backup is executing asynchronously');
    }
    // A client that leaves cancels its copy; the next one goes on where it stopped
    return succeed(c, renderCopy(await service.copy(request, { signal: c.req.raw.signal })));
  });

  mount(app, getCopyRouteSpec, async (c) => {
    const id = c.req.query('id');
    if (!id) return refuse(c, 'fail', 'empty copy id');
    checkRunId(id, 'id');
    const view = await service.findCopy(id);
    return view === null ? refuse(c, 'fail', 'task not found') : succeed(c, renderCopy(view));
  });
}
