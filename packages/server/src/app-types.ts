import type { IncomingMessage } from 'node:http';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { BackupService, Logger } from '@milvus-backup/core';
import type { Context, MiddlewareHandler } from 'hono';
import type { Authenticator } from './auth/authenticator.js';
import type { Caller } from './auth/caller.js';

/** What the API is built from. */
export interface AppOptions {
  /** Does everything; the routes only parse, call one of its verbs and render. */
  readonly service: BackupService;
  readonly logger: Logger;
  /** Shown in the API document. */
  readonly version: string;
  /** Knows the callers. Default: by `server.auth` of the service's configuration. */
  readonly authenticator?: Authenticator;
  /** Run after the access log and before every route, in order: the place for an authentication of your own. Default none. */
  readonly before?: readonly MiddlewareHandler[];
  /** Milliseconds since 1970, for the durations of the access log. Default the system clock. */
  readonly now?: () => number;
  /** Milliseconds between the comments that keep a stream of events open while nothing happens. Default 15 000. */
  readonly heartbeatMs?: number;
  /** Ids of requests that bring none; those of `create` become ids of backups. Default random UUIDs. */
  readonly makeId?: () => string;
}

/** What a request carries from middleware to handler. */
export interface AppEnv {
  /** Absent in `app.request()`; `serve` gives the request of Node. */
  Bindings: { readonly incoming?: IncomingMessage };
  Variables: {
    requestId: string;
    /** Who calls; `undefined` before the check, and for strangers on what is open to them. */
    caller: Caller | undefined;
    /** What the envelope says, for the audit log: its failures have HTTP status 200. */
    result: string | undefined;
    /** The client chose the id in the header, which wins over the body. */
    requestIdFromHeader: boolean;
    /** Replies of this route have no `data` key at all. */
    withoutData: boolean;
  };
}

export type App = OpenAPIHono<AppEnv>;
export type AppContext = Context<AppEnv>;

/** What a route needs. */
export type RouteDeps = Pick<AppOptions, 'service' | 'logger'>;
