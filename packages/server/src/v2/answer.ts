import type { RunHandle } from '@milvus-backup/core';
import type { AppContext } from '../app-types.js';
import { renderJob } from './render/job.js';

/** Sends a value as JSON. */
export const send = (c: AppContext, body: object, status: 200 | 202 = 200): Response =>
  c.body(JSON.stringify(body), status, { 'content-type': 'application/json; charset=utf-8' });

/** A job that has begun: where to look for it, below whatever path the app is mounted. */
export function accept(c: AppContext, handle: RunHandle): Response {
  const base = c.req.path.replace(/(api\/v2)\/.*$/, '$1');
  c.header('location', `${base}/jobs/${encodeURIComponent(handle.id)}`);
  return send(c, renderJob(handle.view()), 202);
}

/** A part of the path. */
export const param = (c: AppContext, name: 'id' | 'name'): string => c.req.param(name) ?? '';
