import type { Logger } from '@milvus-backup/core';
import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../app-types.js';
import { requiredRole } from './rights.js';

/** Of the query only these are logged; anything else may be a secret that was put in the wrong place. */
const logged = ['backup_name', 'backup_id', 'id'] as const;
const maxLength = 256;

/**
 * One line per call that is not open to everyone: who asked for what, and what came of it. The child logger is named
 * `audit`, so that a collector can tell these lines from the rest.
 */
export function audit(logger: Logger): MiddlewareHandler<AppEnv> {
  const log = logger.child({ name: 'audit' });
  return async (c, next) => {
    await next();
    const { method, path } = c.req;
    if (c.res.status < 400 && requiredRole({ method, path, download: undefined }) === null) return;
    const caller = c.get('caller');
    const asked = logged.flatMap((name) => {
      const value = c.req.query(name);
      return value ? [[name, value.slice(0, maxLength)] as const] : [];
    });
    const fields = {
      requestId: c.get('requestId').slice(0, maxLength),
      caller: caller?.name ?? 'unknown',
      ...(caller === undefined ? {} : { role: caller.role, via: caller.via }),
      address: c.env?.incoming?.socket.remoteAddress ?? '',
      method,
      path: path.slice(0, maxLength),
      ...Object.fromEntries(asked),
      status: c.res.status,
      result: c.get('result') ?? (c.res.status < 400 ? 'success' : 'refused'),
    };
    log.info(fields, 'call');
  };
}
