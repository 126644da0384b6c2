import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { setUp } from './set-up.js';

const apiPaths: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/api/v1/create'],
  ['GET', '/api/v1/list'],
  ['GET', '/api/v1/get_backup'],
  ['DELETE', '/api/v1/delete'],
  ['POST', '/api/v1/restore'],
  ['POST', '/api/v1/restore_secondary'],
  ['GET', '/api/v1/get_restore'],
  ['GET', '/api/v1/check'],
];

test.each(['GET', 'POST', 'DELETE', 'OPTIONS', 'HEAD'])('%s / greets', async (method) => {
  const { app } = await setUp();
  const reply = await app.request('/', { method });
  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-type')?.toLowerCase()).toBe('text/plain; charset=utf-8');
  if (method !== 'HEAD') expect(await reply.text()).toBe('Hello, This is backup service');
});

test('hello greets too', async () => {
  const { app } = await setUp();
  expect(await (await app.request('/api/v1/hello')).text()).toBe('Hello, This is backup service');
});

test.each([
  ['GET', '/health'],
  ['GET', '/metrics'],
  ['GET', '/api/v1'],
  ['GET', '/api/v1/lists'],
  ['GET', '/api/v1/create'],
  ['POST', '/api/v1/list'],
  ['PUT', '/api/v1/create'],
  ['GET', '/api/v1/delete'],
  ['OPTIONS', '/api/v1/create'],
  ['HEAD', '/api/v1/list'],
  ['HEAD', '/api/v1/hello'],
  ['GET', '/debug/pprof/'],
  ['GET', '/api/v1/docs/../../../package.json'],
  ['GET', '/api/v1/docs/%2e%2e%2fpackage.json'],
])('%s %s is not found, as plain text', async (method, path) => {
  const { app } = await setUp();
  const reply = await app.request(path, { method });
  expect(reply.status).toBe(404);
  expect(reply.headers.get('content-type')).toBe('text/plain');
  if (method !== 'HEAD') expect(await reply.text()).toBe('404 page not found');
});

test.each(apiPaths)('%s %s/ redirects to the path without the slash', async (method, path) => {
  const { app } = await setUp();
  const reply = await app.request(`${path}/?a=b`, { method });
  expect(reply.status).toBe(method === 'GET' ? 301 : 307);
  expect(reply.headers.get('location')).toBe(`${path}?a=b`);
});

test('every enveloped reply is compact JSON with the content type of the Go tool', async () => {
  const { app } = await setUp();
  const reply = await app.request('/api/v1/list', { headers: { request_id: 'r1' } });
  expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(await reply.text()).toBe('{"requestId":"r1","data":[]}');
});

test('no CORS header is sent', async () => {
  const { app } = await setUp();
  const reply = await app.request('/api/v1/list', { headers: { origin: 'http://elsewhere' } });
  expect(reply.headers.get('access-control-allow-origin')).toBeNull();
});

test('works below a prefix of another app, redirects included', async () => {
  const { app } = await setUp();
  const parent = new Hono().route('/backup', app);
  expect((await parent.request('/backup/api/v1/list')).status).toBe(200);
  const redirect = await parent.request('/backup/api/v1/list/');
  expect(redirect.headers.get('location')).toBe('/backup/api/v1/list');
  const docs = await parent.request('/backup/api/v1/docs');
  expect(docs.headers.get('location')).toBe('/backup/api/v1/docs/index.html');
  const document = await parent.request('/backup/api/v1/docs/doc.json');
  expect(await document.json()).toMatchObject({
    servers: [{ url: '/backup/api/v1' }],
    paths: { '/list': {} },
  });
});

test('a middleware put in front is asked before every route', async () => {
  const refused: string[] = [];
  const { app, service } = await setUp({
    before: [
      async (c) => {
        refused.push(c.req.path);
        return c.text('no', 401);
      },
    ],
  });
  for (const [method, path] of [...apiPaths, ['GET', '/'], ['GET', '/api/v1/docs/doc.json']] as const) {
    const reply = await app.request(path, {
      method,
      ...(method === 'POST' ? { body: '{"backup_name":"b1"}' } : {}),
    });
    expect([path, reply.status]).toEqual([path, 401]);
  }
  expect(refused).toHaveLength(apiPaths.length + 2);
  expect(service.created).toEqual([]);
});

test('the access log has one line per request, without query and body', async () => {
  const { app, log } = await setUp();
  await app.request('/api/v1/get_backup?backup_name=secret_name', { headers: { request_id: 'r1' } });
  const lines = log.filter((line) => line.message === 'request');
  expect(lines).toEqual([
    {
      level: 'info',
      message: 'request',
      fields: { requestId: 'r1', method: 'GET', path: '/api/v1/get_backup', status: 200, ms: 5 },
    },
  ]);
});
