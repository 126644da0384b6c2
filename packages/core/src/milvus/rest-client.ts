import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import pRetry from 'p-retry';
import type { MilvusSection } from '../config/types.js';
import { BackupError, cancelled, isBackupError, throwIfAborted } from '../errors/index.js';
import type { Logger } from '../log.js';
import { parseWideJson } from '../meta/wide-json.js';
import type { TlsFiles } from './client-credentials.js';
import { type CallSite, fromStatus } from './errors.js';
import { targetOf } from './rpc-client.js';
import { rateRetry, transportRetry } from './rpc-policy.js';

export interface RestOptions {
  /** How long one attempt may take; default 30. */
  readonly seconds?: number | undefined;
  /** Whether it may be sent again when nobody knows whether the first one was carried out. */
  readonly sendAgain: boolean;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** For messages. */
  readonly database?: string | undefined;
  readonly collection?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Milvus's API over HTTP, `/v2/vectordb/…`, on the port of gRPC unless the configuration names another place. */
export interface RestClient {
  /** Without a slash at the end. */
  readonly endpoint: string;
  /**
   * Posts a body, in which a bigint becomes a bare integer, and gives `data` of the answer, in which wide integers are what
   * `readWideInteger` knows.
   * @throws BackupError as the gateway's calls, after the due retries; `MILVUS_UNSUPPORTED` where the server has no such path
   */
  post(path: string, body: object, options: RestOptions): Promise<unknown>;
  close(): void;
}

/** 0 by the documents; the first versions of 2.4 answered with HTTP's own number. */
const successCodes = [0, 200];

const longestAnswer = 64 * 1024 * 1024;

export function createRestClient(
  section: Pick<MilvusSection, 'user' | 'password' | 'grpc'> & Partial<Pick<MilvusSection, 'rest'>>,
  files: TlsFiles | null,
  logger: Logger,
): RestClient {
  const { grpc, user, password, rest } = section;
  const own = `${files === null ? 'http' : 'https'}://${targetOf(grpc)}`;
  const endpoint = (rest?.endpoint || own).replace(/\/+$/, '');
  const secure = endpoint.startsWith('https:');
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, ...tlsOptions(grpc.serverName, files) })
    : new HttpAgent({ keepAlive: true });
  const authorization = user === '' && password === '' ? {} : { authorization: bearer(user, password) };

  async function send(path: string, body: string, site: CallSite, options: RestOptions): Promise<unknown> {
    throwIfAborted(options.signal);
    const timeout = AbortSignal.timeout((options.seconds ?? 30) * 1_000);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    let answer: { readonly status: number; readonly text: string };
    try {
      answer = await exchange(secure, new URL(`${endpoint}${path}`), body, {
        agent,
        signal,
        headers: { ...options.headers, ...authorization },
      });
    } catch (cause) {
      if (options.signal?.aborted) throw cancelled(options.signal);
      throw unreachable(site, timeout.aborted ? 'it did not answer in time' : textOf(cause), cause);
    }
    return dataOf(site, answer.status, answer.text);
  }

  return {
    endpoint,
    async post(path, body, options) {
      const text = stringifyWide(body);
      const { signal, database, collection } = options;
      const site: CallSite = { rpc: path, target: endpoint, database, collection };
      const cancel = signal === undefined ? {} : { signal };
      const attempt = (): Promise<unknown> =>
        pRetry(() => send(path, text, site, options), {
          ...transportRetry,
          ...cancel,
          onFailedAttempt: ({ error, retriesLeft }) =>
            logger.debug({ path, error: error.message, retriesLeft }, 'a call to Milvus failed'),
          shouldRetry: ({ error }) =>
            isBackupError(error) &&
            error.code === 'MILVUS_UNREACHABLE' &&
            (options.sendAgain || error.details.notSent === true),
        });
      try {
        return await pRetry(attempt, {
          ...rateRetry,
          ...cancel,
          shouldRetry: ({ error }) => isBackupError(error) && error.code === 'MILVUS_RATE_LIMITED',
        });
      } catch (error) {
        if (signal?.aborted) throw cancelled(signal);
        throw error;
      }
    },
    close: () => agent.destroy(),
  };
}

/** As Go sends it: the bytes of UTF-8, which a header of Node takes one by one. */
function bearer(user: string, password: string): string {
  return Buffer.from(`Bearer ${user}:${password}`, 'utf8').toString('latin1');
}

function tlsOptions(serverName: string, files: TlsFiles | null): object {
  return {
    ...(serverName === '' ? {} : { servername: serverName }),
    ...(files?.ca ? { ca: files.ca } : {}),
    ...(files?.key ? { key: files.key } : {}),
    ...(files?.certificate ? { cert: files.certificate } : {}),
  };
}

interface Exchange {
  readonly agent: HttpAgent;
  readonly signal: AbortSignal;
  readonly headers: Readonly<Record<string, string>>;
}

/** Not `fetch`, which takes no certificates. */
function exchange(
  secure: boolean,
  url: URL,
  body: string,
  { agent, signal, headers }: Exchange,
): Promise<{ status: number; text: string }> {
  const bytes = Buffer.from(body);
  const send = secure ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      {
        method: 'POST',
        agent,
        signal,
        headers: { 'content-type': 'application/json', 'content-length': bytes.byteLength, ...headers },
      },
      (response) => {
        readAll(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
      },
    );
    request.on('error', reject);
    request.end(bytes);
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response) {
    const bytes = part as Buffer;
    length += bytes.byteLength;
    if (length > longestAnswer) throw new Error('the answer is longer than 64 MiB');
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Errors of the system for a request that never left this process. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

function unreachable(site: CallSite, why: string, cause: unknown, status?: number): BackupError {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  return new BackupError({
    code: 'MILVUS_UNREACHABLE',
    message: `the REST API of Milvus at ${site.target} cannot be used: ${why} (${site.rpc})`,
    remedy:
      'check milvus.rest.endpoint (empty: address and port of milvus.grpc) and that proxy.http.enabled of Milvus is true',
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
    details: {
      path: site.rpc,
      address: site.target,
      notSent: neverSent.has(code),
      ...(status === undefined ? {} : { status }),
    },
  });
}

function dataOf(site: CallSite, status: number, text: string): unknown {
  const details = { path: site.rpc, address: site.target, status };
  if (status === 404) {
    throw new BackupError({
      code: 'MILVUS_UNSUPPORTED',
      message: `Milvus at ${site.target} does not know ${site.rpc}: 404 ${text.slice(0, 100)}`.trim(),
      remedy:
        'it came with Milvus 2.4; there, check milvus.rest.endpoint and that proxy.http.enabled of Milvus is true',
      details,
    });
  }
  if (status === 401 || status === 403) {
    throw new BackupError({
      code: 'MILVUS_AUTH',
      message: `Milvus at ${site.target} refused ${site.rpc}: ${text.slice(0, 300)}`,
      remedy: 'check milvus.user and milvus.password; the user needs the rights that this step asks for',
      details,
    });
  }
  const failure = status >= 400 ? failureOf(site, status, text) : null;
  if (failure) throw failure;
  const body = bodyOf(site, text, details);
  const told = toldBy(site, body);
  if (told) throw told;
  return body.data;
}

/**
 * Servers answer failures with HTTP status 200, unless proxy.http.standardErrorStatus of a newer one is on (milvus-io/milvus,
 * internal/distributed/proxy/httpserver/status_projection.go); what stands before them has statuses of its own.
 */
function failureOf(site: CallSite, status: number, text: string): BackupError | null {
  const reason = `HTTP status ${status}: ${text.slice(0, 300)}`;
  if (status === 429) return fromStatus(site, { code: httpRateLimit, error_code: 0, reason });
  const body = parseObject(text);
  const told = body && toldBy(site, body);
  if (told && told.code !== 'MILVUS_ERROR') return told;
  if (status >= 500 || status === 408) return unreachable(site, reason, undefined, status);
  return told;
}

/** `merr.ErrHTTPRateLimit` (milvus-io/milvus, pkg/util/merr/errors.go). */
const httpRateLimit = 1807;

/** The failure that a body tells of. */
function toldBy(site: CallSite, body: Readonly<Record<string, unknown>>): BackupError | null {
  const code = Number(body.code ?? 0);
  if (successCodes.includes(code)) return null;
  return fromStatus(site, { code, error_code: 0, reason: String(body.message ?? '') });
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed = parseWideJson(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : null;
  } catch {
    // The caller says what was there instead.
    return null;
  }
}

function bodyOf(
  site: CallSite,
  text: string,
  details: Readonly<Record<string, string | number>>,
): Readonly<Record<string, unknown>> {
  const body = parseObject(text);
  if (body) return body;
  throw new BackupError({
    code: 'MILVUS_ERROR',
    message: `what answers at ${site.target}${site.rpc} is not Milvus's REST API: ${text.slice(0, 100)}`,
    remedy: 'check milvus.rest.endpoint (empty: address and port of milvus.grpc)',
    details,
  });
}

const textOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  // An address with several answers fails with a list that has no sentence of its own.
  return cause.message || ('code' in cause ? String(cause.code) : cause.name);
};

/** No text decoded from UTF-8 holds half a surrogate pair, so none can pass for a marked integer. */
function stringifyWide(body: object): string {
  const marked = JSON.stringify(body, (_key, value: unknown) =>
    typeof value === 'bigint' ? `\ud800${value}` : value,
  );
  return marked.replace(/"\\ud800(-?\d+)"/g, '$1');
}
