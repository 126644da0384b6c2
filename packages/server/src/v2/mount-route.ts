import type { RouteConfig } from '@hono/zod-openapi';
import type { AppContext } from '../app-types.js';

/** By `METHOD /path/{part}`. */
export type Handlers = Map<string, Handler>;
type Handler = (c: AppContext) => Response | Promise<Response>;

/** Puts a handler at the place of its description. */
export function mountV2Route(handlers: Handlers, { method, path }: RouteConfig, handler: Handler): void {
  handlers.set(`${method.toUpperCase()} ${path}`, handler);
}
