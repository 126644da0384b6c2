import type { App, RouteDeps } from '../../app-types.js';
import { send } from '../answer.js';
import { mountV2Route } from '../mount-route.js';
import { checkSpec, healthSpec, versionSpec } from '../schemas/service.js';

export function mountService(app: App, { service }: RouteDeps, version: string): void {
  mountV2Route(app, healthSpec, (c) => send(c, { status: 'ok' }));
  mountV2Route(app, versionSpec, (c) => send(c, { version }));
  mountV2Route(app, checkSpec, async (c) => {
    const report = await service.check({ signal: c.req.raw.signal });
    return send(c, { ok: report.items.every(({ status }) => status !== 'failed'), ...report });
  });
}
