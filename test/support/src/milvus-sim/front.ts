import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface Listening {
  readonly port: number;
  /** Breaks all connections and goes on listening. */
  dropConnections(): void;
  close(): Promise<void>;
}

/**
 * gRPC and HTTP on one port, as Milvus has it: what begins with the preface of HTTP/2 is gRPC.
 * @param grpc takes a connection of HTTP/2
 * @param port 0: a free one
 */
export async function listenForBoth(
  grpc: (socket: Socket) => void,
  rest: RequestListener,
  port = 0,
): Promise<Listening> {
  const http = createHttpServer(rest);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    track(sockets, socket);
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      if (first.toString('latin1', 0, 3) === 'PRI') grpc(socket);
      else http.emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });
  return listen(server, sockets, port);
}

export async function listenForHttp(listener: RequestListener, port = 0): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server = createHttpServer(listener);
  server.on('connection', (socket) => track(sockets, socket));
  return listen(server, sockets, port);
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
  port: number,
): Promise<Listening> {
  await once(server.listen(port, '127.0.0.1'), 'listening');
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
