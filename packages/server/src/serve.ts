import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { BackupError } from '@milvus-backup/core';

export interface ServeOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Address to listen on, such as `127.0.0.1`; nothing is assumed. */
  readonly hostname: string;
}

export interface RunningServer {
  /** The port taken. */
  readonly port: number;
  /**
   * Takes no more requests and waits for those under way; after `graceMs` (default 10 000) their connections are cut.
   * Cancel long runs first with `service.close()`. A second call waits for the same end.
   */
  close(graceMs?: number): Promise<void>;
}

/** The part of an app that serving needs; any Hono app fits. */
export interface Servable {
  fetch(request: Request): Response | Promise<Response>;
}

/**
 * Serves the app over plain HTTP.
 * @throws BackupError `INVALID_ARGUMENT` when the address cannot be listened on
 */
export async function serve(app: Servable, options: ServeOptions): Promise<RunningServer> {
  const listener = getRequestListener((request) => app.fetch(request), { overrideGlobalObjects: false });
  const server = createServer(listener);
  const port = await listen(server, options);
  let closing: Promise<void> | undefined;
  return {
    port,
    close: (graceMs = 10_000) => {
      closing ??= closeServer(server, graceMs);
      return closing;
    },
  };
}

function listen(server: Server, { port, hostname }: ServeOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const error = new BackupError({
        code: 'INVALID_ARGUMENT',
        message: `cannot listen on ${hostname}:${port}: ${cause.message}`,
        remedy: 'choose a free port and an address of this machine',
        cause,
        details: { hostname, port },
      });
      reject(error);
    });
    server.listen(port, hostname, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close((error) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve();
    });
    server.closeIdleConnections();
  });
}
