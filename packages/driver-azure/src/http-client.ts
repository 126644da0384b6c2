import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import { AbortError } from '@azure/abort-controller';
import { toHttpHeadersLike } from '@azure/core-http-compat';
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type PipelineRequest,
  type PipelineResponse,
  RestError,
} from '@azure/core-rest-pipeline';
import type { IHttpClient } from '@azure/storage-blob';

export interface HttpRules {
  readonly maxSockets: number;
  /** Milliseconds until an answer must have begun. */
  readonly requestTimeout: number;
  /** PEM text. */
  readonly ca: string | undefined;
}

export interface HttpClients {
  /** For the storage SDK. */
  readonly storage: IHttpClient;
  /** For the identity SDK. */
  readonly identity: HttpClient;
  /** Frees the sockets. */
  close(): void;
}

/** One set of sockets of our own for everything that a driver sends, so that closing it closes them. */
export function createHttpClients(rules: HttpRules): HttpClients {
  const agent = { keepAlive: true, maxSockets: rules.maxSockets };
  const trust = rules.ca === undefined ? {} : { ca: [...rootCertificates, rules.ca] };
  const plain = new HttpAgent(agent);
  const secure = new HttpsAgent({ ...agent, ...trust });
  const wire = createDefaultHttpClient();
  const send = (request: PipelineRequest): Promise<PipelineResponse> => {
    // An agent that is there already is that of a proxy.
    request.agent ??= request.url.startsWith('https:') ? secure : plain;
    return sendGuarded(wire, request, rules.requestTimeout);
  };
  return {
    identity: { sendRequest: send },
    storage: {
      // The SDK takes clients of its older shape only; what it does not know of the newer one is added here.
      async sendRequest(resource) {
        const request = createPipelineRequest({
          url: resource.url,
          method: resource.method,
          headers: createHttpHeaders(resource.headers.toJson({ preserveCase: true })),
          body: resource.body,
          allowInsecureConnection: true,
          ...(resource.agent ? { agent: resource.agent } : {}),
          ...(resource.abortSignal ? { abortSignal: resource.abortSignal } : {}),
          ...(resource.streamResponseStatusCodes
            ? { streamResponseStatusCodes: resource.streamResponseStatusCodes }
            : {}),
        });
        const answer = await send(request);
        return { ...answer, request: resource, headers: toHttpHeadersLike(answer.headers) };
      },
    },
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

/**
 * Sends one try. A request that the store could still carry out by itself is not cut by the caller's signal: once sent,
 * its answer is waited for, so that nothing appears behind a clean-up. None is waited for longer than the time-out, which
 * starts anew with each chunk of a body that is sent as a stream; when such a body fails the request is cut.
 */
async function sendGuarded(
  wire: HttpClient,
  request: PipelineRequest,
  timeout: number,
): Promise<PipelineResponse> {
  const caller = request.abortSignal;
  if (caller?.aborted) throw new AbortError('the request was aborted before it was sent');
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stop.abort();
  }, timeout);
  if (changesNothing(request)) caller?.addEventListener('abort', onAbort);
  request.abortSignal = stop.signal;
  const body = request.body instanceof Readable ? request.body : undefined;
  try {
    const answer = wire.sendRequest(request);
    // Listened to after it was piped into the request: a listener of ours alone would let its bytes go by.
    body?.on('data', () => timer.refresh());
    body?.once('error', onAbort);
    return await answer;
  } catch (error) {
    if (body?.errored) throw body.errored;
    if (late) throw new RestError(`no answer within ${timeout / 1000} s`, { code: 'ETIMEDOUT', request });
    throw error;
  } finally {
    // Refused before all was sent: the rest would have nowhere to go.
    if (body && !body.readableEnded) stop.abort();
    clearTimeout(timer);
    caller?.removeEventListener('abort', onAbort);
  }
}

/** Reading, and bytes that count for nothing until a later request commits them. */
function changesNothing({ method, url, headers }: PipelineRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return true;
  if (method === 'POST') return !/[?&]comp=batch(&|$)/.test(url);
  return method === 'PUT' && /[?&]comp=block(&|$)/.test(url) && !headers.has('x-ms-copy-source');
}
