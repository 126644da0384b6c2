import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The management port of a Milvus that can pause garbage collection; 2.3 cannot. */
export interface ManagementServer {
  readonly url: string;
  /** Paths with their query, in order. */
  readonly calls: readonly string[];
  /** Resolves when the first pause has been asked for. */
  readonly paused: Promise<void>;
  close(): void;
}

export async function startManagement(): Promise<ManagementServer> {
  const calls: string[] = [];
  let pause = (): void => {};
  const paused = new Promise<void>((resolve) => {
    pause = resolve;
  });
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    calls.push(path);
    response.setHeader('content-type', 'application/json');
    response.end('{"msg":"OK"}');
    if (path.includes('/pause')) pause();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    paused,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
