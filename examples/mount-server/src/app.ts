import type { BackupService, Logger } from '@milvus-backup/core';
import { createApp } from '@milvus-backup/server';
import { Hono } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';

export interface AppOptions {
  readonly service: BackupService;
  readonly logger: Logger;
  /** Who may make, restore and delete backups. */
  readonly token: string;
}

/** An app of its own, with the backup API below `/backup` behind a login. */
export function createOwnApp({ service, logger, token }: AppOptions): Hono {
  const app = new Hono();

  // Middleware for everything, the backup API included.
  app.use('*', async (c, next) => {
    await next();
    c.header('x-served-by', 'mount-server');
  });

  // A route of our own that uses the same service, without HTTP in between.
  app.get('/status', async (c) => {
    const backups = await service.list({ signal: c.req.raw.signal });
    return c.json({ backups: backups.length, names: backups.map(({ name }) => name) });
  });

  // Without tokens of its own (`server.auth`) the API asks callers on this machine nothing; what guards the path guards it as well:
  // /backup/api/v1/list, /backup/api/v1/docs/index.html …
  app.use('/backup/*', bearerAuth({ token }));
  app.route('/backup', createApp({ service, logger, version: '0.1.0' }));
  return app;
}
