import type { ServerRole } from '@milvus-backup/core';

/** What a call is judged by. */
export interface Call {
  readonly method: string;
  /** As the router sees it: decoded, without the query. */
  readonly path: string;
  readonly download: string | undefined;
}

const apiPath = /\/api\/v\d+\/(.*?)\/*$/s;
/** Greetings for health checks, and the documentation: nothing in them is about any backup. */
const open = /^(hello|healthz|docs|docs\/[\w.-]+|openapi\.json)$/;

/**
 * The least role for a call; `null` when a stranger may make it. What is not named here needs `read` to look, `admin`
 * to delete and `operate` for the rest, so that a new route is never open by oversight.
 */
export function requiredRole({ method, path, download }: Call): ServerRole | null {
  if (path === '/') return null;
  const reads = method === 'GET' || method === 'HEAD';
  const name = apiPath.exec(path)?.[1];
  if (name === undefined) return reads ? 'read' : 'admin';
  if (reads && open.test(name)) return null;
  // Reading all rows of a backup is more than seeing that it is there
  if (/^backups\/[^/]+\/archive$/.test(name)) return 'operate';
  if (name === 'get_backup' && !/^(0|f|false)?$/i.test(download ?? '')) return 'operate';
  if (/^jobs\//.test(name) && !reads) return 'operate';
  if (/^(delete|cleanup)\b/.test(name) || method === 'DELETE') return 'admin';
  return reads || /^check$/.test(name) ? 'read' : 'operate';
}
