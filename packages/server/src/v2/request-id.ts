import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../app-types.js';

/** Takes the usual header beside the Go tool's, whose underscore some proxies drop, and always answers with it. */
export const identifyV2: MiddlewareHandler<AppEnv> = async (c, next) => {
  const given = c.req.header('x-request-id');
  if (given && !c.get('requestIdFromHeader') && /^[\x21-\x7e]{1,256}$/.test(given)) c.set('requestId', given);
  await next();
  const id = c.get('requestId');
  if (/^[\x21-\x7e]{1,256}$/.test(id)) c.res.headers.set('x-request-id', id);
};
