import type { OpenAPIHono } from '@hono/zod-openapi';
import type { BackupService, Logger } from '@milvus-backup/core';
import type { Context, MiddlewareHandler } from 'hono';

/** What the API is built from. */
export interface AppOptions {
  /** Does everything; the routes only parse, call one of its verbs and render. */
  readonly service: BackupService;
  readonly logger: Logger;
  /** Shown in the API document. */
  readonly version: string;
  /** Run after the access log and before every route, in order: the place for authentication. Default none. */
  readonly before?: readonly MiddlewareHandler[];
  /** Milliseconds since 1970, for the durations of the access log. Default the system clock. */
  readonly now?: () => number;
  /** Ids of requests that bring none; those of `create` become ids of backups. Default random UUIDs. */
  readonly makeId?: () => string;
}

/** What a request carries from middleware to handler. */
export interface AppEnv {
  Variables: {
    requestId: string;
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
