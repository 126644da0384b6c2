import { once } from 'node:events';
import {
  Agent,
  createServer as createHttpServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex, Readable, Transform } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { countBytes, cutAt, flipAt, slowTo } from '../faults/body-faults.js';
import { type Fault, FaultList, type Injection, type Match, type SeenRequest } from '../faults/fault.js';
import type { Certificate } from '../tls/self-signed.js';

/**
 * An HTTP(S) proxy between a real client and a real server. It imitates what goes wrong on the way and at the
 * server's door: connections that break at a given byte, answers that are lost, cut, late, damaged or never come, a server
 * that is busy or has a wrong clock, TLS with a bad certificate, a port where nothing listens. What it does not imitate:
 * anything below HTTP (lost packets, half-open connections), and faults inside the server, which does its work untouched.
 */
export interface FaultProxy {
  readonly address: '127.0.0.1';
  readonly port: number;
  /** `http://127.0.0.1:<port>`, or `https` with a certificate. */
  readonly endpoint: string;
  /** In order; grows with each request. */
  readonly seen: readonly SeenRequest[];
  /** Puts a fault in; it works until it is used up, removed or {@link clear}ed. */
  inject(fault: Fault, match?: Match): Injection;
  /** Takes all faults out and forgets what was seen. */
  clear(): void;
  /** From now on connections are refused, and those that are open break. */
  refuse(): Promise<void>;
  /** Listens again at the same port. */
  accept(): Promise<void>;
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  /** The server, which speaks plain HTTP. */
  readonly target: { readonly address: string; readonly port: number };
  /** Makes the proxy speak TLS with it. */
  readonly certificate?: Certificate;
  /**
   * `kept`: the server sees the `Host` that the client wrote, as signatures of S3 need it; `target`: its own, for servers
   * that answer only to that. Default `kept`.
   */
  readonly host?: 'kept' | 'target';
}

type Seen = { -readonly [Key in keyof SeenRequest]: SeenRequest[Key] };

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { certificate } = options;
  const faults = new FaultList();
  const seen: Seen[] = [];
  const agent = new Agent({ keepAlive: true });
  const handle = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const entry: Seen = {
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: incoming.headers,
      at: performance.now(),
      bytes: 0,
      faults: [],
    };
    const taken = faults.take(entry);
    entry.faults = taken.map((fault) => fault.kind);
    seen.push(entry);
    new Exchange(options, agent, endpoint, entry, taken, incoming, outgoing).run().catch(() => {
      // A peer that goes away midway is what this is for; the other side is told by the same means.
      incoming.socket.destroy();
    });
  };
  const server: Server = certificate ? createHttpsServer(certificate, handle) : createHttpServer(handle);
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  const listen = async (at: number): Promise<void> => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const endpoint = `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`;
  const refuse = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    address: '127.0.0.1',
    port,
    endpoint,
    seen,
    inject: (fault, match) => faults.inject(fault, match),
    clear() {
      faults.clear();
      seen.length = 0;
    },
    refuse,
    accept: () => listen(port),
    async close() {
      await refuse();
      agent.destroy();
    },
  };
}

type Of<Kind extends Fault['kind']> = Extract<Fault, { readonly kind: Kind }>;

/** One request and its answer. */
class Exchange {
  constructor(
    readonly options: FaultProxyOptions,
    readonly agent: Agent,
    readonly endpoint: string,
    readonly entry: Seen,
    readonly faults: readonly Fault[],
    readonly incoming: IncomingMessage,
    readonly outgoing: ServerResponse,
  ) {}

  #all<Kind extends Fault['kind']>(kind: Kind): Of<Kind>[] {
    return this.faults.filter((fault): fault is Of<Kind> => fault.kind === kind);
  }

  #break = (): void => void this.incoming.socket.destroy();

  async run(): Promise<void> {
    const [hang] = this.#all('hang');
    if (hang) return void this.incoming.resume();
    const [answer] = this.#all('answer');
    if (answer) return await this.#refuse(answer);
    for (const { ms, of } of this.#all('delay')) if (of === 'request') await delay(ms);
    const reply = await this.#forward();
    for (const { ms, of } of this.#all('delay')) if (of === 'response') await delay(ms);
    if (this.#all('lost-reply').length > 0) {
      reply.resume();
      await once(reply, 'end');
      return this.#break();
    }
    this.#giveBack(reply);
  }

  async #refuse({ status, code = 'Fault', headers, body }: Of<'answer'>): Promise<void> {
    this.incoming.resume();
    if (!this.incoming.readableEnded) await once(this.incoming, 'end');
    const json = /^\/(storage|upload|b|download)\b/.test(this.entry.path);
    const text = json
      ? JSON.stringify({ error: { code: status, message: code, errors: [{ reason: code, message: code }] } })
      : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
    const type = json ? 'application/json' : 'application/xml';
    this.outgoing.writeHead(status, { 'content-type': type, 'x-ms-error-code': code, ...headers });
    this.outgoing.end(this.entry.method === 'HEAD' ? undefined : (body ?? text));
  }

  #forward(): Promise<IncomingMessage> {
    const { target, host = 'kept' } = this.options;
    const own = host === 'target' ? { host: `${target.address}:${target.port}` } : {};
    return new Promise((resolve, reject) => {
      const upstream = request(
        {
          host: target.address,
          port: target.port,
          method: this.entry.method,
          path: this.entry.path,
          headers: { ...this.incoming.headers, ...own },
          agent: this.agent,
        },
        resolve,
      );
      upstream.once('error', reject);
      const count = countBytes((bytes) => {
        this.entry.bytes += bytes;
      });
      const steps: Transform[] = [count];
      for (const { at, in: side } of this.#all('flip')) if (side === 'request') steps.push(flipAt(at));
      for (const { bytesPerSecond } of this.#all('slow')) steps.push(slowTo(bytesPerSecond));
      for (const { at } of this.#all('drop-request')) steps.push(cutAt(at, this.#break));
      this.incoming.once('error', () => upstream.destroy());
      this.incoming.once('close', () => {
        if (!this.incoming.complete) upstream.destroy(new Error('the client went away'));
      });
      join(this.incoming, steps).pipe(upstream);
    });
  }

  #giveBack(reply: IncomingMessage): void {
    const headers = { ...reply.headers };
    for (const { offsetMs } of this.#all('date'))
      headers.date = new Date(Date.now() + offsetMs).toUTCString();
    const { target } = this.options;
    const home = `http://${target.address}:${target.port}`;
    if (headers.location?.startsWith(home))
      headers.location = this.endpoint + headers.location.slice(home.length);
    const steps: Transform[] = [];
    for (const { at, in: side } of this.#all('flip')) if (side === 'response') steps.push(flipAt(at));
    for (const { bytesPerSecond } of this.#all('slow')) steps.push(slowTo(bytesPerSecond));
    for (const { at } of this.#all('drop-response')) steps.push(cutAt(at, this.#break));
    for (const { at, length } of this.#all('truncate')) {
      const full = Number(headers['content-length'] ?? Number.POSITIVE_INFINITY);
      if (full <= at || this.entry.method === 'HEAD') continue;
      if (length === 'corrected') headers['content-length'] = String(at);
      steps.push(cutAt(at, () => (length === 'corrected' ? this.outgoing.end() : this.#break())));
    }
    reply.once('error', this.#break);
    reply.once('close', () => {
      if (!reply.complete) this.#break();
    });
    this.outgoing.once('close', () => reply.destroy());
    this.outgoing.writeHead(reply.statusCode ?? 502, headers);
    if (reply.headers['content-length'] !== undefined || this.entry.method !== 'HEAD')
      this.outgoing.flushHeaders();
    join(reply, steps).pipe(this.outgoing);
  }
}

function join(source: Readable, steps: readonly Transform[]): Readable {
  return steps.reduce<Readable>((from, step) => from.pipe(step), source);
}
