import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream is sent as it comes; `Content-Length` must be among the headers then. */
  readonly body?: Uint8Array | Readable | undefined;
  /** Cuts the connection, whatever has gone out. */
  readonly signal?: AbortSignal | undefined;
}

export interface Http {
  /** Gives the answer as soon as its headers are there, whatever its status. */
  open(request: HttpRequest): Promise<IncomingMessage>;
  close(): void;
}

export interface HttpOptions {
  readonly maxSockets: number;
  /** Milliseconds without a byte in either direction until a connection counts as broken. */
  readonly timeout: number;
  /** PEM text, trusted beside the well-known certificates. */
  readonly ca: string | undefined;
}

/**
 * Requests over sockets that are kept and counted. The SDK's own requests take no signal, and their downloads do not
 * notice a connection that ends early.
 */
export function createHttp({ maxSockets, timeout, ca }: HttpOptions): Http {
  const settings = { keepAlive: true, maxSockets };
  const http = new HttpAgent(settings);
  const https = new HttpsAgent({
    ...settings,
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
  });
  return {
    open: (request) => {
      const secure = request.url.protocol === 'https:';
      const { method, headers } = request;
      const sent = secure
        ? requestHttps(request.url, { method, headers, agent: https })
        : requestHttp(request.url, { method, headers, agent: http });
      return answerOf(sent, request, timeout);
    },
    close: () => {
      http.destroy();
      https.destroy();
    },
  };
}

function answerOf(
  sent: ClientRequest,
  { body, signal }: HttpRequest,
  timeout: number,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      sent.destroy(abortError());
    };
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    sent.once('close', () => signal?.removeEventListener('abort', stop));
    // On the socket and not on the request: time spent waiting for a free socket does not count.
    sent.setTimeout(timeout, () => sent.destroy(timeoutError()));
    // Stays on: what fails after the answer is told by the answer's own stream.
    sent.on('error', reject);
    sent.once('response', resolve);
    if (body === undefined || body instanceof Uint8Array) sent.end(body);
    else {
      body.once('error', (error) => sent.destroy(error));
      sent.once('close', () => body.destroy());
      body.pipe(sent);
    }
  });
}

const abortError = (): Error => Object.assign(new Error('aborted'), { code: 'ABORT_ERR' });
const timeoutError = (): Error => Object.assign(new Error('no byte came in time'), { code: 'ETIMEDOUT' });
