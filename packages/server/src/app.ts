import { randomUUID } from 'node:crypto';
import { OpenAPIHono } from '@hono/zod-openapi';
import { logAccess } from './access-log.js';
import { isV2 } from './api-version.js';
import type { App, AppEnv, AppOptions } from './app-types.js';
import { secure } from './auth/secure.js';
import { limitBody } from './limit-body.js';
import { createOnError } from './on-error.js';
import { identifyRequest } from './request-id.js';
import { mountCancel } from './routes/cancel.js';
import { mountCheck } from './routes/check.js';
import { mountCopy } from './routes/copy.js';
import { mountCreate } from './routes/create.js';
import { mountDelete } from './routes/delete.js';
import { mountDocs } from './routes/docs.js';
import { mountGetBackup } from './routes/get-backup.js';
import { mountGetRestore } from './routes/get-restore.js';
import { mountGreetings } from './routes/greetings.js';
import { mountList } from './routes/list.js';
import { mountRestore } from './routes/restore.js';
import { mountRestoreSecondary } from './routes/restore-secondary.js';
import { mountV2 } from './v2/mount.js';
import { sendHttpProblem } from './v2/problem.js';
import { identifyV2 } from './v2/request-id.js';

/**
 * The REST API of the Go tool, and beside it our own second version, as a Hono app. Opens no port: give it to `serve`, mount it
 * in an app of your own with `route('/', app)`, or call `app.request()` in a test.
 */
export function createApp(options: AppOptions): App {
  const { service, logger, version, before = [], now = Date.now, makeId = randomUUID } = options;
  const { server } = service.config.value;
  const { heartbeatMs = 15_000 } = options;
  const app = new OpenAPIHono<AppEnv>();
  app.onError(createOnError(logger));
  app.notFound((c) => (isV2(c) ? sendHttpProblem(c, 'NOT_FOUND', 'there is no such path') : notFound()));
  app.use('*', identifyRequest(makeId), logAccess(logger, now));
  secure(app, server, options);
  app.use('/api/v2/*', identifyV2);
  // The framework answers HEAD with the handler of GET; on the Go tool only the greeting does
  app.use('/api/v1/*', async (c, next) => (c.req.method === 'HEAD' ? notFound() : next()));
  for (const middleware of before) app.use('*', middleware);
  app.use('/api/*', limitBody(server.limits.bodyMiB * 1024 * 1024));

  const deps = { service, logger };
  mountGreetings(app);
  mountCreate(app, deps);
  mountList(app, deps);
  mountGetBackup(app, deps);
  mountDelete(app, deps);
  mountCopy(app, deps);
  mountRestore(app, deps);
  mountRestoreSecondary(app, deps);
  mountGetRestore(app, deps);
  mountCheck(app, deps);
  mountCancel(app, deps);
  mountDocs(app, version, service.config.value.server.swaggerBasePath);
  mountV2(app, deps, { version, heartbeatMs });
  return app;
}

const notFound = (): Response =>
  new Response('404 page not found', { status: 404, headers: { 'content-type': 'text/plain' } });
