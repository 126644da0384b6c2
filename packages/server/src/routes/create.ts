import { checkBackupName, isBackupError } from '@milvus-backup/core';
import type { App, AppContext, RouteDeps } from '../app-types.js';
import { buildCreateRequest } from '../create-request.js';
import { fail, refuse, sendJson, succeed } from '../envelope.js';
import { createFailureText } from '../go-texts.js';
import { mount } from '../mount.js';
import { readBody } from '../read-body.js';
import { renderBackup } from '../render/backup.js';
import { adoptRequestId, checkRunId } from '../request-id.js';
import { type CreateBody, createBody, createRouteSpec } from '../schemas/create.js';

export function mountCreate(app: App, deps: RouteDeps): void {
  mount(app, createRouteSpec, async (c) => {
    const body = await readBody(c, createBody);
    if (!body.ok) return sendJson(c, { error: 'Invalid request body' }, 400);
    adoptRequestId(c, body.value.requestId);
    if (body.value.backup_name) checkBackupName(body.value.backup_name);
    checkRunId(c.get('requestId'), 'request_id');
    try {
      return await create(c, deps, body.value);
    } catch (error) {
      if (!isBackupError(error)) throw error;
      const text = createFailureText(error);
      if (text !== null) return refuse(c, 'fail', text);
      return fail(c, error, error.code === 'INVALID_ARGUMENT' ? 'fail' : undefined);
    }
  });
}

async function create(c: AppContext, { service }: RouteDeps, body: CreateBody): Promise<Response> {
  const request = buildCreateRequest(body, c.get('requestId'));
  if (body.async) {
    await service.startCreate(request);
    return succeed(c, null, 'create backup is executing asynchronously');
  }
  // A client that leaves cancels its backup, as with the Go tool
  const view = await service.create(request, { signal: c.req.raw.signal });
  const place = body.backup_root_path ? { rootPath: body.backup_root_path } : {};
  return succeed(c, renderBackup(await service.get({ name: view.backupName }, place), view));
}
