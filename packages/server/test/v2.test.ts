import { BackupError, errorCodes } from '@milvus-backup/core';
import { describe, expect, test } from 'vitest';
import { collectionId } from './make-meta.js';
import { addBackup, type SetUp, setUp } from './set-up.js';

const base = '/api/v2';

async function send(api: SetUp, method: string, path: string, body?: unknown) {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const reply = await api.app.request(base + path, { method, ...(text === undefined ? {} : { body: text }) });
  const read = await reply.text();
  return { status: reply.status, headers: reply.headers, body: read === '' ? null : JSON.parse(read) };
}

describe('backups', () => {
  test('are listed by name, page by page', async () => {
    const api = await setUp();
    for (const name of ['c', 'a', 'b']) await addBackup(api, name, `id-${name}`);
    const first = await send(api, 'GET', '/backups?limit=2');
    expect(first.body.items).toEqual([
      { id: 'id-a', name: 'a', size: 538848, milvusVersion: 'v2.3.5-lite' },
      { id: 'id-b', name: 'b', size: 538848, milvusVersion: 'v2.3.5-lite' },
    ]);
    // What is deleted meanwhile moves nothing
    api.service.backups.delete('b');
    const second = await send(api, 'GET', `/backups?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body).toMatchObject({ items: [{ name: 'c' }], nextCursor: null });
  });

  test('begin as jobs', async () => {
    const api = await setUp();
    const reply = await send(api, 'POST', '/backups', {
      id: 'my.run-1',
      name: 'b1',
      filter: { default: { colls: ['x'] } },
      resume: false,
      keepGoing: true,
      onMissing: 'skip',
    });
    expect([reply.status, reply.headers.get('location')]).toEqual([202, '/api/v2/jobs/my.run-1']);
    expect(reply.body).toMatchObject({
      id: 'my.run-1',
      kind: 'create',
      backup: 'b1',
      state: 'running',
      endedAt: null,
    });
    expect(api.service.created).toEqual([
      {
        id: 'my.run-1',
        name: 'b1',
        filter: { databases: new Map([['default', new Set(['x'])]]) },
        resume: false,
        keepGoing: true,
        onMissing: 'skip',
      },
    ]);
    expect((await send(api, 'POST', '/backups')).status).toBe(202);
  });

  test('are shown whole, ids exact, with the run that made them', async () => {
    const api = await setUp();
    await addBackup(api, 'b1', 'made');
    const { status, body } = await send(api, 'GET', '/backups/b1');
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: 'made', name: 'b1', format: 'binlog', metaSize: 8088, job: null });
    expect(body.collections).toMatchObject([
      { database: 'default', name: 'coll1', id: String(collectionId) },
    ]);
  });

  test('that are not whole are not there, and the job is named', async () => {
    const api = await setUp();
    await send(api, 'POST', '/backups', { id: 'run', name: 'b1' });
    expect(await send(api, 'GET', '/backups/b1')).toMatchObject({
      status: 404,
      body: { code: 'BACKUP_NOT_FOUND', details: { job: 'run' } },
    });
  });

  test('go as jobs', async () => {
    const api = await setUp();
    await addBackup(api, 'b1', 'made');
    const reply = await send(api, 'DELETE', '/backups/b1');
    expect(reply).toMatchObject({ status: 202, body: { kind: 'delete', backup: 'b1' } });
    expect(reply.headers.get('location')).toBe(`/api/v2/jobs/${reply.body.id}`);
    expect((await send(api, 'DELETE', '/backups/b1')).status).toBe(404);
  });

  test('are restored as jobs', async () => {
    const api = await setUp();
    await addBackup(api, 'b1', 'made');
    const reply = await send(api, 'POST', '/backups/b1/restores', {
      rename: { 'default.coll1': 'db2.coll2' },
      targetFilter: { db2: {} },
      rebuildIndex: true,
      skipParams: { indexParams: ['x'] },
    });
    expect(reply).toMatchObject({ status: 202, body: { kind: 'restore', state: 'pending' } });
    expect(api.service.restored).toEqual([
      expect.objectContaining({
        name: 'b1',
        rebuildIndex: true,
        skipParams: { indexParams: ['x'] },
        targetFilter: { databases: new Map([['db2', new Set()]]) },
        rename: {
          collections: new Map([['default.coll1', { database: 'db2', collection: 'coll2' }]]),
          databases: new Map(),
        },
      }),
    ]);
    const plan = [{ source: 'default', target: 'db3' }];
    await send(api, 'POST', '/backups/b1/restores', { plan });
    expect(api.service.restored[1]).toMatchObject({ plan: [{ ...plan[0], collections: [] }] });
  });

  test.each([
    [{ plan: [], suffix: '_x' }, /plan and suffix/],
    [{ rename: { a: 'b' }, suffix: '_x' }, /rename and suffix/],
    [{ dropExistCollection: true, skipCreateCollection: true }, /cannot be given together/],
    [{ rename: { a: 'db.*' } }, /rename|rule/],
  ])('refuse %j for a restore', async (body, message) => {
    const api = await setUp();
    await addBackup(api, 'b1', 'made');
    const reply = await send(api, 'POST', '/backups/b1/restores', body);
    expect([reply.status, reply.body.code]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(reply.body.detail).toMatch(message);
  });

  test('are restored into a secondary as jobs', async () => {
    const api = await setUp();
    await addBackup(api, 'b1', 'made');
    const ids = { sourceClusterId: 'east', targetClusterId: 'west' };
    const reply = await send(api, 'POST', '/backups/b1/secondary-restores', { id: 'job-1', ...ids });
    expect(reply).toMatchObject({ status: 202, body: { id: 'job-1', kind: 'restore', backup: 'b1' } });
    expect(api.service.restoredSecondary).toEqual([{ id: 'job-1', name: 'b1', ...ids }]);
    const short = await send(api, 'POST', '/backups/b1/secondary-restores', { sourceClusterId: 'east' });
    expect([short.status, short.body.code]).toEqual([400, 'INVALID_ARGUMENT']);
    expect((await send(api, 'POST', '/backups/no/secondary-restores', ids)).status).toBe(404);
  });

  test('are copied as jobs', async () => {
    const api = await setUp();
    await addBackup(api, 'b1', 'made');
    expect(await send(api, 'POST', '/backups/b1/copies', { to: 'offsite', as: 'b2' })).toMatchObject({
      status: 202,
      body: { kind: 'copy', backup: 'b2', copy: { to: 'offsite' } },
    });
    expect((await send(api, 'POST', '/backups/nosuch/copies', { to: 'offsite' })).status).toBe(404);
  });

  test('are downloaded', async () => {
    const api = await setUp();
    await addBackup(api, 'b1', 'made');
    const reply = await api.app.request(`${base}/backups/b1/archive`);
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/x-tar']);
    expect(await reply.text()).toBe('tar');
    expect((await send(api, 'GET', '/backups/nosuch/archive')).status).toBe(404);
  });

  test.each(['..', '.', 'a%2Fb', '%00', 'a%0Ab', '%ff', '%E0%A4%A', '%'])(
    'of a name like %s are refused',
    async (name) => {
      const api = await setUp();
      for (const [method, path] of [
        ['GET', ''],
        ['DELETE', ''],
        ['GET', '/archive'],
        ['POST', '/restores'],
      ] as const) {
        const reply = await api.app.request(`http://h${base}/backups/${name}${path}`, { method });
        expect(reply.status).toBeGreaterThanOrEqual(400);
        expect(reply.status).toBeLessThan(500);
      }
    },
  );
});

describe('jobs', () => {
  async function withJobs(): Promise<SetUp> {
    const api = await setUp();
    for (const name of ['b1', 'b2', 'b3']) await send(api, 'POST', '/backups', { id: `run-${name}`, name });
    api.service.finish('run-b1', 'success');
    api.service.finish(
      'run-b2',
      'fail',
      new BackupError({ code: 'CANCELLED', message: 'stopped', remedy: 'again' }),
    );
    return api;
  }

  test('are listed, chosen and paged', async () => {
    const api = await withJobs();
    const ids = async (query: string): Promise<string[]> =>
      (await send(api, 'GET', `/jobs${query}`)).body.items.map(({ id }: { id: string }) => id);
    expect(await ids('')).toHaveLength(3);
    expect(await ids('?state=cancelled')).toEqual(['run-b2']);
    expect(await ids('?backup=b1&kind=create')).toEqual(['run-b1']);
    expect(await ids('?kind=restore')).toEqual([]);
    const pages: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await send(api, 'GET', `/jobs?limit=1${cursor && `&cursor=${cursor}`}`);
      pages.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
    }
    expect(pages).toEqual(await ids(''));
  });

  test('tell their failure', async () => {
    const api = await withJobs();
    expect(await send(api, 'GET', '/jobs/run-b2')).toMatchObject({
      status: 200,
      body: {
        state: 'cancelled',
        startedAt: '2026-11-22T07:07:54.000Z',
        error: { code: 'CANCELLED', message: 'stopped', remedy: 'again' },
        warnings: [],
      },
    });
    expect(await send(api, 'GET', '/jobs/nosuch')).toMatchObject({
      status: 404,
      body: { code: 'TASK_NOT_FOUND' },
    });
  });

  test.each([
    ['POST', '/cancel'],
    ['DELETE', ''],
  ])('are cancelled by %s', async (method, path) => {
    const api = await withJobs();
    expect((await send(api, method, `/jobs/run-b3${path}`)).status).toBe(202);
    expect(await send(api, 'GET', '/jobs/run-b3')).toMatchObject({ body: { state: 'cancelled' } });
    expect(await send(api, method, `/jobs/run-b1${path}`)).toMatchObject({
      status: 200,
      body: { state: 'succeeded' },
    });
    expect((await send(api, method, `/jobs/nosuch${path}`)).status).toBe(404);
  });
});

describe('service', () => {
  test('health and version ask nobody', async () => {
    const api = await setUp();
    expect((await send(api, 'GET', '/healthz')).body).toEqual({ status: 'ok' });
    expect((await send(api, 'GET', '/version')).body).toEqual({ version: '1.2.3' });
  });

  test('check is a report', async () => {
    const api = await setUp();
    expect((await send(api, 'POST', '/check')).body).toMatchObject({ ok: true, items: [], plan: null });
    const item = { name: 'milvus.connect', status: 'failed', message: 'no', remedy: 'start it' } as const;
    api.service.report = { ...api.service.report, items: [item] };
    expect(await send(api, 'POST', '/check')).toMatchObject({
      status: 200,
      body: { ok: false, items: [item] },
    });
  });
});

describe('problems', () => {
  test('have all members, and the id of the request', async () => {
    const { app } = await setUp();
    const reply = await app.request(`${base}/backups/nosuch`, { headers: { 'x-request-id': 'mine' } });
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(reply.headers.get('x-request-id')).toBe('mine');
    expect(await reply.json()).toEqual({
      type: 'urn:milvus-backup:problem:backup-not-found',
      title: 'Backup not found',
      status: 404,
      detail: 'backup nosuch not found',
      instance: '/api/v2/backups/nosuch',
      code: 'BACKUP_NOT_FOUND',
      remedy: 'see the list',
      requestId: 'mine',
    });
  });

  test.each(errorCodes)('%s has a status of its own', async (code) => {
    const api = await setUp();
    api.service.failNext = new BackupError({ code, message: 'secret inside', details: { owner: 'host' } });
    const { status, body } = await send(api, 'GET', '/backups');
    expect(status).toBe(body.status);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body.code).toBe(code);
    if (code === 'INTERNAL') expect(JSON.stringify(body)).not.toContain('secret');
    else expect(body).toMatchObject({ detail: 'secret inside', details: { owner: 'host' } });
  });

  test.each([
    ['GET', '/nosuch', 404, null],
    ['GET', '', 404, null],
    ['PUT', '/backups', 405, 'GET, HEAD, POST'],
    ['POST', '/backups/b1', 405, 'GET, HEAD, DELETE'],
    ['PATCH', '/jobs/x', 405, 'GET, HEAD, DELETE'],
  ])('%s %s is %i', async (method, path, status, allow) => {
    const reply = await send(await setUp(), method, path);
    expect([reply.status, reply.headers.get('allow')]).toEqual([status, allow]);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
  });

  test.each([
    [{ nam: 'b' }, '/nam', /did you mean name\?/],
    [{ collection_names: [] }, '/collection_names', /known are id, name/],
    [{ filter: { default: { coll: ['x'] } } }, '/filter/default/coll', /did you mean colls\?/],
    [{ filter: { 'a/b~c': 1 } }, '/filter/a~1b~0c', /object/],
    [{ name: 7 }, '/name', /string/],
    [{ strategy: 'nope' }, '/strategy', /auto/],
    [{ id: 'a/b' }, '/id', /letters/],
    [[], '', /object/],
    ['{bad', '', /JSON/],
  ])('of a body %j name the place %s', async (given, pointer, detail) => {
    const { status, body } = await send(await setUp(), 'POST', '/backups', given);
    expect([status, body.code, body.errors[0].pointer]).toEqual([400, 'INVALID_ARGUMENT', pointer]);
    expect(body.errors[0].detail).toMatch(detail);
  });

  test.each([
    ['?limit=0', '?limit'],
    ['?limit=1001', '?limit'],
    ['?limit=x', '?limit'],
    ['?cursor=%21', '?cursor'],
    ['?lim=1', '?lim'],
    ['?limit=1&limit=2', '?limit'],
  ])('of a query %s name %s', async (query, pointer) => {
    const { status, body } = await send(await setUp(), 'GET', `/backups${query}`);
    expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
  });

  test('are no more than a reader can use', async () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`unknown${at}`, 1]));
    const { body } = await send(await setUp(), 'POST', '/backups', many);
    expect(body.errors).toHaveLength(20);
  });
});
