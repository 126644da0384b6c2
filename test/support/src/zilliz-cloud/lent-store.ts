import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { parseSignature, type SignedRequest, sign } from './signature.js';

/** The store behind it, with its own keys. */
export interface OwnStore {
  readonly address: string;
  readonly port: number;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Keys that are good for one folder, for a while. */
export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly token: string;
  /** `/bucket/folder/` */
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** One request to the lent store. */
export interface StoreRequest {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly accessKey: string;
  /** What was wrong with its credentials; empty: they were good and it went to the store behind. */
  readonly refused: string;
}

export interface LentStore {
  readonly endpoint: string;
  readonly seen: readonly StoreRequest[];
  lend(credentials: Credentials): void;
  /** All that was lent ends now. */
  expireAll(): void;
  close(): Promise<void>;
}

/** What a signature covers no more when another has to be made. */
const dropped = new Set(['authorization', 'x-amz-security-token', 'expect', 'connection']);

/**
 * A front of a real S3 server that knows keys of its own: it checks signature, session token, time and folder, signs the request
 * anew with the keys of the server, and hands it on.
 */
export async function startLentStore(own: OwnStore): Promise<LentStore> {
  const seen: StoreRequest[] = [];
  const known = new Map<string, Credentials>();
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => incoming.socket.destroy());
  });

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    const asked: SignedRequest = { method, url, headers };
    const { refused, status } = judge(asked);
    const accessKey = parseSignature(headers.authorization)?.accessKey ?? '';
    seen.push({ method, path: decodeURIComponent(url.split('?')[0] ?? ''), accessKey, refused });
    if (refused !== '') {
      incoming.resume();
      if (!incoming.readableEnded) await once(incoming, 'end');
      const body = `<?xml version="1.0"?><Error><Code>${refused}</Code><Message>${refused}</Message></Error>`;
      outgoing.writeHead(status, { 'content-type': 'application/xml' });
      outgoing.end(method === 'HEAD' ? undefined : body);
      return;
    }
    const upstream = request({
      host: own.address,
      port: own.port,
      method,
      path: url,
      agent,
      headers: resign(asked),
    });
    const reply = once(upstream, 'response') as Promise<[IncomingMessage]>;
    await pipeline(incoming, upstream);
    const [answer] = await reply;
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, outgoing);
  }

  function judge(asked: SignedRequest): { readonly refused: string; readonly status: number } {
    const signature = parseSignature(asked.headers.authorization);
    const lent = signature && known.get(signature.accessKey);
    if (!signature || !lent) return { refused: 'InvalidAccessKeyId', status: 403 };
    if (lent.expiresAt <= Date.now()) return { refused: 'ExpiredToken', status: 400 };
    if (asked.headers['x-amz-security-token'] !== lent.token) return { refused: 'InvalidToken', status: 400 };
    const value = sign(asked, signature.scope, signature.signedHeaders, lent.secretKey);
    if (value !== signature.value) return { refused: 'SignatureDoesNotMatch', status: 403 };
    return { refused: isInside(asked, lent.folder) ? '' : 'AccessDenied', status: 403 };
  }

  function resign({ method, url, headers }: SignedRequest): Record<string, string | string[] | undefined> {
    const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
    const signature = parseSignature(headers.authorization);
    const scope = signature?.scope ?? '';
    const signedHeaders = (signature?.signedHeaders ?? []).filter((name) => !dropped.has(name));
    const value = sign({ method, url, headers: kept }, scope, signedHeaders, own.secretKey);
    const signed = `SignedHeaders=${signedHeaders.join(';')}, Signature=${value}`;
    return { ...kept, authorization: `AWS4-HMAC-SHA256 Credential=${own.accessKey}/${scope}, ${signed}` };
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    lend: (credentials) => void known.set(credentials.accessKey, credentials),
    expireAll() {
      for (const [key, credentials] of known) known.set(key, { ...credentials, expiresAt: 0 });
    },
    async close() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await once(server, 'close');
    },
  };
}

/** Objects of the folder, and listings of it. */
function isInside({ method, url }: SignedRequest, folder: string): boolean {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const path = decodeURIComponent(pathname);
  if (path.startsWith(folder)) return true;
  const bucket = folder.slice(0, folder.indexOf('/', 1));
  const prefix = `${bucket}/${searchParams.get('prefix') ?? ''}`;
  if (path.replace(/\/$/, '') !== bucket) return false;
  return searchParams.has('delete') || (method === 'GET' && prefix.startsWith(folder));
}
