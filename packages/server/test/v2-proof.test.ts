import { describe, expect, test } from 'vitest';
import { startedAt } from './service-double.js';
import { addBackup, type SetUp, setUp } from './set-up.js';

async function send(api: SetUp, method: string, path: string, body?: object) {
  const reply = await api.app.request(`/api/v2${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: reply.status,
    location: reply.headers.get('location'),
    body: JSON.parse(await reply.text()),
  };
}

describe('proofs of a backup', () => {
  test.each([
    ['verifications', 'verify', { level: 'decode', subset: '5%', seed: 'x', from: 'offsite' }],
    ['verifications', 'verify', undefined],
    ['drills', 'drill', { into: 'scratch', sample: '3', seed: 'x', keep: true }],
    ['drills', 'drill', {}],
  ])('POST /%s begins a job %s with %j', async (path, kind, body) => {
    const api = await setUp();
    await addBackup(api, 'b1', 'made');
    const reply = await send(api, 'POST', `/backups/b1/${path}`, body);
    expect(reply).toMatchObject({ status: 202, body: { kind, backup: 'b1', state: 'running' } });
    expect(reply.location).toBe(`/api/v2/jobs/${reply.body.id}`);
    expect(api.service.proofs).toEqual([{ kind, name: 'b1', ...body }]);
    expect((await send(api, 'POST', `/jobs/${reply.body.id}/cancel`)).status).toBe(202);
    expect((await send(api, 'GET', `/jobs/${reply.body.id}`)).body).toMatchObject({ state: 'cancelled' });
  });

  test.each([
    ['/backups/b1/verifications', { level: 'all' }, '/level'],
    ['/backups/b1/drills', { milvus: { address: 'x' } }, '/milvus'],
    ['/backups/b1/drills', { id: '../x' }, '/id'],
    ['/backups/b1/migrations', {}, '/clusterId'],
    ['/backups/b1/compactions', { force: true }, '/force'],
    ['/cleanup', { stores: [] }, '/stores'],
    ['/cleanup', { olderThanSeconds: -1 }, '/olderThanSeconds'],
  ])('POST %s refuses %j', async (path, body, pointer) => {
    const api = await setUp();
    await addBackup(api, 'b1', 'made');
    const reply = await send(api, 'POST', path, body);
    expect([reply.status, reply.body.errors[0].pointer]).toEqual([400, pointer]);
  });

  test.each(['verifications', 'drills', 'migrations', 'compactions'])(
    'POST /%s of an unknown backup is 404',
    async (path) => {
      const api = await setUp();
      const reply = await send(
        api,
        'POST',
        `/backups/nosuch/${path}`,
        path === 'migrations' ? { clusterId: 'c' } : {},
      );
      expect([reply.status, reply.body.code]).toEqual([404, 'BACKUP_NOT_FOUND']);
    },
  );
});

test('what a proof came to is told with its job', async () => {
  const api = await setUp();
  await addBackup(api, 'b1', 'made');
  const { body } = await send(api, 'POST', '/backups/b1/drills', { id: 'd1' });
  const view = api.service.runs.get(body.id);
  if (!view) throw new Error('no run');
  const drill = {
    id: 'd1',
    name: 'b1',
    at: startedAt,
    proven: true,
    collections: 1,
    collectionsTotal: 2,
    rows: 3,
    milvusVersion: 'v2.3.5',
    error: '',
    database: 'scratch',
    kept: false,
    compared: ['default.books'],
  };
  api.service.runs.set('d1', { ...view, state: 'success', endedAt: startedAt, drill });
  expect((await send(api, 'GET', '/jobs/d1')).body.drill).toEqual({
    provenAt: '2026-11-22T07:07:54.000Z',
    collections: 1,
    collectionsTotal: 2,
    compared: ['default.books'],
    rows: 3,
    milvusVersion: 'v2.3.5',
    database: 'scratch',
    kept: false,
  });
});

test('a clean-up is a job of no backup', async () => {
  const api = await setUp();
  const request = { apply: true, olderThanSeconds: 90, stores: ['all'] };
  const { status, body } = await send(api, 'POST', '/cleanup', request);
  expect([status, body.kind, body.backup]).toEqual([202, 'cleanup', '']);
  expect(api.service.proofs).toEqual([{ kind: 'cleanup', apply: true, olderThan: 90_000, stores: ['all'] }]);
});

test('a migration is a job that names its cluster', async () => {
  const api = await setUp();
  await addBackup(api, 'b1', 'made');
  const { status, body } = await send(api, 'POST', '/backups/b1/migrations', { clusterId: 'in01-1' });
  expect(status).toBe(202);
  expect(body).toMatchObject({ kind: 'migrate', migrate: { clusterId: 'in01-1', phase: 'uploading' } });
});

test.each([
  [{}, 'b1_l0compacted'],
  [{ output: 'flat' }, 'flat'],
])('a compaction with %j is a job on the new backup', async (body, backup) => {
  const api = await setUp();
  await addBackup(api, 'b1', 'made');
  const reply = await send(api, 'POST', '/backups/b1/compactions', body);
  expect([reply.status, reply.body.kind, reply.body.backup]).toEqual([202, 'l0compact', backup]);
});

test('GET /backups?all=true tells what every folder is', async () => {
  const api = await setUp();
  await addBackup(api, 'b1', 'made');
  const { body } = await send(api, 'GET', '/backups?all=true');
  expect(body.items).toEqual([
    {
      id: '',
      name: 'b1',
      size: 5,
      milvusVersion: '',
      state: 'interrupted',
      reason: 'its process ended',
      objects: 1,
      changedAt: '2026-11-22T07:07:54.000Z',
      provenAt: '2026-11-22T07:07:54.000Z',
      run: null,
      restores: [],
    },
  ]);
  expect((await send(api, 'GET', '/backups?all=false')).body.items[0]).not.toHaveProperty('state');
  expect((await send(api, 'GET', '/backups?all=1')).body.errors[0].pointer).toBe('?all');
});

test('a restore takes what the command line takes', async () => {
  const api = await setUp();
  await addBackup(api, 'b1', 'made');
  const options = {
    prove: 'full',
    useV2Restore: false,
    truncateBinlogByTs: true,
    ezkMapping: { old: 'new' },
    allowOlderMilvus: true,
  };
  expect((await send(api, 'POST', '/backups/b1/restores', options)).status).toBe(202);
  expect(api.service.restored).toMatchObject([options]);
});
