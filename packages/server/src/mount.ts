import type { RouteConfig } from '@hono/zod-openapi';
import type { App, AppContext } from './app-types.js';

/**
 * Puts a handler at the path of its description. The framework's own
 * validation stays out of it: it insists on a content type and answers in its own words, which clients of the Go tool do not know.
 */
export function mount(
  app: App,
  route: RouteConfig,
  handler: (c: AppContext) => Response | Promise<Response>,
): void {
  const method = route.method.toUpperCase();
  app.on(method, route.path, handler);
  app.on(method, `${route.path}/`, redirectFromSlash);
}

/** The Go tool's router sends `/list/` to `/list`; 307 keeps method and body where there may be one. */
function redirectFromSlash(c: AppContext): Response {
  const { search } = new URL(c.req.url);
  return c.redirect(c.req.path.replace(/\/+$/, '') + search, c.req.method === 'GET' ? 301 : 307);
}
