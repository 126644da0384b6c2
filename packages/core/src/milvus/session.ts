import type { MilvusSection } from '../config/types.js';
import { BackupError, isBackupError } from '../errors/index.js';
import type { Logger } from '../log.js';
import { createSecurity, type ReadFile, readTlsFiles } from './client-credentials.js';
import { effectiveVersion, featuresOf, parseMilvusVersion } from './features.js';
import type { MilvusServerInfo } from './gateway.js';
import { createRestClient, type RestClient } from './rest-client.js';
import { createRpcClient, type RpcClient } from './rpc-client.js';
import { loadWire, type Wire } from './wire.js';

/** The part of the configuration that says where Milvus is and who asks. */
export type MilvusTarget = Pick<MilvusSection, 'user' | 'password' | 'grpc'> &
  Partial<Pick<MilvusSection, 'rest'>>;

export interface MilvusGatewayDeps {
  readonly logger: Logger;
  /** Told to Milvus when connecting, where an administrator sees it. */
  readonly identity: { readonly user: string; readonly host: string };
  /** Of this tool. */
  readonly version: string;
  /** Reads certificates. */
  readonly readFile: ReadFile;
  readonly clock?: () => Date;
}

/** An open connection to a server that is known. */
export interface Session extends RpcClient, Pick<Wire, 'encode' | 'decode'> {
  readonly info: MilvusServerInfo;
  /** Milvus's API over HTTP. */
  readonly rest: RestClient;
}

/**
 * Connects, learns the version and whether there are databases.
 * @param signal gives the attempt up
 * @throws BackupError `MILVUS_UNREACHABLE` within ten seconds, `MILVUS_AUTH`, `CONFIG_INVALID` for TLS files
 */
export async function openSession(
  section: MilvusTarget,
  deps: MilvusGatewayDeps,
  signal: AbortSignal,
): Promise<Session> {
  const wire = loadWire();
  const files = await readTlsFiles(section.grpc, deps.readFile);
  const client = createRpcClient(section, wire, createSecurity(section.grpc, files), deps.logger);
  const rest = createRestClient(section, files, deps.logger);
  try {
    const info = await introduce(client, deps, signal);
    deps.logger.debug({ target: client.target, version: info.version }, 'connected to Milvus');
    const close = (): void => {
      client.close();
      rest.close();
    };
    return { ...client, close, rest, info, encode: wire.encode, decode: wire.decode };
  } catch (error) {
    client.close();
    rest.close();
    throw error;
  }
}

async function introduce(
  client: RpcClient,
  deps: MilvusGatewayDeps,
  signal: AbortSignal,
): Promise<MilvusServerInfo> {
  const connected = await unlessUnsupported(
    client.call(
      'Connect',
      {
        client_info: {
          // As the Go tool's: Milvus's lists of clients know backups by it.
          sdk_type: 'BackupToolCustomSDK',
          sdk_version: deps.version,
          local_time: (deps.clock?.() ?? new Date()).toISOString(),
          user: deps.identity.user,
          host: deps.identity.host,
        },
      },
      { signal },
    ),
  );
  if (connected) client.identify(connected.identifier);

  const tag = connected?.server_info?.build_tags ?? '';
  const version = parseMilvusVersion(tag) === null ? await askVersion(client, signal) : tag;
  // Only a server that does not know the call has no databases; one that refuses it is an error to tell.
  const databases = await unlessUnsupported(client.call('ListDatabases', {}, { signal }));
  return {
    version,
    features: featuresOf(effectiveVersion([tag, version]), databases !== null),
  };
}

/** Every Milvus knows this call, and a web server or another gRPC service does not. */
async function askVersion(client: RpcClient, signal: AbortSignal): Promise<string> {
  const answer = await unlessUnsupported(client.call('GetVersion', {}, { signal }));
  if (answer) return answer.version;
  throw new BackupError({
    code: 'MILVUS_UNREACHABLE',
    message: `what answers at ${client.target} is not Milvus`,
    remedy: 'check milvus.grpc.address and milvus.grpc.port: the port of Milvus is 19530 by default',
    details: { address: client.target },
  });
}

async function unlessUnsupported<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (isBackupError(error) && error.code === 'MILVUS_UNSUPPORTED') return null;
    throw error;
  }
}
