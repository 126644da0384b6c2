import type { MiddlewareHandler } from 'hono';
import type { AppContext, AppEnv } from './app-types.js';
import { sendJson } from './envelope.js';

/**
 * Refuses bodies above `maxBytes` with HTTP 413. Hono's own middleware for this hands the request of the Node adapter to
 * `new Request()`, which refuses it: every chunked body, and every DELETE, would fail. Bodies of other methods than POST
 * are never read, so they need no limit.
 */
export function limitBody(maxBytes: number): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const { raw } = c.req;
    if (raw.method !== 'POST' || raw.body === null) return next();
    const declared = c.req.header('content-length');
    if (declared !== undefined) return Number(declared) > maxBytes ? refuse(c) : next();
    const body = await readUpTo(raw.body, maxBytes);
    if (body === null) return refuse(c);
    const { method, headers, signal } = raw;
    c.req.raw = new Request(raw.url, { method, headers, signal, body });
    return next();
  };
}

const refuse = (c: AppContext): Response => sendJson(c, { error: 'request body too large' }, 413);

/** `null` when there is more; what is left then stays unread. */
async function readUpTo(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Buffer<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
