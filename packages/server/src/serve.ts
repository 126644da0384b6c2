import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { getRequestListener } from '@hono/node-server';
import { BackupError } from '@milvus-backup/core';
import type { TlsOptions } from './tls.js';

export interface ServeOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Address to listen on, such as `127.0.0.1`; nothing is assumed. */
  readonly hostname: string;
  /** Certificate and key; with `ca` no client without a certificate of it gets through the handshake. Default: no TLS. */
  readonly tls?: TlsOptions;
  /** At once; further ones are closed. Default 2000. */
  readonly connections?: number;
  /** Milliseconds in which the headers must have come. Default 10 000. */
  readonly headersTimeout?: number;
  /** Milliseconds in which the whole request must have come, body included. Default 60 000. */
  readonly requestTimeout?: number;
  /** Told of connections that could not be taken, as when the process has too many files open; the server goes on. */
  readonly onError?: (error: Error) => void;
}

export interface RunningServer {
  /** The port taken. */
  readonly port: number;
  /** New connections get this certificate; those there are go on. Only for a server that began with TLS. */
  replaceTls(tls: TlsOptions): void;
  /**
   * Takes no more requests and waits for those under way; after `graceMs` (default 10 000) their connections are cut.
   * Cancel long runs first with `service.close()`. A second call waits for the same end.
   */
  close(graceMs?: number): Promise<void>;
}

/** The part of an app that serving needs; any Hono app fits. */
export interface Servable {
  /** @param env has the request of Node as `incoming`, for the address and the certificate of the caller */
  fetch(request: Request, env: object): Response | Promise<Response>;
}

/**
 * Serves the app over HTTP or HTTPS, with limits on what a client may hold open. Asks nobody who they are: see
 * `startApi` for a server that does.
 * @throws BackupError `INVALID_ARGUMENT` when the address cannot be listened on
 */
export async function serve(app: Servable, options: ServeOptions): Promise<RunningServer> {
  const listener = getRequestListener((request, env) => app.fetch(request, env), {
    overrideGlobalObjects: false,
    // of requests without the header, as health checks in HTTP/1.0 send them
    hostname: 'localhost',
  });
  const { tls, connections = 2000, headersTimeout = 10_000, requestTimeout = 60_000 } = options;
  const limits = {
    headersTimeout: Math.min(headersTimeout, requestTimeout),
    requestTimeout,
    connectionsCheckingInterval: Math.max(100, Math.min(headersTimeout, requestTimeout, 10_000) / 2),
  };
  const secure: TlsServer | null =
    tls === undefined
      ? null
      : createTlsServer(
          { ...tls, ...limits, requestCert: tls.ca !== undefined, handshakeTimeout: limits.headersTimeout },
          listener,
        );
  const server = secure ?? createServer(limits, listener);
  server.maxConnections = connections;
  const port = await listen(server, options);
  // without a listener such an error would end the process
  server.on('error', options.onError ?? (() => undefined));
  let closing: Promise<void> | undefined;
  return {
    port,
    replaceTls: (next) => secure?.setSecureContext(next),
    close: (graceMs = 10_000) => {
      closing ??= closeServer(server, graceMs);
      return closing;
    },
  };
}

function listen(server: Server | TlsServer, { port, hostname }: ServeOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      const error = new BackupError({
        code: 'INVALID_ARGUMENT',
        message: `cannot listen on ${hostname}:${port}: ${cause.message}`,
        remedy: 'choose a free port and an address of this machine',
        cause,
        details: { hostname, port },
      });
      reject(error);
    };
    server.once('error', fail);
    server.listen(port, hostname, () => {
      server.off('error', fail);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function closeServer(server: Server | TlsServer, graceMs: number): Promise<void> {
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
