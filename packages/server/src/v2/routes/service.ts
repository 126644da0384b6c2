import type { RouteDeps } from '../../app-types.js';
import { send } from '../answer.js';
import { type Handlers, mountV2Route } from '../mount-route.js';
import { checkSpec, healthSpec, versionSpec } from '../schemas/service.js';

export function mountService(handlers: Handlers, { service }: RouteDeps, version: string): void {
  mountV2Route(handlers, healthSpec, (c) => send(c, { status: 'ok' }));
  mountV2Route(handlers, versionSpec, (c) => send(c, { version }));
  mountV2Route(handlers, checkSpec, async (c) => {
    const report = await service.check({ signal: c.req.raw.signal });
    return send(c, { ok: report.items.every(({ status }) => status !== 'failed'), ...report });
  });
}
