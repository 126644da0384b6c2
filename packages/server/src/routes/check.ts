import { toBackupError } from '@milvus-backup/core';
import type { App, RouteDeps } from '../app-types.js';
import { explain, sendJson, sendText } from '../envelope.js';
import { mount } from '../mount.js';
import { checkFailure, renderCheck } from '../render/check.js';
import { checkRouteSpec } from '../schemas/check.js';

export function mountCheck(app: App, { service, logger }: RouteDeps): void {
  mount(app, checkRouteSpec, async (c) => {
    try {
      const report = await service.check({ signal: c.req.raw.signal });
      const failure = checkFailure(report);
      return failure ? sendJson(c, { error: failure }, 500) : sendText(c, renderCheck(report));
    } catch (thrown) {
      const error = toBackupError(thrown);
      logger.warn({ requestId: c.get('requestId'), code: error.code, err: error }, 'the check failed');
      return sendJson(c, { error: explain(error) }, 500);
    }
  });
}
