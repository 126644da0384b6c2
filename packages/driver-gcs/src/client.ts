import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Storage } from '@google-cloud/storage';
import { BackupError, cancelled, throwIfAborted } from '@milvus-backup/core/driver';
import { statusOf, vendorCodeOf } from './errors.js';
import { createHttp, type HttpRequest } from './http.js';
import type { GcsOptions } from './options.js';

export interface GcsRequest {
  readonly method: HttpRequest['method'];
  /** Below `/storage/v1`, or below `/upload/storage/v1` with `upload`. */
  readonly path?: string;
  readonly upload?: boolean;
  /** Instead of a path: a session that the store named. */
  readonly url?: URL;
  readonly params?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpRequest['body'];
  readonly signal?: AbortSignal | undefined;
  /**
   * Once it is sent, the answer is waited for although the signal aborts: the store would carry the request out anyway.
   */
  readonly settles?: boolean;
  /**
   * `always`: it can be sent twice without harm; `refused`: only after an answer that says it was not carried out;
   * `never`: its body cannot be had again.
   */
  readonly again: 'always' | 'refused' | 'never';
  /** Answers that are no failure. Default: 200 to 299. */
  readonly accepts?: (status: number) => boolean;
}

export interface GcsAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** The JSON body; of answers without one an empty record. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** The JSON API of one endpoint, with credentials. No traffic before the first request. */
export interface GcsClient {
  send(request: GcsRequest): Promise<GcsAnswer>;
  /** As {@link send}, with the body of the answer unread. */
  open(request: GcsRequest): Promise<IncomingMessage>;
  projectId(signal: AbortSignal | undefined): Promise<string>;
  /** A location that the store named, at the endpoint in use: an emulator or a proxy may know itself by another name. */
  sessionUrl(location: string): URL;
  close(): void;
}

/** Milliseconds for credentials: a metadata server that is not there must not hold a run. */
const credentialsTimeout = 20_000;
const firstDelay = 200;
const longestDelay = 5_000;
const passing = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'EAI_AGAIN']);

export function createClient(options: GcsOptions): GcsClient {
  const http = createHttp({
    maxSockets: options.maxSockets,
    timeout: options.requestTimeout,
    ca: options.ca,
  });
  let storage: Promise<Storage> | undefined;
  const sdk = (): Promise<Storage> => {
    storage ??= createStorage(options);
    return storage;
  };

  const authorize = async (signal: AbortSignal | undefined): Promise<Readonly<Record<string, string>>> => {
    if (options.auth.type === 'anonymous') return {};
    const { authClient } = await sdk();
    const headers = authClient
      .getClient()
      .then((client) => client.getRequestHeaders(options.endpoint))
      .catch((error: unknown) => {
        throw markCredentials(error);
      });
    return bounded(headers, signal);
  };

  const openOnce = async (request: GcsRequest): Promise<IncomingMessage> => {
    const credentials = await authorize(request.signal);
    throwIfAborted(request.signal);
    const answer = await http.open({
      method: request.method,
      url: urlOf(options.endpoint, request),
      headers: { 'User-Agent': 'milvus-backup', ...lengthOf(request), ...request.headers, ...credentials },
      body: request.body,
      ...(request.settles ? {} : { signal: request.signal }),
    });
    const status = answer.statusCode ?? 0;
    if (request.accepts?.(status) ?? (status >= 200 && status < 300)) return answer;
    throw failureOf(answer, await text(answer));
  };

  const repeat = async <T>(request: GcsRequest, once: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once();
      } catch (error) {
        const last = attempt >= options.maxAttempts || request.signal?.aborted === true;
        if (last || !mayRepeat(error, request)) throw error;
        const longest = Math.min(longestDelay, firstDelay * 2 ** attempt);
        await pause(longest * (0.5 + Math.random() / 2), request.signal);
      }
    }
  };

  return {
    open: (request) => repeat(request, () => openOnce(request)),
    send: (request) =>
      repeat(request, async () => {
        const answer = await openOnce(request);
        return {
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          data: parseJson(await textOf(answer, request)),
        };
      }),
    projectId: async (signal) => {
      if (options.projectId !== '') return options.projectId;
      if (options.auth.type === 'anonymous') return 'anonymous';
      const { authClient } = await sdk();
      const found = authClient.getProjectId().catch((error: unknown) => {
        throw markCredentials(error);
      });
      return bounded(found, signal);
    },
    sessionUrl: (location) => {
      const { pathname, search } = new URL(location, options.endpoint);
      return new URL(pathname + search, options.endpoint);
    },
    close: () => http.close(),
  };
}

/** The SDK is loaded here, on first use. It finds credentials of every kind and keeps their tokens fresh. */
async function createStorage(options: GcsOptions): Promise<Storage> {
  const { Storage: SdkStorage } = await import('@google-cloud/storage');
  return new SdkStorage({
    apiEndpoint: options.endpoint,
    useAuthWithCustomEndpoint: true,
    ...(options.projectId === '' ? {} : { projectId: options.projectId }),
    ...(options.auth.type === 'key' ? { credentials: options.auth.key } : {}),
  });
}

function urlOf(endpoint: string, { path, upload, url, params }: GcsRequest): URL {
  const target = url ?? new URL(`${endpoint}${upload ? '/upload' : ''}/storage/v1${path ?? ''}`);
  for (const [name, value] of Object.entries(params ?? {})) {
    if (value !== undefined) target.searchParams.set(name, value);
  }
  return target;
}

/** Without it Node would send a body in chunks of unknown number. */
function lengthOf({ body, method }: GcsRequest): Record<string, string> {
  if (body instanceof Uint8Array) return { 'Content-Length': String(body.length) };
  return body === undefined && method !== 'GET' ? { 'Content-Length': '0' } : {};
}

/** The rest of an answer, given up when the signal aborts unless the answer is what counts. */
async function textOf(answer: IncomingMessage, { signal, settles }: GcsRequest): Promise<string> {
  if (!signal || settles) return text(answer);
  const stop = (): void => {
    answer.destroy(cancelled(signal));
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await text(answer);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function failureOf({ statusCode = 0, headers }: IncomingMessage, body: string): Error {
  const { error } = parseJson(body);
  const told = typeof error === 'object' && error !== null ? Reflect.get(error, 'message') : error;
  const reasons = typeof error === 'object' && error !== null ? Reflect.get(error, 'errors') : undefined;
  const reason = Array.isArray(reasons) ? Reflect.get(Object(reasons[0]), 'reason') : undefined;
  const message = typeof told === 'string' && told !== '' ? told : body.trim().slice(0, 300);
  return Object.assign(new Error(message), {
    status: statusCode,
    response: { headers },
    ...(typeof reason === 'string' ? { code: reason } : {}),
  });
}

function parseJson(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // Pages of proxies, and answers without a body.
    return {};
  }
}

function mayRepeat(error: unknown, { again }: GcsRequest): boolean {
  const status = statusOf(error);
  if (again === 'never') return false;
  if (status === 429 || status === 503) return true;
  if (again === 'refused') return false;
  if (status !== undefined) return [408, 500, 502, 504].includes(status);
  return passing.has(vendorCodeOf(error));
}

/** What the library that finds credentials says is told apart from what the store says. */
function markCredentials(error: unknown): Error {
  return Object.assign(error instanceof Error ? error : new Error(String(error)), { credentials: true });
}

async function bounded<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const stop = new AbortController();
  const limits = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const late = delay(credentialsTimeout, undefined, { signal: limits }).then(
    () => {
      const message = `no answer within ${credentialsTimeout / 1000} s from where credentials come from`;
      throw markCredentials(Object.assign(new Error(message), { code: 'ETIMEDOUT' }));
    },
    (error: unknown) => {
      throw signal?.aborted ? cancelled(signal) : error;
    },
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    stop.abort();
  }
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(milliseconds, undefined, signal ? { signal } : {});
  } catch (error) {
    if (!signal?.aborted) throw new BackupError({ code: 'INTERNAL', message: 'a pause broke', cause: error });
    throw cancelled(signal);
  }
}
