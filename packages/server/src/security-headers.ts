import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './app-types.js';

const headers: readonly (readonly [name: string, value: string])[] = [
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cache-control', 'no-store'],
];

/** What a reply does not say itself: nothing may be framed, sniffed, stored or loaded from elsewhere. */
export function sendSecurityHeaders(withTls: boolean): MiddlewareHandler<AppEnv> {
  const all = withTls ? [...headers, ['strict-transport-security', 'max-age=31536000'] as const] : headers;
  return async (c, next) => {
    await next();
    for (const [name, value] of all) if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  };
}
