import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What to do with one request instead of passing it on untouched; `undefined` passes it on. */
export type Fault =
  | { readonly kind: 'cut'; readonly after: number }
  | { readonly kind: 'answer'; readonly status: number; readonly code: string }
  | undefined;

export interface FaultProxy {
  readonly port: number;
  /** Method and path with query of each request, in order. */
  readonly seen: string[];
  /** Asked for every request. */
  decide: (method: string, path: string) => Fault;
  close(): Promise<void>;
}

/** Stands between a real client and a real server, and breaks what it is told to. */
export async function startFaultProxy(target: { address: string; port: number }): Promise<FaultProxy> {
  const seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/' } = incoming;
    seen.push(`${method} ${url}`);
    const fault = proxy.decide(method, url);
    if (fault?.kind === 'answer') refuse(incoming, outgoing, fault);
    else passOn(target, incoming, outgoing, fault?.after);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: FaultProxy = {
    port: (server.address() as AddressInfo).port,
    seen,
    decide: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return proxy;
}

function refuse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, code }: { status: number; code: string },
): void {
  incoming.resume();
  incoming.once('end', () => {
    outgoing.writeHead(status, { 'content-type': 'application/xml' });
    outgoing.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
  });
}

/** Headers go on as they came: the signature covers the host that the client believes in. */
function passOn(
  { address, port }: { address: string; port: number },
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  cutAfter: number | undefined,
): void {
  const { method, url, headers } = incoming;
  const upstream = request({ host: address, port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    let left = cutAfter ?? Number.POSITIVE_INFINITY;
    answer.on('data', (chunk: Uint8Array) => {
      outgoing.write(chunk.subarray(0, left), () => {
        if (left <= 0) outgoing.destroy();
      });
      left -= chunk.length;
    });
    answer.on('end', () => outgoing.end());
  });
  upstream.on('error', () => outgoing.destroy());
  incoming.pipe(upstream);
}
