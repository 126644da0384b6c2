import type { ServerSection } from '@milvus-backup/core';
import { cors } from 'hono/cors';
import type { App, AppOptions } from '../app-types.js';
import { createRateLimit } from '../limit-rate.js';
import { sendSecurityHeaders } from '../security-headers.js';
import { audit } from './audit.js';
import { createAuthenticator } from './authenticator.js';
import { refuseForeignPages } from './browser.js';
import { guard } from './guard.js';

/** Wrong or missing tokens of one address that are answered as such; further ones are told to wait. */
const failuresPerMinute = 120;

/**
 * Puts everything that decides who may call in front of all routes, in the order in which it is asked.
 * @throws BackupError `CONFIG_INVALID` for tokens that cannot be used
 */
export function secure(app: App, server: ServerSection, options: AppOptions): void {
  const { logger, now = Date.now } = options;
  const authenticator = options.authenticator ?? createAuthenticator(server);
  const origins = server.corsOrigins;
  app.use('*', sendSecurityHeaders(server.tls.cert !== ''), audit(logger));
  app.use(
    '*',
    refuseForeignPages({
      origins,
      hosts: server.allowedHosts,
      demandsToken: authenticator.demands.startsWith('token'),
    }),
  );
  if (origins.length > 0) {
    app.use(
      '*',
      cors({
        origin: [...origins],
        allowMethods: ['GET', 'POST', 'DELETE'],
        allowHeaders: ['authorization', 'content-type', 'request_id', 'last-event-id'],
        exposeHeaders: ['location', 'retry-after'],
        maxAge: 600,
      }),
    );
  }
  const requests = createRateLimit({ perMinute: server.limits.requestsPerMinute, now });
  const failures = createRateLimit({ perMinute: failuresPerMinute, now });
  app.use('*', guard({ authenticator, requests, failures }));
}
