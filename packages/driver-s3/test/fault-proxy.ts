import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What to do with one request instead of passing it on untouched; `undefined` passes it on. */
export type Fault =
  | { readonly kind: 'cut'; readonly after: number }
  | { readonly kind: 'answer'; readonly status: number; readonly code: string }
  | { readonly kind: 'hold'; readonly hold: Hold }
  | undefined;

/** A request kept on its way to the server, which gets it even when its client has gone. */
export interface Hold {
  /** Takes the body from the client at once, or nothing of it before the release. */
  readonly takesBody: boolean;
  readonly released: Promise<void>;
  arrived(): void;
  /** The server has done with it. */
  answered(): void;
}

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
    else if (fault?.kind === 'hold') holdUp(target, incoming, outgoing, fault.hold);
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

function holdUp(
  { address, port }: { address: string; port: number },
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { takesBody, released, arrived, answered }: Hold,
): void {
  const { method, url, headers } = incoming;
  const goOn = async (): Promise<void> => {
    const body = takesBody ? await buffer(incoming) : undefined;
    arrived();
    await released;
    const sent = body ?? (await buffer(incoming));
    const upstream = request({ host: address, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
      answer.once('end', answered);
    });
    upstream.once('error', answered);
    upstream.end(sent);
  };
  // A body that its client cut short never reaches the server.
  goOn().catch(answered);
}
