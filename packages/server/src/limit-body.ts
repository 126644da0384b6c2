import type { MiddlewareHandler } from 'hono';
import type { AppContext, AppEnv } from './app-types.js';
import { deny } from './auth/deny.js';

/** Bytes. A body up to this size is left to the handler: as many as there may be connections fit into memory. */
const smallBody = 64 * 1024;

/**
 * Refuses bodies above `maxBytes` with HTTP 413, and larger ones than {@link smallBody} with 503 while those of other
 * requests fill `maxTotal`, so that memory is bounded whatever is sent at once. What counts is what has arrived, not
 * what was announced. Hono's own middleware for this hands the request of the Node adapter to `new Request()`, which
 * refuses it: every chunked body, and every DELETE, would fail. Bodies of other methods than these three are never
 * read, so they need no limit.
 */
export function limitBody(maxBytes: number, maxTotal: number = 8 * maxBytes): MiddlewareHandler<AppEnv> {
  let total = 0;
  return async (c, next) => {
    const { raw } = c.req;
    if (!['POST', 'PUT', 'PATCH'].includes(raw.method) || raw.body === null) return next();
    const declared = c.req.header('content-length');
    if (Number(declared) > maxBytes) return tooLarge(c);
    if (Number(declared) <= smallBody) return next();
    let held = 0;
    const hold = (bytes: number): boolean => {
      held += bytes;
      total += bytes;
      return total <= maxTotal;
    };
    try {
      const body = await readUpTo(raw.body, maxBytes, hold);
      if (body === 'too large') return tooLarge(c);
      if (body === 'busy') {
        c.header('retry-after', '5');
        return deny(c, 'BUSY', 'other requests with large bodies are under way', 'ask again in 5 s');
      }
      const { method, headers, signal } = raw;
      c.req.raw = new Request(raw.url, { method, headers, signal, body });
      return await next();
    } finally {
      total -= held;
    }
  };
}

const tooLarge = (c: AppContext): Response =>
  deny(c, 'BODY_TOO_LARGE', 'request body too large', 'send less, or raise server.limits.bodyMiB');

/** What is over the limit stays unread. */
async function readUpTo(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  hold: (bytes: number) => boolean,
): Promise<Buffer<ArrayBuffer> | 'too large' | 'busy'> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > maxBytes) return 'too large';
    if (!hold(chunk.byteLength)) return 'busy';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
