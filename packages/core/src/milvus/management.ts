import type { MilvusSection } from '../config/types.js';
import { BackupError, cancelled } from '../errors/index.js';
import type { MilvusCall } from './gateway.js';
import type { MilvusManagement } from './gateway-backup.js';

const timeoutMs = 10_000;
const collector = '/management/datacoord/garbage_collection';
const keys = '/management/rootcoord/ez/backup';

/** The management (metrics) port of Milvus, and what it is asked with. */
interface Endpoint {
  /** `http://address:port`, without a login: it stands in messages. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A login in the URL, for a proxy that asks for one, goes into a header: `fetch` refuses such URLs. */
function readEndpoint(text: string): Endpoint {
  const url = text.replace(/\/+$/, '');
  const [, scheme = '', login = '', rest = ''] = /^([a-z]+:\/\/)([^/?#]*)@(.*)$/i.exec(url) ?? [];
  if (scheme === '') return { url, headers: {} };
  const [user = '', ...password] = login.split(':');
  const pair = [user, password.join(':')].map(decodeSafely).join(':');
  return {
    url: `${scheme}${rest}`,
    headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
  };
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function createManagementClient(section: Pick<MilvusSection, 'management'>): MilvusManagement {
  const endpoint = readEndpoint(section.management.endpoint);
  return {
    async pauseGc(seconds, call) {
      await get(endpoint, pausePath(seconds, 0n), noPause, call);
    },
    async resumeGc(call) {
      await get(endpoint, `${collector}/resume`, noPause, call);
    },
    async pauseCollectionGc(collectionId, seconds, call) {
      return readText(await get(endpoint, pausePath(seconds, collectionId), noPause, call), 'ticket') ?? '';
    },
    async resumeCollectionGc(ticket, call) {
      await get(endpoint, `${collector}/resume?ticket=${encodeURIComponent(ticket)}`, noPause, call);
    },
    async encryptionKeys(database, call) {
      const path = `${keys}?db_name=${encodeURIComponent(database)}`;
      const ezk = readText(await get(endpoint, path, noKeys, call), 'ezk');
      if (ezk) return ezk;
      throw new BackupError({
        code: 'MILVUS_ERROR',
        message: `Milvus gave no encryption keys of database ${database}: without them its backup could not be restored`,
        remedy: 'check the key management of Milvus (cipher plugin), and milvus.management.endpoint',
        details: { address: endpoint.url, path },
      });
    },
  };
}

/** @param collectionId 0n: all */
function pausePath(seconds: number, collectionId: bigint): string {
  return `${collector}/pause?pause_seconds=${Math.ceil(seconds)}&collection_id=${collectionId}`;
}

interface Unsupported {
  readonly message: string;
  readonly remedy: string;
}

const noPause: Unsupported = {
  message: 'cannot pause garbage collection',
  remedy:
    'Milvus 2.4 and newer can; otherwise keep its dataCoord.gc.dropTolerance longer than a backup takes',
};
const noKeys: Unsupported = {
  message: 'does not give the keys of encrypted databases',
  remedy:
    'check milvus.management.endpoint (backup.gcPause.address) and that this Milvus has its cipher plugin',
};

/** A member of a JSON object; answers of older servers may be anything. */
function readText(json: string, key: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    const members = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
    const value: unknown = members.find(([name]) => name === key)?.[1];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The text of the answer. */
async function get(
  { url, headers }: Endpoint,
  path: string,
  unsupported: Unsupported,
  call: MilvusCall | undefined,
): Promise<string> {
  const signal = call?.signal;
  const timeout = AbortSignal.timeout(timeoutMs);
  const details = { address: url, path };
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url}${path}`, {
      headers,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    text = await response.text();
  } catch (cause) {
    if (signal?.aborted) throw cancelled(signal);
    throw new BackupError({
      code: 'MILVUS_UNREACHABLE',
      message: `the management port of Milvus at ${url} ${timeout.aborted ? `did not answer within ${timeoutMs / 1000} s` : 'cannot be reached'}`,
      remedy:
        'check milvus.management.endpoint (backup.gcPause.address); it is the port of Milvus that serves /healthz',
      retryable: true,
      cause,
      details,
    });
  }
  if (response.ok) return text;
  const { status } = response;
  if (status === 404) {
    throw new BackupError({
      code: 'MILVUS_UNSUPPORTED',
      message: `Milvus at ${url} ${unsupported.message}`,
      remedy: unsupported.remedy,
      details: { ...details, status },
    });
  }
  throw new BackupError({
    code: 'MILVUS_ERROR',
    message: `Milvus at ${url} refused ${path} with HTTP status ${status}: ${text.slice(0, 300)}`,
    retryable: status >= 500,
    details: { ...details, status },
  });
}
