import { type Logger, toBackupError } from '@milvus-backup/core';
import type { ErrorHandler } from 'hono';
import type { AppEnv } from './app-types.js';
import { fail } from './envelope.js';

/** The one place where a thrown error becomes a reply. Only what is not the caller's doing is logged as an error. */
export const createOnError =
  (logger: Logger): ErrorHandler<AppEnv> =>
  (thrown, c) => {
    const error = toBackupError(thrown);
    const fields = { requestId: c.get('requestId'), path: c.req.path, code: error.code, err: error };
    if (error.code === 'INTERNAL') logger.error(fields, 'the request failed unexpectedly');
    else logger.warn(fields, 'the request failed');
    return fail(c, error);
  };
