import { checkExistingBackupName, isBackupError, type TaskView } from '@milvus-backup/core';
import type { App, AppContext, RouteDeps } from '../app-types.js';
import { fail, refuse, sendJson, succeed } from '../envelope.js';
import { restoreFailureText } from '../go-texts.js';
import { mount } from '../mount.js';
import { readBody } from '../read-body.js';
import { refuseUnknownBackup } from '../refuse-unknown-backup.js';
import { renderRestore } from '../render/restore.js';
import { adoptRequestId, checkRunId } from '../request-id.js';
import { buildRestoreRequest, findBadParameter } from '../restore-request.js';
import { type RestoreBody, restoreBody, restoreRouteSpec } from '../schemas/restore.js';

export function mountRestore(app: App, deps: RouteDeps): void {
  mount(app, restoreRouteSpec, async (c) => {
    const read = await readBody(c, restoreBody);
    if (!read.ok) return sendJson(c, { error: `invalid request body: ${read.problem}` }, 400);
    const body = read.value;
    adoptRequestId(c, body.requestId);
    const problem = findBadParameter(body);
    if (problem !== null) return refuse(c, 'badParameter', problem);
    const name = body.backup_name ?? '';
    checkExistingBackupName(name);
    if (body.id) checkRunId(body.id, 'id');
    try {
      return await restore(c, deps, body);
    } catch (error) {
      const text = isBackupError(error) ? restoreFailureText(error) : null;
      return text === null ? refuseUnknownBackup(c, error, name) : refuse(c, 'fail', text);
    }
  });
}

async function restore(c: AppContext, { service }: RouteDeps, body: RestoreBody): Promise<Response> {
  let request: ReturnType<typeof buildRestoreRequest>;
  try {
    request = buildRestoreRequest(body);
  } catch (error) {
    if (!isBackupError(error)) throw error;
    // The Go tool looks for the backup first, so an unknown one is told before a wrong rename
    await service.get({ name: body.backup_name ?? '' }, placeOf(body));
    return fail(c, error, error.code === 'INVALID_ARGUMENT' ? 'fail' : undefined);
  }
  const told = (view: TaskView, msg: string): Response => succeed(c, renderRestore(view), msg);
  if (!body.async) return told(await service.restore(request), 'success');
  const handle = await service.startRestore(request);
  // Accepted, as the Go tool tells it, whether it has begun or not
  return told({ ...handle.view(), state: 'initial' }, 'restore backup is executing asynchronously');
}

const placeOf = ({ path, bucket_name: bucket }: RestoreBody): { rootPath?: string; bucketName?: string } => ({
  ...(path ? { rootPath: path } : {}),
  ...(bucket ? { bucketName: bucket } : {}),
});
