// Imitates the answers of Google Cloud Storage and of its token service that no emulator gives: refusals, copies in
// several steps, wrong checksums, uploads of which less is kept. It stores nothing and checks no credentials.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: string;
}

export interface StandIn {
  readonly port: number;
  readonly url: string;
  readonly seen: Seen[];
  /** Asked for every request; `undefined` leaves it unanswered. */
  decide: (request: Seen) => Answer | undefined;
  close(): Promise<void>;
}

export async function startStandIn(): Promise<StandIn> {
  const server = createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'http://stand-in');
    const request: Seen = {
      method: incoming.method ?? '',
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      headers: incoming.headers,
      // A request that is cut is seen without its body.
      body: await buffer(incoming).catch(() => Buffer.alloc(0)),
    };
    standIn.seen.push(request);
    const answer = standIn.decide(request);
    if (answer !== undefined) send(outgoing, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const standIn: StandIn = {
    port,
    url: `http://127.0.0.1:${port}`,
    seen: [],
    decide: () => ({ status: 404 }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return standIn;
}

function send(outgoing: ServerResponse, { status = 200, headers, json, body }: Answer): void {
  const content = json === undefined ? (body ?? '') : JSON.stringify(json);
  outgoing.writeHead(status, { 'content-length': String(Buffer.byteLength(content)), ...headers });
  outgoing.end(content);
}
