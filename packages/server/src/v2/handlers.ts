import type { RouteDeps } from '../app-types.js';
import type { Handlers } from './mount-route.js';
import { mountBackups } from './routes/backups.js';
import { mountJobEvents } from './routes/job-events.js';
import { mountJobs } from './routes/jobs.js';
import { mountProof } from './routes/proof.js';
import { mountRestores } from './routes/restores.js';
import { mountService } from './routes/service.js';

export interface V2Options {
  readonly version: string;
  readonly heartbeatMs: number;
}

/** What answers each call, by method and path of its description. */
export function createHandlers(deps: RouteDeps, { version, heartbeatMs }: V2Options): Handlers {
  const handlers: Handlers = new Map();
  mountBackups(handlers, deps);
  mountRestores(handlers, deps);
  mountProof(handlers, deps);
  mountJobs(handlers, deps);
  mountJobEvents(handlers, deps, heartbeatMs);
  mountService(handlers, deps, version);
  return handlers;
}
