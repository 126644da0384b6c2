import type { Client } from '@grpc/grpc-js';
import { BackupError, cancelled, throwIfAborted } from '../errors/index.js';
import type { KeyValue, RangeAnswer } from './etcd-messages.js';

/** Reads Milvus's own metadata store. Milvus needs it without user, password and certificates, and so does this. */
export interface EtcdReader {
  /**
   * Every key below a prefix, in order.
   * @throws BackupError `MILVUS_UNREACHABLE` when none of the endpoints answers
   */
  list(prefix: string, call?: { readonly signal?: AbortSignal }): Promise<readonly KeyValue[]>;
  close(): void;
}

/** Keys asked for at once; values are schemas and indexes, a few kilobytes at most. */
const pageSize = 500;
const timeoutMs = 10_000;

/** @param endpoints `host:port` or URLs, of one cluster; the first that answers is asked */
export function createEtcdReader({ endpoints }: { readonly endpoints: readonly string[] }): EtcdReader {
  const clients = new Map<string, Client>();

  async function ask(
    endpoint: string,
    request: { readonly key: Buffer; readonly end: Buffer },
    signal: AbortSignal | undefined,
  ): Promise<RangeAnswer> {
    const [{ Client: GrpcClient, credentials }, { rangeMethod }] = await Promise.all([
      import('@grpc/grpc-js'),
      import('./etcd-messages.js'),
    ]);
    const { path, encode, decode } = rangeMethod();
    const secure = endpoint.startsWith('https://');
    const target = endpoint.replace(/^https?:\/\//, '').replace(/\/+$/, '');
    const client =
      clients.get(endpoint) ??
      new GrpcClient(target, secure ? credentials.createSsl() : credentials.createInsecure());
    clients.set(endpoint, client);
    return await new Promise((resolve, reject) => {
      throwIfAborted(signal);
      const call = client.makeUnaryRequest(
        path,
        () => encode({ key: request.key, range_end: request.end, limit: pageSize }),
        decode,
        {},
        { deadline: Date.now() + timeoutMs },
        (error, answer) => {
          signal?.removeEventListener('abort', onAbort);
          if (error) reject(error);
          else if (answer) resolve(answer);
          else reject(new Error('the answer was empty'));
        },
      );
      const onAbort = (): void => call.cancel();
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  async function askAny(request: { key: Buffer; end: Buffer }, signal?: AbortSignal): Promise<RangeAnswer> {
    let cause: unknown;
    for (const endpoint of endpoints) {
      try {
        return await ask(endpoint, request, signal);
      } catch (error) {
        if (signal?.aborted) throw cancelled(signal);
        cause = error;
      }
    }
    throw new BackupError({
      code: 'MILVUS_UNREACHABLE',
      message: `the etcd of Milvus at ${endpoints.join(', ')} cannot be read: ${cause instanceof Error ? cause.message : 'no endpoint is set'}`,
      remedy: 'check milvus.etcd.endpoints, or leave --backup_index_extra out',
      retryable: true,
      cause,
      details: { address: endpoints.join(', ') },
    });
  }

  return {
    async list(prefix, { signal } = {}) {
      const end = endOf(prefix);
      const found: KeyValue[] = [];
      let key = Buffer.from(prefix);
      for (;;) {
        const { kvs, more } = await askAny({ key, end }, signal);
        found.push(...kvs);
        const last = kvs.at(-1);
        if (!more || !last) return found;
        key = Buffer.concat([Buffer.from(last.key), Buffer.of(0)]);
      }
    },
    close() {
      for (const client of clients.values()) client.close();
      clients.clear();
    },
  };
}

/** The first key after all that start with the prefix, which ends with a slash. */
function endOf(prefix: string): Buffer {
  const end = Buffer.from(prefix);
  end[end.length - 1] = (end.at(-1) ?? 0) + 1;
  return end;
}
