import { MilvusClient } from '@zilliz/milvus2-sdk-node';
import type { MilvusServer } from './servers/milvus.js';

export interface ConnectOptions {
  /** Database of calls that name none. Default: `default`. */
  readonly database?: string;
}

/**
 * A connected SDK client with telemetry off. 64-bit numbers come back as decimal strings; give them as strings
 * too, since the SDK cannot take a bigint. Close it with `closeConnection()`.
 */
export async function connectMilvus(
  server: Pick<MilvusServer, 'address' | 'port' | 'user' | 'password'>,
  options: ConnectOptions = {},
): Promise<MilvusClient> {
  const client = new MilvusClient({
    address: `${server.address}:${server.port}`,
    telemetry: { enabled: false },
    // Under a test runner the SDK prints every call with all rows otherwise.
    logLevel: 'warn',
    timeout: 60_000,
    ...(server.user === undefined ? {} : { username: server.user, password: server.password ?? '' }),
    ...(options.database === undefined ? {} : { database: options.database }),
  });
  try {
    await client.connectPromise;
  } catch (error) {
    await client.closeConnection();
    throw error;
  }
  return client;
}
