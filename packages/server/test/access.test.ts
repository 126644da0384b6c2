import { describe, expect, test } from 'vitest';
import { type SetUp, setUp } from './set-up.js';

const ranks = ['read', 'operate', 'admin'] as const;
const secrets = {
  admin: 'planted-admin-token-000',
  operate: 'planted-operate-token',
  read: 'planted-reading-token',
};

/** An app that knows a token of each role; `as` asks with one of them. */
async function setUpWithTokens(set: readonly string[] = []) {
  const tokens = ranks.map((role) => ({ name: `${role}er`, role, token: secrets[role], tokenFile: '' }));
  const api = await setUp({ set, tokens });
  const as = (token: string | null, method: string, path: string, headers: Record<string, string> = {}) =>
    api.app.request(path, {
      method,
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(method === 'POST' ? { body: '{}' } : {}),
    });
  return { ...api, as };
}

const calls = [
  ['GET', '/api/v1/list', 'read'],
  ['GET', '/api/v1/get_backup?backup_name=b', 'read'],
  ['GET', '/api/v1/get_backup?backup_name=b&download=true', 'operate'],
  ['GET', '/api/v1/get_restore?id=r', 'read'],
  ['GET', '/api/v1/check', 'read'],
  ['POST', '/api/v1/create', 'operate'],
  ['POST', '/api/v1/restore', 'operate'],
  ['POST', '/api/v1/copy', 'operate'],
  ['DELETE', '/api/v1/delete?backup_name=b', 'admin'],
  ['DELETE', '/api/v2/backups/b', 'admin'],
  ['DELETE', '/api/v2/jobs/j', 'operate'],
  ['POST', '/api/v2/cleanup', 'admin'],
  ['GET', '/api/v2/backups', 'read'],
  ['GET', '/api/v2/backups/b/archive', 'operate'],
  ['POST', '/api/v2/backups/b/restores', 'operate'],
  ['POST', '/api/v2/backups/b/verifications', 'operate'],
  ['POST', '/api/v2/backups/b/drills', 'operate'],
  ['POST', '/api/v2/backups/b/migrations', 'operate'],
  ['POST', '/api/v2/check', 'read'],
  ['GET', '/nowhere', 'read'],
  ['DELETE', '/api/v2/backups/a%0Ab', 'admin'],
] as const;

describe.each(calls)('%s %s', (method, path, needed) => {
  test('answers nobody without a token, with a wrong one, or with half of one', async () => {
    const { as, service } = await setUpWithTokens();
    for (const token of [null, 'wrong', secrets.admin.slice(0, -1), `${secrets.admin}x`, '']) {
      const reply = await as(token, method, path);
      expect(reply.status).toBe(401);
      expect(reply.headers.get('www-authenticate')).toContain('Bearer');
      expect(await reply.text()).not.toContain('planted');
    }
    expect([service.created, service.deleted, service.restored]).toEqual([[], [], []]);
  });

  test(`needs the role ${needed}`, async () => {
    const { as } = await setUpWithTokens();
    for (const role of ranks) {
      const { status } = await as(secrets[role], method, path);
      if (ranks.indexOf(role) < ranks.indexOf(needed)) expect([role, status]).toEqual([role, 403]);
      else expect([401, 403]).not.toContain(status);
    }
  });
});

test.each([
  ['GET', '/'],
  ['GET', '/api/v1/hello'],
  ['GET', '/api/v1/docs/index.html'],
  ['GET', '/api/v1/docs/doc.json'],
])('%s %s is open to everyone', async (method, path) => {
  const { as } = await setUpWithTokens();
  expect((await as(null, method, path)).status).toBe(200);
});

test('a token in the query or as a password of another scheme is none', async () => {
  const { app } = await setUpWithTokens();
  const basic = Buffer.from(`x:${secrets.admin}`).toString('base64');
  expect((await app.request(`/api/v1/list?token=${secrets.admin}`)).status).toBe(401);
  expect((await app.request('/api/v1/list', { headers: { authorization: `Basic ${basic}` } })).status).toBe(
    401,
  );
});

test('a refusal has the shape of its version', async () => {
  const { as } = await setUpWithTokens();
  expect(await (await as(null, 'GET', '/api/v1/list')).json()).toMatchObject({
    code: 3,
    msg: expect.stringContaining('Authorization'),
  });
  const v2 = await as(null, 'GET', '/api/v2/backups');
  expect(v2.headers.get('content-type')).toBe('application/problem+json');
  expect(await v2.json()).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
});

describe('the audit log', () => {
  const lines = ({ log }: SetUp) =>
    log.filter(({ message }) => message === 'call').map(({ fields }) => fields);

  test('says who did what and what came of it, once per call', async () => {
    const api = await setUpWithTokens();
    await api.as(secrets.read, 'GET', '/api/v1/list', { request_id: 'r1' });
    await api.as(secrets.admin, 'DELETE', '/api/v1/delete?backup_name=gone', { request_id: 'r2' });
    await api.as(secrets.read, 'DELETE', '/api/v1/delete?backup_name=b', { request_id: 'r3' });
    await api.as(null, 'GET', '/api/v1/list', { request_id: 'r4' });
    await api.as(null, 'GET', '/', { request_id: 'r5' });
    expect(lines(api)).toMatchObject([
      {
        requestId: 'r1',
        caller: 'reader',
        role: 'read',
        method: 'GET',
        path: '/api/v1/list',
        result: 'success',
      },
      { requestId: 'r2', caller: 'adminer', backup_name: 'gone', status: 200, result: 'fail' },
      { requestId: 'r3', caller: 'reader', status: 403, result: 'refused' },
      { requestId: 'r4', caller: 'unknown', status: 401, result: 'refused' },
    ]);
  });

  test('and every other line are free of tokens', async () => {
    const api = await setUpWithTokens();
    await api.as(secrets.admin, 'POST', `/api/v1/create?token=${secrets.admin}`);
    await api.as(secrets.admin, 'GET', `/api/v1/get_backup?backup_name=x&access_token=${secrets.operate}`);
    await api.as(`${secrets.read}x`, 'GET', '/api/v1/list');
    expect(lines(api)).toHaveLength(3);
    expect(JSON.stringify(api.log)).not.toContain('planted');
  });
});

describe('a web page', () => {
  test.each([
    [{ origin: 'http://evil.example', host: 'localhost:8080' }],
    [{ origin: 'null', host: 'localhost:8080' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
  ])('of another site is refused: %j', async (headers) => {
    const { app, service } = await setUp();
    const reply = await app.request('/api/v1/create', { method: 'POST', headers, body: '{}' });
    expect(reply.status).toBe(403);
    expect((await app.request('/api/v1/check', { headers })).status).toBe(403);
    expect((await app.request('/api/v1/create', { method: 'OPTIONS', headers })).status).toBe(403);
    expect(service.created).toEqual([]);
  });

  test('of our own must send JSON', async () => {
    const { app } = await setUp();
    const headers = {
      origin: 'http://localhost:8080',
      host: 'localhost:8080',
      'sec-fetch-site': 'same-origin',
    };
    const send = (type: string) =>
      app.request('/api/v1/create', {
        method: 'POST',
        headers: { ...headers, 'content-type': type },
        body: '{}',
      });
    expect((await send('text/plain')).status).toBe(403);
    expect((await send('application/json; charset=utf-8')).status).toBe(200);
  });

  test('of our own may send no body where none is needed', async () => {
    const { app } = await setUp();
    const headers = {
      origin: 'http://localhost:8080',
      host: 'localhost:8080',
      'sec-fetch-site': 'same-origin',
    };
    const send = (path: string, more: Record<string, string> = {}) =>
      app.request(path, { method: 'POST', headers: { ...headers, ...more } });
    for (const path of ['/api/v2/jobs/none/cancel', '/api/v2/check', '/api/v1/cancel?id=none']) {
      expect((await send(path)).status, path).not.toBe(403);
      expect((await send(path, { 'content-length': '0' })).status, path).not.toBe(403);
    }
    expect((await send('/api/v1/cancel?id=none', { 'transfer-encoding': 'chunked' })).status).toBe(403);
    expect((await send('/api/v1/cancel?id=none', { 'content-length': '2' })).status).toBe(403);
    expect((await send('/api/v1/cancel?id=none', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });

  test('may link to the documentation', async () => {
    const { app } = await setUp();
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect((await app.request('/api/v1/docs/index.html', { headers })).status).toBe(200);
    expect((await app.request('/api/v1/list', { headers })).status).toBe(403);
  });

  test('of an allowed origin may call, and is told so before', async () => {
    const { as } = await setUpWithTokens(['server.corsOrigins=https://console.example']);
    const headers = { origin: 'https://console.example', 'sec-fetch-site': 'cross-site' };
    const before = await as(null, 'OPTIONS', '/api/v1/list', {
      ...headers,
      'access-control-request-method': 'GET',
    });
    expect(before.status).toBe(204);
    expect(before.headers.get('access-control-allow-origin')).toBe('https://console.example');
    expect((await as(secrets.read, 'GET', '/api/v1/list', headers)).status).toBe(200);
    expect((await as(null, 'GET', '/api/v1/list', headers)).status).toBe(401);
    const other = await as(secrets.read, 'GET', '/api/v1/list', { origin: 'https://evil.example' });
    expect([other.status, other.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });
});

test('every reply has the security headers, and the page a policy of its own', async () => {
  const { app } = await setUp();
  for (const path of ['/', '/api/v1/list', '/nowhere', '/api/v1/docs/index.html']) {
    const { headers } = await app.request(path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('content-security-policy')).not.toContain("script-src 'unsafe");
  }
  expect((await app.request('/api/v1/list')).headers.get('cache-control')).toBe('no-store');
});
