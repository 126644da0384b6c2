import type { Logger } from '@milvus-backup/core';
import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './app-types.js';
import { maxLoggedId } from './request-id.js';

/** One line per request. Neither query nor body is logged: they may hold what their sender wants to keep. */
export const logAccess =
  (logger: Logger, now: () => number): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    const began = now();
    await next();
    const fields = {
      requestId: c.get('requestId').slice(0, maxLoggedId),
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      ms: Math.round(now() - began),
    };
    logger.info(fields, 'request');
  };
