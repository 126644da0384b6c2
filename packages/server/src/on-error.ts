import { type Logger, toBackupError } from '@milvus-backup/core';
import type { ErrorHandler } from 'hono';
import { isV2 } from './api-version.js';
import type { AppEnv } from './app-types.js';
import { fail } from './envelope.js';
import { maxLoggedId } from './request-id.js';
import { InputError } from './v2/input.js';
import { sendError, sendProblem } from './v2/problem.js';

/** The one place where a thrown error becomes a reply. Only what is not the caller's doing is logged as an error. */
export const createOnError =
  (logger: Logger): ErrorHandler<AppEnv> =>
  (thrown, c) => {
    const error = toBackupError(thrown);
    const requestId = c.get('requestId').slice(0, maxLoggedId);
    const fields = { requestId, path: c.req.path, code: error.code, err: error };
    if (error.code === 'INTERNAL') logger.error(fields, 'the request failed unexpectedly');
    else logger.warn(fields, 'the request failed');
    if (!isV2(c)) return fail(c, error);
    if (!(thrown instanceof InputError)) return sendError(c, error);
    const { message: detail, remedy, faults: errors } = thrown;
    return sendProblem(c, { code: 'INVALID_ARGUMENT', status: 400, detail, remedy, errors });
  };
