import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { Agent, request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@milvus-backup/core';
import { type Certificate, makeCertificate } from '@milvus-backup/test-support';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { createAuthenticator } from '../src/auth/authenticator.js';
import { findToken, loadTokens, reloadTokens } from '../src/auth/tokens.js';
import { type RunningApi, serve, startApi } from '../src/index.js';
import { recordingLogger, setUp } from './set-up.js';

const hostname = '127.0.0.1';
const dayMs = 24 * 60 * 60 * 1000;
const folder = mkdtempSync(join(tmpdir(), 'start-api-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const running: { close(graceMs?: number): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close(0)));
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

interface Started {
  readonly api: RunningApi;
  readonly log: { readonly level: string; readonly message: string }[];
}

/** A server on loopback, or wherever asked, with these settings of `server`. */
async function start(set: readonly string[], host: string = hostname): Promise<Started> {
  const { service } = await setUp({ set: set.map((pair) => `server.${pair}`) });
  const log: { level: string; fields: object; message: string }[] = [];
  const logger: Logger = recordingLogger(log);
  const api = await startApi({
    service,
    logger,
    version: '1.2.3',
    hostname: host,
    port: 0,
    lookEvery: 60_000,
  });
  running.push(api);
  return { api, log };
}

const tlsSettings = ({ cert, key }: Certificate): string[] => [
  `tls.cert=${write('cert.pem', cert)}`,
  `tls.key=${write('key.pem', key)}`,
];

/** Status of `GET /api/v1/list` over TLS; rejects when the connection does. */
function ask(
  api: RunningApi,
  options: object,
  path = '/api/v1/list',
): Promise<{ status: number; serial: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: hostname, port: api.port, path, agent: false, ...options }, (reply) => {
      const { socket } = reply;
      const serial = 'getPeerCertificate' in socket ? certificateOf(socket) : '';
      reply.resume().once('end', () => resolve({ status: reply.statusCode ?? 0, serial }));
    });
    outgoing.once('error', reject).end();
  });
}

function certificateOf(socket: object): string {
  if (!('getPeerCertificate' in socket) || typeof socket.getPeerCertificate !== 'function') return '';
  const { serialNumber }: { serialNumber?: string } = socket.getPeerCertificate.call(socket);
  return serialNumber ?? '';
}

describe('off loopback', () => {
  test.each(['0.0.0.0', '::', '192.0.2.1', 'backup.example'])(
    '%s is refused without any login',
    async (host) => {
      await expect(start([], host)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining(host),
        remedy: expect.stringContaining('SERVER_AUTH_TOKEN'),
      });
    },
  );

  test('`auth: none` opens it, with a warning', async () => {
    const { api } = await start(['auth=none'], '0.0.0.0');
    expect(api.warnings).toEqual([expect.stringContaining('everyone who reaches this address')]);
    expect((await fetch(`http://${hostname}:${api.port}/api/v1/list`)).status).toBe(200);
  });

  test('a token is enough, with a warning about clear text', async () => {
    const { api } = await start(['auth.token=a-token-of-the-test'], '0.0.0.0');
    expect(api.warnings).toEqual([expect.stringContaining('clear text')]);
    const url = `http://${hostname}:${api.port}/api/v1/list`;
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(url, { headers: { authorization: 'Bearer a-token-of-the-test' } })).status).toBe(200);
  });
});

test('a short token is warned of', async () => {
  const { api } = await start(['auth.token=short']);
  expect(api.warnings).toEqual([expect.stringContaining('openssl rand -hex 32')]);
});

test('a page whose name was made to point here is refused', async () => {
  const { api } = await start([]);
  const ask = (host: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const headers = { host };
      plainRequest({ host: hostname, port: api.port, path: '/api/v1/list', headers }, (reply) =>
        resolve(reply.resume().statusCode),
      )
        .once('error', reject)
        .end();
    });
  expect(await ask('evil.example')).toBe(403);
  expect(await ask(`evil.example:${api.port}`)).toBe(403);
  expect(await ask(`127.0.0.1.evil.example:${api.port}`)).toBe(403);
  for (const host of ['localhost', `localhost:${api.port}`, '127.0.0.1', '[::1]:80'])
    expect(await ask(host)).toBe(200);
});

describe('TLS', () => {
  test('serves HTTPS to who trusts the certificate, and no HTTP', async () => {
    const certificate = makeCertificate();
    const { api } = await start(tlsSettings(certificate));
    expect(api.scheme).toBe('https');
    expect((await ask(api, { ca: certificate.cert })).status).toBe(200);
    await expect(ask(api, { ca: makeCertificate().cert })).rejects.toThrow();
    await expect(fetch(`http://${hostname}:${api.port}/`)).rejects.toThrow();
    await expect(
      ask(api, { ca: certificate.cert, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }),
    ).rejects.toThrow();
  });

  test.each([
    ['expired', () => makeCertificate(new Date(Date.now() - 3 * dayMs)), 'expired on'],
    ['of another key', () => ({ ...makeCertificate(), key: makeCertificate().key }), 'is not the key of'],
    ['broken', () => ({ ...makeCertificate(), cert: 'no certificate' }), 'holds no certificate'],
  ])('does not start with a certificate that is %s', async (_, make, message) => {
    await expect(start(tlsSettings(make()))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
    });
  });

  test('takes a new certificate without dropping anyone, and keeps the old one when the new one is bad', async () => {
    const old = makeCertificate();
    const { api, log } = await start(tlsSettings(old));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const kept = { ca: old.cert, agent };
    const { serial } = await ask(api, kept);

    for (const bad of ['half a certif', makeCertificate(new Date(Date.now() - 3 * dayMs)).cert]) {
      write('cert.pem', bad);
      api.reload();
      expect((await ask(api, { ca: old.cert })).serial).toBe(serial);
    }
    expect(log.filter(({ level }) => level === 'error')).toHaveLength(2);

    const fresh = makeCertificate();
    tlsSettings(fresh);
    api.reload();
    expect((await ask(api, { ca: fresh.cert })).serial).not.toBe(serial);
    await expect(ask(api, { ca: old.cert })).rejects.toThrow();
    // the connection of before goes on
    expect((await ask(api, kept)).serial).toBe(serial);
    agent.destroy();
  });
});

describe('client certificates', () => {
  const mine = makeCertificate();

  async function startMutual(client: Certificate, more: readonly string[] = []): Promise<Started> {
    return start([...tlsSettings(mine), `tls.clientCA=${write('ca.pem', client.cert)}`, ...more]);
  }

  test('of the authority get in; none, another one and an expired one do not', async () => {
    const client = makeCertificate();
    const { api } = await startMutual(client);
    const trust = { ca: mine.cert };
    expect((await ask(api, { ...trust, ...client })).status).toBe(200);
    await expect(ask(api, trust)).rejects.toThrow();
    await expect(ask(api, { ...trust, ...makeCertificate() })).rejects.toThrow();
    const expired = makeCertificate(new Date(Date.now() - 3 * dayMs));
    const again = await startMutual(expired);
    await expect(ask(again.api, { ...trust, ...expired })).rejects.toThrow();
  });

  test('are enough off loopback', async () => {
    const client = makeCertificate();
    const settings = [...tlsSettings(mine), `tls.clientCA=${write('ca.pem', client.cert)}`];
    expect((await start(settings, '0.0.0.0')).api.warnings).toEqual([]);
  });

  test('beside tokens, both are wanted', async () => {
    const client = makeCertificate();
    const { api } = await startMutual(client, ['auth.token=a-token-of-the-test']);
    const known = { ca: mine.cert, ...client };
    expect((await ask(api, known)).status).toBe(401);
    const headers = { authorization: 'Bearer a-token-of-the-test' };
    expect((await ask(api, { ...known, headers })).status).toBe(200);
    await expect(ask(api, { ca: mine.cert, headers })).rejects.toThrow();
  });
});

describe('limits', () => {
  test('a client that asks too often waits, another does not', async () => {
    const { api } = await start(['limits.requestsPerMinute=3', 'auth.token=a-token-of-the-test']);
    const url = `http://${hostname}:${api.port}/api/v1/list`;
    const headers = { authorization: 'Bearer a-token-of-the-test' };
    for (let count = 0; count < 3; count++) expect((await fetch(url, { headers })).status).toBe(200);
    const refused = await fetch(url, { headers });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await fetch(url)).status).toBe(401);
  });

  test('who guesses tokens is told to wait, and locks out nobody', async () => {
    const { api } = await start(['auth.token=a-token-of-the-test']);
    const url = `http://${hostname}:${api.port}/api/v1/list`;
    const statuses = new Set<number>();
    for (let count = 0; count < 130; count++)
      statuses.add((await fetch(url, { headers: { authorization: `Bearer guess-${count}` } })).status);
    expect([...statuses]).toEqual([401, 429]);
    expect((await fetch(url, { headers: { authorization: 'Bearer a-token-of-the-test' } })).status).toBe(200);
  });

  test('a client that never ends its headers, or its body, is cut off', async () => {
    const { app } = await setUp();
    const server = await serve(app, { port: 0, hostname, headersTimeout: 200, requestTimeout: 400 });
    running.push(server);
    const heads = [
      'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ',
      'POST /api/v1/create HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{',
    ];
    await Promise.all(
      heads.map(async (head) => {
        const socket = connect(server.port, hostname);
        const reply: string[] = [];
        socket.on('data', (chunk) => reply.push(String(chunk))).on('error', () => undefined);
        socket.write(head);
        await once(socket, 'close');
        expect(reply.join('')).toMatch(/^HTTP\/1.1 408 |^$/);
      }),
    );
    expect((await fetch(`http://${hostname}:${server.port}/`)).status).toBe(200);
  });

  test('connections above the limit are closed, and the others served', async () => {
    const { api } = await start(['limits.connections=2']);
    const sockets = [0, 1].map(() => connect(api.port, hostname));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const third = connect(api.port, hostname).on('error', () => undefined);
    await once(third, 'close');
    const [first] = sockets;
    first?.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(String(await first?.toArray())).toContain('200 OK');
    for (const socket of sockets) socket.destroy();
  });

  test('a body above server.limits.bodyMiB is refused, announced or not', async () => {
    const { api } = await start(['limits.bodyMiB=1']);
    const url = `http://${hostname}:${api.port}/api/v1/create`;
    const large = Buffer.alloc(1024 * 1024 + 1, ' ');
    expect((await fetch(url, { method: 'POST', body: large })).status).toBe(413);
    const chunks = new Blob([large]).stream();
    expect((await fetch(url, { method: 'POST', body: chunks, duplex: 'half' })).status).toBe(413);
  });
});

test('a token in a file is read again when it changes', async () => {
  const { service, ...rest } = await setUp({ set: [] });
  const tokenFile = write('token', 'the-first-token-of-all\n');
  const value = service.config.value;
  const tokens = [{ name: 'filed', role: 'admin', token: '', tokenFile }] as const;
  const config = {
    ...service.config,
    value: { ...value, server: { ...value.server, auth: { ...value.server.auth, tokens } } },
  };
  const logger = recordingLogger(rest.log);
  const api = await startApi({ service: { ...service, config }, logger, version: '1', hostname, port: 0 });
  running.push(api);
  const ask = async (token: string): Promise<number> =>
    (
      await fetch(`http://${hostname}:${api.port}/api/v1/list`, {
        headers: { authorization: `Bearer ${token}` },
      })
    ).status;
  expect(await ask('the-first-token-of-all')).toBe(200);
  write('token', 'the-second-token-of-all');
  api.reload();
  expect([await ask('the-first-token-of-all'), await ask('the-second-token-of-all')]).toEqual([401, 200]);
  write('token', '');
  api.reload();
  expect(await ask('the-second-token-of-all')).toBe(200);
  rmSync(tokenFile);
  api.reload();
  expect(await ask('the-second-token-of-all')).toBe(401);
  expect(JSON.stringify(rest.log)).toContain('ENOENT');
  expect(JSON.stringify(rest.log)).not.toContain('token-of-all');
});

test.each([
  [
    'one secret with two roles',
    ['read', 'same-secret-of-two'],
    ['admin', 'same-secret-of-two'],
    'another role',
  ],
  [
    'a token that no header holds',
    ['read', 'x'.repeat(4097)],
    ['admin', 'other-secret-of-two'],
    'more than 4096',
  ],
] as const)('does not start with %s', async (_, first, second, message) => {
  const { service } = await setUp();
  const tokens = [first, second].map(([role, token], at) => ({ name: `t${at}`, role, token, tokenFile: '' }));
  const { server } = service.config.value;
  const section = { ...server, auth: { ...server.auth, tokens } };
  expect(() => createAuthenticator(section)).toThrow(message);
});

test('of a file with a token no more is read than a token may have', () => {
  const token = { name: 'endless', role: 'read', token: '', tokenFile: '/dev/zero' } as const;
  expect(() => loadTokens([token])).toThrow('no HTTP header can carry');
});

test('a file without a token keeps no other token from being renewed', () => {
  const of = (name: string) =>
    ({ name, role: 'read', token: '', tokenFile: write(name, `first-token-of-${name}`) }) as const;
  const tokens = [of('torn'), of('renewed')];
  const { known } = loadTokens(tokens);
  write('torn', '');
  write('renewed', 'second-token-of-renewed');
  const again = reloadTokens(tokens, known);
  expect(again.fault?.message).toContain('the token torn');
  const nameOf = (secret: string) => findToken(again.known, secret)?.name;
  expect(nameOf('first-token-of-torn')).toBe('torn');
  expect(nameOf('second-token-of-renewed')).toBe('renewed');
  expect(nameOf('first-token-of-renewed')).toBeUndefined();
});

test('roles of client certificates go by their names; one that is not named stays outside', async () => {
  const { service, log } = await setUp();
  const value = service.config.value;
  const watcher = makeCertificate(new Date(), ['watcher.example']);
  const stranger = makeCertificate(new Date(), ['stranger.example']);
  const mine = makeCertificate();
  const tls = {
    cert: write('cert.pem', mine.cert),
    key: write('key.pem', mine.key),
    clientCA: write('ca.pem', watcher.cert),
    minVersion: 'TLSv1.2',
  } as const;
  const auth = { mode: 'auto', tokens: [], clients: [{ name: 'watcher.example', role: 'read' }] } as const;
  const config = { ...service.config, value: { ...value, server: { ...value.server, tls, auth } } };
  const logger = recordingLogger(log);
  const api = await startApi({ service: { ...service, config }, logger, version: '1', hostname, port: 0 });
  running.push(api);
  const trust = { ca: mine.cert };
  expect((await ask(api, { ...trust, ...watcher })).status).toBe(200);
  expect(
    (await ask(api, { ...trust, ...watcher, method: 'DELETE' }, '/api/v1/delete?backup_name=b')).status,
  ).toBe(403);
  // another authority takes the place of the first
  write('ca.pem', stranger.cert);
  api.reload();
  expect((await ask(api, { ...trust, ...stranger })).status).toBe(401);
  await expect(ask(api, { ...trust, ...watcher })).rejects.toThrow();
  const callers = log.filter(({ message }) => message === 'call').map(({ fields }) => fields);
  expect(callers).toMatchObject([
    { caller: 'watcher.example', via: 'certificate', address: hostname },
    { caller: 'watcher.example', status: 403 },
    { caller: 'unknown', status: 401 },
  ]);
});
