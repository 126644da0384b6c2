import { createServer, type IncomingMessage, type RequestOptions, request, type Server } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FaultProxy, makeCertificate, startFaultProxy } from '../src/index.js';

/** Echoes what it gets, or gives as many bytes as the path says. */
let server: Server;
let proxy: FaultProxy;
/** Bodies that came whole. */
let served: Buffer[];

beforeEach(async () => {
  served = [];
  server = createServer((incoming, outgoing) => {
    buffer(incoming).then(
      (body) => {
        served.push(body);
        const size = Number(/^\/(\d+)$/.exec(incoming.url ?? '')?.[1] ?? -1);
        const content = size < 0 ? body : Buffer.alloc(size, 'x');
        outgoing.writeHead(200, { 'content-length': content.length, host: incoming.headers.host ?? '' });
        outgoing.end(incoming.method === 'HEAD' ? undefined : content);
      },
      () => outgoing.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = await startFaultProxy({ target: target() });
});

afterEach(async () => {
  await proxy.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const target = () => ({ address: '127.0.0.1', port: (server.address() as AddressInfo).port });

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

function ask(path: string, body?: Buffer, options: RequestOptions & { ca?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = proxy.endpoint.startsWith('https') ? secureRequest : request;
    const headers = body ? { 'content-length': body.length } : {};
    const call = send(
      proxy.endpoint + path,
      { method: body ? 'PUT' : 'GET', agent: false, headers, ...options },
      (answer) => {
        buffer(answer).then(
          (content) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: content }),
          reject,
        );
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

const large = Buffer.alloc(300_000, 'abcdefgh');

describe('nothing wrong', () => {
  test('bodies pass both ways, and requests are written down', async () => {
    const { status, body, headers } = await ask('/echo?x=1', large);
    expect([status, Buffer.compare(body, large)]).toEqual([200, 0]);
    expect(headers.host).toBe(`127.0.0.1:${proxy.port}`);
    expect(proxy.seen).toMatchObject([{ method: 'PUT', path: '/echo?x=1', bytes: 300_000, faults: [] }]);
  });

  test('the server sees its own name when that is wanted', async () => {
    await proxy.close();
    proxy = await startFaultProxy({ target: target(), host: 'target' });
    expect((await ask('/1')).headers.host).toBe(`127.0.0.1:${target().port}`);
  });

  test('HEAD has the length and no body', async () => {
    proxy.inject({ kind: 'truncate', at: 5, length: 'corrected' });
    const { headers } = await ask('/1000', undefined, { method: 'HEAD' });
    expect(headers['content-length']).toBe('1000');
  });
});

describe('broken connections', () => {
  test.each([0, 1, 100_000])(
    'while the client sends, at byte %i: the server never gets it whole',
    async (at) => {
      proxy.inject({ kind: 'drop-request', at });
      await expect(ask('/echo', large)).rejects.toMatchObject({
        code: expect.stringMatching(/ECONNRESET|EPIPE/),
      });
      expect(served).toEqual([]);
    },
  );

  test.each([0, 1, 100_000])('while the server answers, at byte %i', async (at) => {
    proxy.inject({ kind: 'drop-response', at });
    await expect(ask('/300000')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(served).toHaveLength(1);
  });

  test('a reply is lost after the server did its work', async () => {
    proxy.inject({ kind: 'lost-reply' });
    await expect(ask('/echo', large)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(served).toHaveLength(1);
  });

  test('connections are refused, and taken again', async () => {
    await proxy.refuse();
    await expect(ask('/1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.accept();
    expect((await ask('/1')).status).toBe(200);
  });
});

describe('wrong answers', () => {
  test('in place of the server, for those that match, as often as said', async () => {
    const fault = { kind: 'answer', status: 503, code: 'SlowDown', headers: { 'retry-after': '1' } } as const;
    const injected = proxy.inject(fault, { method: 'PUT', path: /echo/, skip: 1, times: 2 });
    const statuses: number[] = [];
    for (let count = 0; count < 4; count++) statuses.push((await ask('/echo', large)).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
    expect((await ask('/1')).status).toBe(200);
    expect([injected.hits, served.length]).toEqual([2, 3]);
    injected.remove();
  });

  test('an error reads as the store at hand writes it', async () => {
    proxy.inject({ kind: 'answer', status: 403, code: 'Denied' });
    expect(String((await ask('/bucket/key')).body)).toContain('<Code>Denied</Code>');
    expect((await ask('/bucket/key')).headers['x-ms-error-code']).toBe('Denied');
    expect(JSON.parse(String((await ask('/storage/v1/b')).body))).toMatchObject({ error: { code: 403 } });
  });

  test('truncated, with the length that was announced', async () => {
    proxy.inject({ kind: 'truncate', at: 1000, length: 'announced' });
    await expect(ask('/300000')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('truncated, with a length that fits', async () => {
    proxy.inject({ kind: 'truncate', at: 1000, length: 'corrected' });
    expect((await ask('/300000')).body).toHaveLength(1000);
    expect((await ask('/10')).body).toHaveLength(10);
  });

  test.each(['request', 'response'] as const)('one bit of a %s turned over', async (side) => {
    proxy.inject({ kind: 'flip', at: 123_456, in: side });
    const { body } = await ask('/echo', large);
    const wrong = [...body.entries()].filter(([index, byte]) => byte !== large[index]);
    expect(wrong).toEqual([[123_456, (large[123_456] ?? 0) ^ 1]]);
    expect(Buffer.compare(served[0] ?? large, large) === 0).toBe(side === 'response');
  });

  test('a wrong clock', async () => {
    proxy.inject({ kind: 'date', offsetMs: -3_600_000 });
    const { headers } = await ask('/1');
    expect(Math.abs(Date.parse(headers.date ?? '') + 3_600_000 - Date.now())).toBeLessThan(60_000);
  });
});

describe('slowness', () => {
  test('a request that is never answered ends with its client', async () => {
    proxy.inject({ kind: 'hang' });
    await expect(ask('/1', undefined, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(served).toEqual([]);
  });

  test.each([
    { kind: 'delay', ms: 300, of: 'request' },
    { kind: 'delay', ms: 300, of: 'response' },
    { kind: 'slow', bytesPerSecond: 1_000_000 },
  ] as const)('%o lets everything through', async (fault) => {
    proxy.inject(fault);
    expect((await ask('/300000')).body).toHaveLength(300_000);
    expect(proxy.seen).toMatchObject([{ faults: [fault.kind] }]);
  });
});

describe('TLS', () => {
  const secure = async (certificate = makeCertificate()): Promise<string> => {
    await proxy.close();
    proxy = await startFaultProxy({ target: target(), certificate });
    return certificate.cert;
  };

  test('a certificate that the client trusts', async () => {
    expect((await ask('/1', undefined, { ca: await secure() })).status).toBe(200);
  });

  test('one that it does not', async () => {
    await secure();
    await expect(ask('/1')).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  test('one that has expired', async () => {
    const ca = await secure(makeCertificate(new Date(Date.now() - 10 * 24 * 3_600_000)));
    await expect(ask('/1', undefined, { ca })).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' });
  });
});
