import { readFile } from 'node:fs/promises';
import { onTestFinished } from 'vitest';
import type { MilvusSection } from '../../src/config/types.js';
import { silentLogger } from '../../src/log.js';
import type { MilvusGateway } from '../../src/milvus/gateway.js';
import { createMilvusGateway } from '../../src/milvus/index.js';
import type { MilvusGatewayDeps } from '../../src/milvus/session.js';
import { type FakeMilvus, type Handler, startFakeMilvus } from './fake-milvus.js';

export const success = { code: 0, error_code: 0, reason: '' };

type SectionParts = Partial<Pick<MilvusSection, 'user' | 'password'>> & {
  grpc?: Partial<MilvusSection['grpc']>;
};

export function gatewayTo(
  port: number,
  parts: SectionParts = {},
  deps: Partial<MilvusGatewayDeps> = {},
): MilvusGateway {
  const gateway = createMilvusGateway(
    {
      user: parts.user ?? '',
      password: parts.password ?? '',
      grpc: {
        address: '127.0.0.1',
        port,
        tlsMode: 'disabled',
        caCertPath: '',
        serverName: '',
        mtlsCertPath: '',
        mtlsKeyPath: '',
        ...parts.grpc,
      },
    },
    {
      logger: silentLogger,
      identity: { user: 'tester', host: 'here' },
      version: '1.2.3',
      readFile: (path) => readFile(path),
      ...deps,
    },
  );
  onTestFinished(() => gateway.close());
  return gateway;
}

/** What every Milvus answers, as a version says. */
export function greetings(version: string): Record<string, Handler> {
  return {
    Connect: () => ({
      status: success,
      server_info: { build_tags: version },
      identifier: '470640837731811330',
    }),
    ListDatabases: () => ({ status: success, db_names: ['default', 'db2'] }),
  };
}

/** A server and a gateway to it, both gone when the test ends. */
export async function connect(
  handlers: Readonly<Record<string, Handler>>,
  version = 'v2.6.11',
): Promise<{ milvus: FakeMilvus; gateway: MilvusGateway }> {
  const milvus = await startFakeMilvus({ ...greetings(version), ...handlers });
  onTestFinished(() => milvus.close());
  return { milvus, gateway: gatewayTo(milvus.port) };
}
