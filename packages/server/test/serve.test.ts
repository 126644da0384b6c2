import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { BackupError, cancelled } from '@milvus-backup/core';
import { afterEach, describe, expect, test } from 'vitest';
import { type RunningServer, serve } from '../src/index.js';
import { addBackup, type SetUp, setUp } from './set-up.js';

const hostname = '127.0.0.1';
let server: RunningServer | undefined;
afterEach(async () => server?.close(0));

async function start(): Promise<SetUp & { readonly url: string }> {
  const api = await setUp();
  server = await serve(api.app, { port: 0, hostname });
  return { ...api, url: `http://${hostname}:${server.port}` };
}

const post = (url: string, body: object, signal?: AbortSignal): Promise<Response> =>
  fetch(`${url}/api/v1/create`, {
    method: 'POST',
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });

test('the header with an underscore comes through', async () => {
  const { url } = await start();
  const reply = await fetch(`${url}/api/v1/list`, { headers: { request_id: 'r1' } });
  expect(await reply.text()).toBe('{"requestId":"r1","data":[]}');
});

test('a health check in HTTP/1.0, which names no host, is answered', async () => {
  await start();
  const socket = connect(server?.port ?? 0, hostname);
  socket.end('GET /api/v1/hello HTTP/1.0\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Hello/s);
});

test('a DELETE without a body is answered', async () => {
  const api = await start();
  await addBackup(api, 'b1', 'i1');
  const reply = await fetch(`${api.url}/api/v1/delete?backup_name=b1`, { method: 'DELETE' });
  expect(await reply.json()).toEqual({ requestId: 'new-1', msg: 'success' });
  expect(api.service.deleted).toEqual(['b1']);
});

test('a body in chunks, of a length that is not told before, is read up to the limit', async () => {
  const { url } = await start();
  const send = async (text: string): Promise<[number, unknown]> => {
    const outgoing = request(`${url}/api/v1/create`, { method: 'POST' });
    const answered = once(outgoing, 'response');
    Readable.from([text, ' '.repeat(9_000_000), ' ']).pipe(outgoing);
    const [reply] = await answered;
    const chunks: Buffer[] = await reply.toArray();
    return [reply.statusCode, JSON.parse(Buffer.concat(chunks).toString())];
  };
  expect(await send('{"backup_name":"chunked"}')).toMatchObject([200, { msg: 'success' }]);
  expect(await send(' '.repeat(9_000_000))).toMatchObject([413, { error: 'request body too large' }]);
});

test('HEAD answers on the greeting alone', async () => {
  const { url } = await start();
  expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
  expect((await fetch(`${url}/api/v1/list`, { method: 'HEAD' })).status).toBe(404);
});

test('a port in use is an error that says so', async () => {
  const { app } = await start();
  const again = serve(app, { port: server?.port ?? 0, hostname });
  await expect(again).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining('EADDRINUSE'),
    remedy: expect.stringContaining('free port'),
  });
});

describe('a client that leaves', () => {
  test('cancels its sync create', async () => {
    const { url, service } = await start();
    const begun = new AbortController();
    const reached = once(begun.signal, 'abort');
    const ended = new Promise<unknown>((resolve) => {
      service.gate = (signal) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => {
            const error = cancelled(signal);
            resolve(error.code);
            reject(error);
          });
          begun.abort();
        });
    });
    const client = new AbortController();
    const reply = post(url, { backup_name: 'b1' }, client.signal);
    reply.catch(() => undefined);
    await reached;
    client.abort();
    await expect(reply).rejects.toMatchObject({ name: 'AbortError' });
    expect(await ended).toBe('CANCELLED');
  });

  test('does not cancel its sync restore', async () => {
    const api = await start();
    await addBackup(api, 'b1', 'i1');
    let seen: AbortSignal | undefined;
    const release = new AbortController();
    const begun = new Promise<void>((resolve) => {
      api.service.gate = async (signal) => {
        seen = signal;
        resolve();
        await once(release.signal, 'abort');
      };
    });
    const client = new AbortController();
    const init = { method: 'POST', body: '{"backup_name":"b1","id":"r1"}', signal: client.signal };
    const reply = fetch(`${api.url}/api/v1/restore`, init).catch(() => 'left');
    await begun;
    client.abort();
    expect(await reply).toBe('left');
    release.abort();
    await expect.poll(() => api.service.runs.get('r1')?.state).toBe('success');
    expect(seen).toBeUndefined();
  });

  test('stops its download', async () => {
    const api = await start();
    await addBackup(api, 'b1', 'i1');
    const source = new Readable({ read: () => source.push(Buffer.alloc(64 * 1024)) });
    const closed = once(source, 'close');
    api.service.tar = () => source;
    const client = new AbortController();
    const reply = await fetch(`${api.url}/api/v1/get_backup?backup_name=b1&download=true`, {
      signal: client.signal,
    });
    await reply.body?.getReader().read();
    client.abort();
    await closed;
    expect(source.destroyed).toBe(true);
  });
});

describe('download', () => {
  test('sends the tar under the name of the backup', async () => {
    const api = await start();
    await addBackup(api, 'b1', 'i1');
    for (const query of ['backup_name=b1&download=true', 'backup_id=i1&download=1']) {
      const reply = await fetch(`${api.url}/api/v1/get_backup?${query}`);
      expect(reply.status).toBe(200);
      expect(reply.headers.get('content-type')).toBe('application/x-tar');
      expect(reply.headers.get('content-disposition')).toContain('attachment; filename="b1.tar"');
      expect(await reply.text()).toBe('tar');
    }
  });

  test('brings every byte of a large tar', async () => {
    const api = await start();
    await addBackup(api, 'b1', 'i1');
    const chunk = Buffer.alloc(256 * 1024, 'x');
    api.service.tar = () => Readable.from(Array.from({ length: 64 }, () => chunk));
    const reply = await fetch(`${api.url}/api/v1/get_backup?backup_name=b1&download=true`);
    expect((await reply.arrayBuffer()).byteLength).toBe(64 * chunk.length);
  });

  test('a failure midway cuts the connection, so that no half tar passes for whole', async () => {
    const api = await start();
    await addBackup(api, 'b1', 'i1');
    api.service.tar = () =>
      Readable.from(
        (async function* () {
          yield Buffer.alloc(1024);
          throw new BackupError({ code: 'STORAGE_ERROR', message: 'gone' });
        })(),
      );
    const reply = await fetch(`${api.url}/api/v1/get_backup?backup_name=b1&download=true`);
    await expect(reply.arrayBuffer()).rejects.toThrow();
    expect(api.log).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'the download broke off' }),
    );
  });

  test('of an unknown backup is a real 404', async () => {
    const { url } = await start();
    const reply = await fetch(`${url}/api/v1/get_backup?backup_name=nosuch&download=true`);
    expect(reply.status).toBe(404);
    expect(await reply.json()).toMatchObject({ code: 404, data: null });
  });
});

test('close waits for the request under way and takes no other', async () => {
  const { url, service } = await start();
  const release = new AbortController();
  const begun = new Promise<void>((resolve) => {
    service.gate = async () => {
      resolve();
      await once(release.signal, 'abort');
    };
  });
  const reply = post(url, { backup_name: 'b1' });
  await begun;
  const closing = server?.close();
  await expect(fetch(url)).rejects.toThrow();
  release.abort();
  expect(await (await reply).json()).toMatchObject({ msg: 'success' });
  await closing;
});

test('close cuts what does not end in time', async () => {
  const { url, service } = await start();
  const begun = new Promise<void>((resolve) => {
    service.gate = () => {
      resolve();
      return new Promise(() => undefined);
    };
  });
  const reply = post(url, { backup_name: 'b1' });
  reply.catch(() => undefined);
  await begun;
  await server?.close(10);
  await expect(reply).rejects.toThrow();
});

test('a body that the client never ends does not hold up others', async () => {
  const { url } = await start();
  const slow = request(`${url}/api/v1/create`, { method: 'POST', headers: { 'content-length': '10' } });
  slow.on('error', () => undefined);
  slow.write('{');
  expect((await fetch(url)).status).toBe(200);
  slow.destroy();
});
