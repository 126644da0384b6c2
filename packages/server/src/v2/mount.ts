import type { App, RouteDeps } from '../app-types.js';
import { sendHttpProblem } from './problem.js';
import { mountBackups } from './routes/backups.js';
import { mountJobEvents } from './routes/job-events.js';
import { mountJobs } from './routes/jobs.js';
import { mountRestores } from './routes/restores.js';
import { mountService } from './routes/service.js';
import { routesV2 } from './routes.js';

export interface V2Options {
  readonly version: string;
  readonly heartbeatMs: number;
}

/** The second version of the API, below `/api/v2`. */
export function mountV2(app: App, deps: RouteDeps, { version, heartbeatMs }: V2Options): void {
  mountBackups(app, deps);
  mountRestores(app, deps);
  mountJobs(app, deps);
  mountJobEvents(app, deps, heartbeatMs);
  mountService(app, deps, version);

  for (const [path, methods] of methodsByPath()) {
    app.all(path, (c) =>
      sendHttpProblem(c, 'METHOD_NOT_ALLOWED', `${c.req.method} is none of ${methods.join(', ')}`, {
        allow: methods.join(', '),
      }),
    );
  }
  app.all('/api/v2/*', (c) => sendHttpProblem(c, 'NOT_FOUND', 'there is no such path'));
  app.all('/api/v2', (c) => sendHttpProblem(c, 'NOT_FOUND', 'there is no such path'));
}

function methodsByPath(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { method, path } of routesV2) {
    const plain = path.replaceAll(/\{(\w+)\}/g, ':$1');
    const methods = found.get(plain) ?? [];
    methods.push(method.toUpperCase());
    // The framework answers HEAD with the handler of GET
    if (method === 'get') methods.push('HEAD');
    found.set(plain, methods);
  }
  return found;
}
