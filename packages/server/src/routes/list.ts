import type { App, RouteDeps } from '../app-types.js';
import { refuse, succeed } from '../envelope.js';
import { mount } from '../mount.js';
import { listRouteSpec } from '../schemas/list.js';

export function mountList(app: App, { service }: RouteDeps): void {
  mount(app, listRouteSpec, async (c) => {
    if (c.req.query('collection_name')) return refuse(c, 'badParameter', 'collection_name is deprecated');
    const backups = await service.list({ signal: c.req.raw.signal });
    const data = backups.map(({ id, name, size, milvusVersion }) => ({
      ...(id ? { id } : {}),
      ...(name ? { name } : {}),
      size,
      ...(milvusVersion ? { milvus_version: milvusVersion } : {}),
    }));
    return succeed(c, data, '');
  });
}
