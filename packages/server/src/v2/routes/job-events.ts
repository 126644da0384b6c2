import { createHash } from 'node:crypto';
import { toBackupError } from '@milvus-backup/core';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { RouteDeps } from '../../app-types.js';
import { param } from '../answer.js';
import { type Handlers, mountV2Route } from '../mount-route.js';
import { hasEnded, renderJob } from '../render/job.js';
import { watchJob } from '../schemas/job.js';
import { requireJob } from './jobs.js';

/** Milliseconds after which a client that lost the connection asks again. */
const retry = 3_000;

/**
 * Server-sent events of a job. Each is the whole job, its id a digest of it: whoever comes back with the last one, to this server or
 * to another, is not told the same again, and nothing is kept here for clients that are gone.
 * @param heartbeatMs between comments that keep proxies from closing a silent connection
 */
export function mountJobEvents(
  handlers: Handlers,
  { service, logger }: RouteDeps,
  heartbeatMs: number,
): void {
  mountV2Route(handlers, watchJob, async (c) => {
    const id = param(c, 'id');
    const first = await requireJob(service, id);
    let told = c.req.header('last-event-id') ?? '';
    if (hasEnded(first) && told === digestOf(JSON.stringify(renderJob(first)))) return c.body(null, 204);

    const follow = async (stream: SSEStreamingApi): Promise<void> => {
      const stop = new AbortController();
      stream.onAbort(() => stop.abort());
      const beat = setInterval(() => void stream.write(': still here\n\n'), heartbeatMs);
      try {
        for await (const view of service.watchJob(id, { signal: stop.signal })) {
          const data = JSON.stringify(renderJob(view));
          const digest = digestOf(data);
          const event = hasEnded(view) ? 'end' : 'progress';
          if (digest !== told) await stream.writeSSE({ event, id: digest, data, retry });
          told = digest;
        }
      } catch (error) {
        if (stop.signal.aborted) return;
        // Without an `end`: the client asks again, and gets the error as a status
        const { code, message } = toBackupError(error);
        logger.warn(
          { requestId: c.get('requestId'), job: id, code, reason: message },
          'the events broke off',
        );
      } finally {
        clearInterval(beat);
      }
    };
    c.header('x-accel-buffering', 'no');
    return streamSSE(c, follow);
  });
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);
