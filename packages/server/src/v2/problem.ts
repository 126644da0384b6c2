import type { BackupError, ErrorCode } from '@milvus-backup/core';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { AppContext } from '../app-types.js';
import { retryAfterSeconds } from '../envelope.js';

/** HTTP status of every code of core; the compiler refuses this table when one is missing. */
const statusOf: Readonly<Record<ErrorCode, ContentfulStatusCode>> = {
  INVALID_ARGUMENT: 400,
  INVALID_BACKUP_NAME: 400,
  CONFIG_NOT_FOUND: 500,
  CONFIG_INVALID: 500,
  BACKUP_NOT_FOUND: 404,
  BACKUP_EXISTS: 409,
  BACKUP_IN_PROGRESS: 409,
  META_UNREADABLE: 502,
  META_UNSAFE: 502,
  FORMAT_UNSUPPORTED: 501,
  MILVUS_UNREACHABLE: 503,
  MILVUS_AUTH: 502,
  MILVUS_UNSUPPORTED: 501,
  MILVUS_RATE_LIMITED: 503,
  MILVUS_ERROR: 502,
  // What a body names and is not there: 404 would mean the resource of the path
  DATABASE_NOT_FOUND: 422,
  COLLECTION_NOT_FOUND: 422,
  TARGET_EXISTS: 409,
  TARGET_MISSING: 409,
  TARGET_MISMATCH: 409,
  IMPORT_FAILED: 502,
  SOURCE_INCOMPLETE: 502,
  VERIFY_FAILED: 502,
  PROOF_FAILED: 502,
  OBJECT_NOT_FOUND: 502,
  BUCKET_NOT_FOUND: 503,
  INVALID_KEY: 400,
  STORAGE_AUTH: 502,
  STORAGE_UNREACHABLE: 503,
  STORAGE_FULL: 507,
  STORAGE_BUSY: 503,
  STORAGE_ERROR: 502,
  PRECONDITION_FAILED: 409,
  CHECKSUM_MISMATCH: 502,
  UNSUPPORTED: 501,
  DRIVER_CLOSED: 503,
  DRIVER_LOAD_FAILED: 500,
  CLOUD_AUTH: 502,
  CLOUD_UNREACHABLE: 503,
  CLOUD_ERROR: 502,
  TASK_NOT_FOUND: 404,
  TASK_EXISTS: 409,
  CANCELLED: 409,
  SHUTTING_DOWN: 503,
  INTERNAL: 500,
};

/** Failures of HTTP itself, which core knows nothing of. */
export const httpCodes = {
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  BODY_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  BUSY: 503,
} as const satisfies Readonly<Record<string, ContentfulStatusCode>>;

/** One place of the request that is wrong. */
export interface InputFault {
  /** JSON pointer into the body, or `?name` of the query. */
  readonly pointer: string;
  readonly detail: string;
}

interface ProblemInit {
  readonly code: ErrorCode | keyof typeof httpCodes;
  readonly status: ContentfulStatusCode;
  readonly detail: string;
  readonly remedy?: string | undefined;
  readonly details?: BackupError['details'] | undefined;
  readonly errors?: readonly InputFault[] | undefined;
}

/** A failure as RFC 9457 has it, with the stable code, what to do, and the id under which the log has the request. */
export function sendProblem(
  c: AppContext,
  init: ProblemInit,
  headers: Record<string, string> = {},
): Response {
  const { code, status, detail, remedy, details = {}, errors } = init;
  const body = {
    type: `urn:milvus-backup:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: titleOf(code),
    status,
    detail,
    instance: c.req.path,
    code,
    ...(remedy ? { remedy } : {}),
    requestId: c.get('requestId'),
    ...(errors ? { errors } : {}),
    ...(Object.keys(details).length > 0 ? { details } : {}),
  };
  const retry = status === 503 ? { 'retry-after': retryAfterSeconds } : {};
  return c.body(JSON.stringify(body), status, {
    'content-type': 'application/problem+json',
    ...retry,
    ...headers,
  });
}

/** What went wrong inside is for the log: a client gets the id to look for. */
export function sendError(c: AppContext, error: BackupError): Response {
  const { code, message, remedy, details } = error;
  const status = statusOf[code];
  if (code !== 'INTERNAL') return sendProblem(c, { code, status, detail: message, remedy, details });
  return sendProblem(c, {
    code,
    status,
    detail: 'the request failed unexpectedly',
    remedy: 'look for the request id in the log of the server',
  });
}

export const sendHttpProblem = (
  c: AppContext,
  code: keyof typeof httpCodes,
  detail: string,
  headers: Record<string, string> = {},
): Response => sendProblem(c, { code, status: httpCodes[code], detail }, headers);

/** `BACKUP_NOT_FOUND` → `Backup not found` */
function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
