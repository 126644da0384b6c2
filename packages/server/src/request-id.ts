import { BackupError, withLogFields } from '@milvus-backup/core';
import type { MiddlewareHandler } from 'hono';
import type { AppContext, AppEnv } from './app-types.js';

/** Characters. Clients choose ids, of which every line of the log has a copy. */
export const maxLoggedId = 256;

/** Every request gets an id: from the header `request_id`, else a new one, until a body brings its own. */
export const identifyRequest =
  (makeId: () => string): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    const given = c.req.header('request_id');
    c.set('requestId', given || makeId());
    c.set('requestIdFromHeader', Boolean(given));
    c.set('withoutData', false);
    // read at each line, since a body may bring an id of its own; a run that the request starts keeps it
    const fields = {
      get requestId() {
        return c.get('requestId').slice(0, maxLoggedId);
      },
    };
    await withLogFields(fields, next);
  };

/** Takes over the id of the body, unless the header had one. */
export function adoptRequestId(c: AppContext, fromBody: string | undefined): void {
  if (fromBody && !c.get('requestIdFromHeader')) c.set('requestId', fromBody);
}

/**
 * Ids of runs name objects in the stores, so those of clients may not climb out of their folder.
 * @throws BackupError `INVALID_ARGUMENT`
 */
export function checkRunId(id: string, field: string): void {
  if (id.length <= 256 && /^[^/\\\p{Cc}]+$/u.test(id) && !/^\.+$/.test(id)) return;
  throw new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `${field} ${JSON.stringify(id.slice(0, 64))} cannot be used as the id of a run`,
    remedy: 'use at most 256 characters without slashes and control characters, such as a UUID',
    details: { field },
  });
}
