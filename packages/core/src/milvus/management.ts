import type { MilvusSection } from '../config/types.js';
import { BackupError, cancelled } from '../errors/index.js';
import type { MilvusCall, MilvusManagement } from './gateway.js';

const timeoutMs = 10_000;
const collector = '/management/datacoord/garbage_collection';

/** @param endpoint `http://address:port` of Milvus's management (metrics) port */
export function createManagementClient(section: Pick<MilvusSection, 'management'>): MilvusManagement {
  const endpoint = section.management.endpoint.replace(/\/+$/, '');
  return {
    pauseGc: (seconds, call) =>
      get(endpoint, `${collector}/pause?pause_seconds=${Math.ceil(seconds)}&collection_id=0`, call),
    resumeGc: (call) => get(endpoint, `${collector}/resume`, call),
  };
}

async function get(endpoint: string, path: string, call: MilvusCall | undefined): Promise<void> {
  const signal = call?.signal;
  const timeout = AbortSignal.timeout(timeoutMs);
  const details = { address: endpoint, path };
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${endpoint}${path}`, {
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    text = await response.text();
  } catch (cause) {
    if (signal?.aborted) throw cancelled(signal);
    throw new BackupError({
      code: 'MILVUS_UNREACHABLE',
      message: `the management port of Milvus at ${endpoint} ${timeout.aborted ? `did not answer within ${timeoutMs / 1000} s` : 'cannot be reached'}`,
      remedy:
        'check milvus.management.endpoint (backup.gcPause.address); it is the port of Milvus that serves /healthz',
      retryable: true,
      cause,
      details,
    });
  }
  if (response.ok) return;
  const { status } = response;
  if (status === 404) {
    throw new BackupError({
      code: 'MILVUS_UNSUPPORTED',
      message: `Milvus at ${endpoint} cannot pause garbage collection`,
      remedy:
        'Milvus 2.4 and newer can; otherwise keep its dataCoord.gc.dropTolerance longer than a backup takes',
      details: { ...details, status },
    });
  }
  throw new BackupError({
    code: 'MILVUS_ERROR',
    message: `Milvus at ${endpoint} refused ${path} with HTTP status ${status}: ${text.slice(0, 300)}`,
    retryable: status >= 500,
    details: { ...details, status },
  });
}
