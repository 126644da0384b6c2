import { isV2 } from '../api-version.js';
import type { AppContext } from '../app-types.js';
import { sendJson } from '../envelope.js';
import { httpCodes, sendProblem } from '../v2/problem.js';

export type Denial = 'UNAUTHENTICATED' | 'FORBIDDEN' | 'RATE_LIMITED' | 'BODY_TOO_LARGE' | 'BUSY';

/** Code of the envelope for a failure that has none of its own there. */
const failed = 3;

/**
 * Refuses a request before any route sees it, with a real HTTP status: as problem details below `/api/v2`, in the
 * envelope elsewhere.
 */
export function deny(c: AppContext, code: Denial, detail: string, remedy: string): Response {
  const status = httpCodes[code];
  if (isV2(c)) return sendProblem(c, { code, status, detail, remedy });
  const requestId = c.get('requestId');
  return sendJson(c, { requestId, code: failed, msg: `${detail}; ${remedy}`, error: detail }, status);
}
