import type { RouteConfig } from '@hono/zod-openapi';
import type { App, AppContext } from '../app-types.js';

/** Puts a handler at the path of its description. */
export function mountV2Route(
  app: App,
  { method, path }: RouteConfig,
  handler: (c: AppContext) => Response | Promise<Response>,
): void {
  app.on(method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ':$1'), handler);
}
