import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Listening {
  readonly port: number;
  /** Breaks all connections and goes on listening. */
  dropConnections(): void;
  close(): Promise<void>;
}

/**
 * gRPC and HTTP on one port, as Milvus has it: what begins with the preface of HTTP/2 is gRPC. Bytes are handed on to a
 * server of each kind: a connection whose first bytes were read cannot be given to one without a race.
 * @param grpcPort of the server that speaks gRPC
 */
export async function listenForBoth(grpcPort: number, rest: RequestListener): Promise<Listening> {
  const http = await listenForHttp(rest);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    track(sockets, socket);
    socket.once('data', (first: Buffer) => {
      const isGrpc = first.toString('latin1', 0, 3) === 'PRI';
      const inner = connect({ port: isGrpc ? grpcPort : http.port, host: '127.0.0.1', noDelay: true });
      track(sockets, inner);
      inner.write(first);
      socket.pipe(inner);
      inner.pipe(socket);
      socket.once('close', () => inner.destroy());
      inner.once('close', () => socket.destroy());
    });
  });
  server.on('connection', (socket: Socket) => socket.setNoDelay(true));
  const front = await listen(server, sockets);
  return {
    ...front,
    async close() {
      await front.close();
      await http.close();
    },
  };
}

export async function listenForHttp(listener: RequestListener): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server = createHttpServer(listener);
  server.on('connection', (socket) => track(sockets, socket));
  return listen(server, sockets);
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  // A client that goes away is no error of a server.
  socket.on('error', () => socket.destroy());
  socket.once('close', () => sockets.delete(socket));
}

async function listen(
  server: ReturnType<typeof createServer>,
  sockets: ReadonlySet<Socket>,
): Promise<Listening> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    dropConnections: drop,
    async close() {
      const closed = once(server, 'close');
      server.close();
      drop();
      await closed;
    },
  };
}
