import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import type { Certificate } from '@milvus-backup/test-support';

export interface Front {
  readonly port: number;
  close(): Promise<void>;
}

/** Speaks TLS for a server that does not. Headers go on as they came: the signature covers the host. */
export function startTlsFront({ cert, key }: Certificate, target: { port: number }): Promise<Front> {
  const server = createTlsServer({ cert, key }, (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method, url, headers } = incoming;
    const upstream = request(
      { port: target.port, host: '127.0.0.1', method, path: url, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    upstream.on('error', () => outgoing.destroy());
    incoming.pipe(upstream);
  });
  return listen(server);
}

export interface ConnectProxy extends Front {
  /** Hosts and ports that were asked for. */
  readonly tunnels: string[];
}

/** A proxy for HTTPS alone, which leads every name to one port of this machine: names of tests are in no name service. */
export async function startConnectProxy(target: { port: number }): Promise<ConnectProxy> {
  const tunnels: string[] = [];
  const server = createServer((_incoming, outgoing) => outgoing.writeHead(405).end());
  server.on('connect', (incoming, client: Socket, head) => {
    tunnels.push(incoming.url ?? '');
    const upstream = connect(target.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
  });
  return { ...(await listen(server)), tunnels };
}

async function listen(server: Server): Promise<Front> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
