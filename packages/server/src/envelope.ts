import {
  type BackupError,
  type ErrorCode,
  encodeGoJson,
  type GoJson,
  type GoStruct,
} from '@milvus-backup/core';
import type { AppContext } from './app-types.js';

/** The reply codes of the Go tool. 0 is never sent: a reply without `code` is a success. */
const replyCodes = { success: 0, unsupported: 1, fail: 3, badParameter: 400, notFound: 404 } as const;
export type ReplyKind = keyof typeof replyCodes;
type FailureKind = Exclude<ReplyKind, 'success'>;

/** Every code of core has a reply; the compiler refuses this table when one is missing. */
const kindOf: Readonly<Record<ErrorCode, FailureKind>> = {
  INVALID_ARGUMENT: 'badParameter',
  INVALID_BACKUP_NAME: 'badParameter',
  CONFIG_NOT_FOUND: 'fail',
  CONFIG_INVALID: 'fail',
  BACKUP_NOT_FOUND: 'notFound',
  BACKUP_EXISTS: 'fail',
  BACKUP_IN_PROGRESS: 'fail',
  META_UNREADABLE: 'fail',
  META_UNSAFE: 'fail',
  FORMAT_UNSUPPORTED: 'fail',
  MILVUS_UNREACHABLE: 'fail',
  MILVUS_AUTH: 'fail',
  MILVUS_UNSUPPORTED: 'fail',
  MILVUS_RATE_LIMITED: 'fail',
  MILVUS_ERROR: 'fail',
  DATABASE_NOT_FOUND: 'fail',
  COLLECTION_NOT_FOUND: 'fail',
  TARGET_EXISTS: 'fail',
  TARGET_MISSING: 'fail',
  TARGET_MISMATCH: 'fail',
  IMPORT_FAILED: 'fail',
  SOURCE_INCOMPLETE: 'fail',
  VERIFY_FAILED: 'fail',
  PROOF_FAILED: 'fail',
  OBJECT_NOT_FOUND: 'fail',
  BUCKET_NOT_FOUND: 'fail',
  INVALID_KEY: 'fail',
  STORAGE_AUTH: 'fail',
  STORAGE_UNREACHABLE: 'fail',
  STORAGE_FULL: 'fail',
  STORAGE_BUSY: 'fail',
  STORAGE_ERROR: 'fail',
  PRECONDITION_FAILED: 'fail',
  CHECKSUM_MISMATCH: 'fail',
  UNSUPPORTED: 'unsupported',
  DRIVER_CLOSED: 'fail',
  DRIVER_LOAD_FAILED: 'fail',
  CLOUD_AUTH: 'fail',
  CLOUD_UNREACHABLE: 'fail',
  CLOUD_ERROR: 'fail',
  TASK_NOT_FOUND: 'fail',
  TASK_EXISTS: 'fail',
  CANCELLED: 'fail',
  SHUTTING_DOWN: 'fail',
  INTERNAL: 'fail',
};

/** HTTP status of failures where the body is a file and not an envelope, so that `curl -f` notices. */
const statusOf = { unsupported: 501, fail: 500, badParameter: 400, notFound: 404 } as const;

/** When to ask again what is busy or about to stop. */
export const retryAfterSeconds = '5';

const jsonType = { 'content-type': 'application/json; charset=utf-8' };

/** Sends a value as the Go tool encodes it: compact, 64-bit integers exact. */
export const sendJson = (
  c: AppContext,
  body: GoStruct,
  status: 200 | 400 | 401 | 403 | 404 | 413 | 429 | 500 | 501 | 503 = 200,
): Response => c.body(encodeGoJson(body), status, jsonType);

/** Sends a text for people. */
export const sendText = (c: AppContext, text: string): Response =>
  c.body(text, 200, { 'content-type': 'text/plain; charset=utf-8' });

function envelope(c: AppContext, kind: ReplyKind, msg: string, data: GoJson): GoStruct {
  const requestId = c.get('requestId');
  c.set('result', kind);
  return {
    ...(requestId ? { requestId } : {}),
    ...(kind === 'success' ? {} : { code: replyCodes[kind] }),
    ...(msg ? { msg } : {}),
    ...(c.get('withoutData') ? {} : { data }),
  };
}

/** A success. `list` is the one call whose success has no `msg`: give an empty one. */
export const succeed = (c: AppContext, data: GoJson, msg = 'success'): Response =>
  sendJson(c, envelope(c, 'success', msg, data));

/** A failure in the words given: HTTP 200 with a code, as clients of the Go tool expect. */
export const refuse = (c: AppContext, kind: FailureKind, msg: string): Response =>
  sendJson(c, envelope(c, kind, msg, null));

/**
 * A failure of core. `kind` replaces the one of the table where the Go tool answers otherwise. A server that stops says so by its
 * HTTP status, too: what stands before it then asks another one.
 */
export function fail(c: AppContext, error: BackupError, kind?: FailureKind): Response {
  if (error.code !== 'SHUTTING_DOWN') return refuse(c, kind ?? kindOf[error.code], explain(error));
  c.header('retry-after', retryAfterSeconds);
  return sendJson(c, envelope(c, 'fail', explain(error), null), 503);
}

/** As {@link fail}, with a real HTTP status. */
export function failWithStatus(c: AppContext, error: BackupError): Response {
  const kind = kindOf[error.code];
  return sendJson(c, envelope(c, kind, explain(error), null), statusOf[kind]);
}

/** What failed and what to do, in one line; a bad name in the very words of the Go tool, which say both. */
export const explain = (error: BackupError): string =>
  error.remedy && error.code !== 'INVALID_BACKUP_NAME' ? `${error.message}; ${error.remedy}` : error.message;
