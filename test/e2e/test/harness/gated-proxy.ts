import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { S3Server } from '@milvus-backup/test-support';

/** One request of the program to the store. */
export interface StoreRequest {
  readonly method: string;
  /** Path and query, decoded: `/bucket/key?…`. */
  readonly path: string;
  /** Set when the store is asked to copy by itself. */
  readonly copySource: string | undefined;
}

export interface Gate {
  /** Resolves when as many requests as were asked for are being held. */
  readonly reached: Promise<void>;
  /** Lets all held requests pass, and those after them. */
  open(): void;
  /** Ends the held requests without passing them on, as if they had never been sent; those after them pass. */
  drop(): void;
}

export interface GatedProxy {
  readonly port: number;
  /**
   * Lets requests that fit pass until `after` of them have, and holds every later one. A program can so be stopped at a known
   * point of its work, however fast or slow the machine is, and two be brought to one point at one time.
   * @param together how many must be held for `reached`; default 1
   */
  hold(fits: (request: StoreRequest) => boolean, after: number, together?: number): Gate;
  /** Opens every gate, so that a test that failed holds up no other. */
  openAll(): void;
  close(): void;
}

interface Held {
  readonly fits: (request: StoreRequest) => boolean;
  left: number;
  missing: number;
  readonly reach: () => void;
  readonly decided: Promise<'pass' | 'drop'>;
  readonly open: () => void;
}

/** Stands between a program and a real S3 store, and passes on what it gets as it is; signatures stay right. */
export async function startGatedProxy(s3: Pick<S3Server, 'address' | 'port'>): Promise<GatedProxy> {
  const gates = new Set<Held>();

  async function decide(incoming: IncomingMessage): Promise<'pass' | 'drop'> {
    const asked: StoreRequest = {
      method: incoming.method ?? '',
      path: decodeURIComponent(incoming.url ?? ''),
      copySource: [incoming.headers['x-amz-copy-source']].flat()[0],
    };
    for (const gate of gates) {
      if (!gate.fits(asked) || --gate.left >= 0) continue;
      if (--gate.missing === 0) gate.reach();
      if ((await gate.decided) === 'drop') return 'drop';
    }
    return 'pass';
  }

  const server = createServer(async (incoming, outgoing) => {
    if ((await decide(incoming)) === 'drop') {
      outgoing.destroy();
      return;
    }
    const { method, url: path, rawHeaders: headers } = incoming;
    const upstream = request({ host: s3.address, port: s3.port, method, path, headers, setHost: false });
    upstream.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    // Whoever is killed leaves its requests behind, on both sides.
    upstream.on('error', () => outgoing.destroy());
    incoming.on('error', () => upstream.destroy());
    outgoing.on('error', () => upstream.destroy());
    incoming.pipe(upstream);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    hold(fits, after, together = 1) {
      let settle = (_decision: 'pass' | 'drop'): void => {};
      let reach = (): void => {};
      const decided = new Promise<'pass' | 'drop'>((resolve) => {
        settle = resolve;
      });
      const reached = new Promise<void>((resolve) => {
        reach = resolve;
      });
      const end = (decision: 'pass' | 'drop') => (): void => {
        gates.delete(gate);
        settle(decision);
      };
      const gate: Held = { fits, left: after, missing: together, reach, decided, open: end('pass') };
      gates.add(gate);
      return { reached, open: end('pass'), drop: end('drop') };
    },
    openAll() {
      for (const gate of gates) gate.open();
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
