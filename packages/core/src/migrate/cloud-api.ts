import type { BackupConfig } from '../config/types.js';
import { defaultRetry, retryCall } from '../driver/retry-call.js';
import { BackupError, cancelled, throwIfAborted } from '../errors/index.js';
import type { Logger } from '../log.js';

/** The two calls of Zilliz Cloud's control plane that a migration makes. */
export interface CloudApi {
  /**
   * Asks for a place to upload to, and for credentials that hold for a while. The same path gives the same place.
   * @returns `data` of the answer, unchecked
   * @throws BackupError `CLOUD_AUTH`, `CLOUD_UNREACHABLE`, `CLOUD_ERROR`
   */
  applyVolume(clusterId: string, path: string, signal: AbortSignal): Promise<unknown>;
  /**
   * Begins the import of what was uploaded. Sent once: whether an attempt whose answer was lost was carried out, nobody knows.
   * @returns the id of the job in the cloud
   * @throws BackupError as above; `details.uncertain` is true when the job may have begun all the same
   */
  startMigration(source: MigrationSource, signal: AbortSignal): Promise<string>;
}

export interface MigrationSource {
  /** What {@link CloudApi.applyVolume} called the volume. */
  readonly volumeName: string;
  /** Folder in the volume. */
  readonly dataPath: string;
  readonly clusterId: string;
}

/** The cloud ends a request after a minute by itself. */
const timeoutMs = 65_000;
/** Characters; the answers of both calls have a few hundred. */
const longestAnswer = 1024 * 1024;

/** Failures before anything was sent. */
const notSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH']);

export function createCloudApi({ endpoint, apiKey }: BackupConfig['zillizCloud'], logger: Logger): CloudApi {
  const base = endpoint.replace(/\/+$/, '');

  async function post(path: string, body: object, signal: AbortSignal): Promise<unknown> {
    throwIfAborted(signal);
    const timeout = AbortSignal.timeout(timeoutMs);
    const site: Site = { base, path, apiKey };
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${base}${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${apiKey}`,
          accept: 'application/json',
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
        // The key is for this host alone.
        redirect: 'manual',
        signal: AbortSignal.any([signal, timeout]),
      });
      text = await readText(response);
    } catch (cause) {
      if (signal.aborted) throw cancelled(signal);
      throw unreachable(site, timeout.aborted ? 'it did not answer within a minute' : reasonOf(cause), cause);
    }
    return dataOf(site, response.status, text);
  }

  return {
    applyVolume: (clusterId, path, signal) =>
      retryCall(() => post('/v2/volumes/apply', { clusterId, path }, signal), {
        ...defaultRetry,
        signal,
        isHopeless: () => false,
        onRetry: (error, attempt) =>
          logger.debug({ attempt, code: error.code, reason: error.message }, 'Zilliz Cloud is asked again'),
      }),
    async startMigration({ volumeName, dataPath, clusterId }, signal) {
      const path = '/v2/migrations/startByRemote';
      const source = { stageName: volumeName, dataPath };
      const data = await post(path, { source, destination: { clusterId } }, signal);
      const jobId: unknown =
        typeof data === 'object' && data !== null ? Reflect.get(data, 'jobId') : undefined;
      if (typeof jobId === 'string' && jobId !== '') return jobId;
      if (typeof jobId === 'number') return String(jobId);
      throw strange({ base, path, apiKey }, 'it names no job', true);
    },
  };
}

interface Site {
  readonly base: string;
  readonly path: string;
  /** To keep it out of messages, should an answer hold it. */
  readonly apiKey: string;
}

async function readText(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > longestAnswer) throw new Error('its answer is far too long');
  }
  return text + decoder.decode();
}

/** `{ code, message, data }`; 0 is success, and so is 200 in answers of the first version. */
function dataOf(site: Site, status: number, text: string): unknown {
  const answer = parse(text);
  const { code, message, data } = answer ?? {};
  const said = [typeof code === 'number' ? `code ${code}` : '', typeof message === 'string' ? message : '']
    .filter(Boolean)
    .join(': ')
    .replaceAll(site.apiKey || '\0', '***')
    .slice(0, 500);
  if (status === 401 || status === 403) {
    throw new BackupError({
      code: 'CLOUD_AUTH',
      message: `Zilliz Cloud at ${site.base} does not accept the API key${said && ` (${said})`}`,
      remedy:
        'correct zillizCloud.apiKey (cloud.apikey, ZILLIZ_CLOUD_API_KEY); it needs the rights of an organization owner or project admin',
      details: { address: site.base, path: site.path, status, uncertain: false },
    });
  }
  if (status !== 200) {
    throw new BackupError({
      code: 'CLOUD_ERROR',
      message: `Zilliz Cloud refused ${site.path} with HTTP status ${status}${said && `: ${said}`}`,
      remedy:
        'check zillizCloud.endpoint and the id of the cluster; a refusal of the cloud itself is told in its words',
      retryable: status === 429 || status >= 500,
      // What stands before the cloud answers so, too, when it has lost sight of the request.
      details: { address: site.base, path: site.path, status, uncertain: status >= 500 },
    });
  }
  if (answer === null) throw strange(site, 'it is no JSON', true);
  if (code === 0 || code === 200) return data;
  throw new BackupError({
    code: 'CLOUD_ERROR',
    message: `Zilliz Cloud refused ${site.path}: ${said || 'it gave no reason'}`,
    remedy: 'check the id of the cluster, and that the API key belongs to its project',
    details: { address: site.base, path: site.path, status, cloudCode: Number(code ?? -1), uncertain: false },
  });
}

function parse(
  text: string,
): { readonly code?: unknown; readonly message?: unknown; readonly data?: unknown } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

/** An answer that cannot be understood. */
export function strangeAnswer(base: string, path: string, what: string): BackupError {
  return strange({ base, path, apiKey: '' }, what, false);
}

function strange({ base, path }: Site, what: string, uncertain: boolean): BackupError {
  return new BackupError({
    code: 'CLOUD_ERROR',
    message: `the answer of ${base} to ${path} is not that of Zilliz Cloud: ${what}`,
    remedy: 'check zillizCloud.endpoint (cloud.address)',
    details: { address: base, path, uncertain },
  });
}

function unreachable({ base, path }: Site, reason: string, cause: unknown): BackupError {
  return new BackupError({
    code: 'CLOUD_UNREACHABLE',
    message: `Zilliz Cloud at ${base} cannot be reached: ${reason}`,
    remedy: 'check zillizCloud.endpoint (cloud.address) and the way to it: name, proxy, firewall',
    retryable: true,
    cause,
    details: { address: base, path, uncertain: !notSent.has(codeOf(cause)) },
  });
}

/** `fetch` says no more than that it failed; its cause knows why. */
function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  const message = cause instanceof Error ? cause.message : String(cause);
  return message || codeOf(error) || 'no reason was given';
}

function codeOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'code') : undefined;
  return typeof code === 'string' ? code : '';
}
