import type { AppContext } from './app-types.js';

/** Whether a request means the second version of the API, wherever the app is mounted. */
export const isV2 = (c: AppContext): boolean => /(^|\/)api\/v2(\/|$)/.test(c.req.path);
