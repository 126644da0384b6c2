import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../app-types.js';
import type { RateLimit } from '../limit-rate.js';
import type { Authenticator } from './authenticator.js';
import { hasRole } from './caller.js';
import { deny } from './deny.js';
import { requiredRole } from './rights.js';

export interface GuardDeps {
  readonly authenticator: Authenticator;
  /** Of callers that are known. */
  readonly requests: RateLimit;
  /** Of strangers, by address. A right token is never refused because others guessed from the same address. */
  readonly failures: RateLimit;
}

/** Lets a request through when its sender is known, has the role for it, and has not asked too often. */
export function guard({ authenticator, requests, failures }: GuardDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const socket = c.env?.incoming?.socket;
    const address = socket?.remoteAddress;
    const needed = requiredRole({
      method: c.req.method,
      path: c.req.path,
      download: c.req.query('download'),
    });
    const caller = authenticator.identify({ authorization: c.req.header('authorization'), socket });
    if (caller !== null) c.set('caller', caller);

    const isStranger = caller === null && needed !== null;
    const limit = isStranger ? failures : requests;
    const client = caller === null || caller.via === 'nothing' ? address : `${caller.via} ${caller.name}`;
    const waitSeconds = client === undefined ? 0 : limit.take(client);
    if (waitSeconds > 0) {
      c.header('retry-after', String(waitSeconds));
      return deny(c, 'RATE_LIMITED', 'too many requests', `ask again in ${waitSeconds} s`);
    }
    if (isStranger) {
      if (authenticator.demands !== 'certificate')
        c.header('www-authenticate', 'Bearer realm="milvus-backup"');
      const remedy =
        authenticator.demands === 'certificate'
          ? 'connect with a client certificate that server.auth.clients names'
          : 'send a token of server.auth.tokens in the header "Authorization: Bearer …"';
      return deny(c, 'UNAUTHENTICATED', 'the caller is unknown', remedy);
    }
    if (needed !== null && caller !== null && !hasRole(caller, needed)) {
      const message = `the role ${caller.role} does not allow this call`;
      return deny(c, 'FORBIDDEN', message, `use a token with the role ${needed}`);
    }
    return next();
  };
}
