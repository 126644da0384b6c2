import { BackupError } from '@milvus-backup/core';
import { describe, expect, test } from 'vitest';
import { addBackup, setUp } from './set-up.js';

const path = '/api/v1/create';
const buildFilter = 'server: build option: server: build filter: ';

test('async answers at once with the id of the header', async () => {
  const api = await setUp();
  const reply = await api.post(path, { async: true, backup_name: 'b1' }, { request_id: 'af27' });
  expect(reply).toEqual({ requestId: 'af27', msg: 'create backup is executing asynchronously', data: null });
  expect(api.service.created[0]).toMatchObject({ id: 'af27', name: 'b1', strategy: 'auto' });
});

test('sync waits and answers with the id and what get_backup says', async () => {
  const api = await setUp();
  const reply = await api.app.request(path, {
    method: 'POST',
    body: '{"backup_name":"api_sync"}',
    headers: { request_id: 'hdr-id' },
  });
  const text = await reply.text();
  expect(text).toContain('{"requestId":"hdr-id","msg":"success","data":{"id":"hdr-id","state_code":2,');
  const shown = await api.app.request('/api/v1/get_backup?backup_name=api_sync', {
    headers: { request_id: 'hdr-id' },
  });
  expect(await shown.text()).toBe(text);
});

test.each([
  [{ header: 'h', body: 'b' }, 'h'],
  [{ body: 'b' }, 'b'],
  [{}, 'new-1'],
])('request ids %j give %s', async ({ header, body }: { header?: string; body?: string }, id) => {
  const api = await setUp();
  const headers = header === undefined ? {} : { request_id: header };
  const reply = await api.post(path, { backup_name: 'b1', async: true, requestId: body }, headers);
  expect(reply).toMatchObject({ requestId: id });
  expect(api.service.created[0]?.id).toBe(id);
});

test.each(['a/b', '..', 'a\\b', 'x'.repeat(257)])(
  'the id %j, which could not name a run, is refused',
  async (id) => {
    const api = await setUp();
    expect(await api.post(path, { backup_name: 'b1' }, { request_id: id })).toMatchObject({
      code: 400,
      data: null,
    });
    expect(api.service.created).toEqual([]);
  },
);

test.each([
  ['my backup', 'backup name should not contain whitespace'],
  ['a'.repeat(129), 'backup name length should not exceed 128'],
  ['1a', 'backup name should start with an underscore or letter'],
  ['../x', 'backup name should start with an underscore or letter'],
  ['my-b', 'backup name should only contain numbers, letters and underscores'],
])('the name %j is refused', async (name, msg) => {
  const api = await setUp();
  const reply = await api.post(path, { backup_name: name }, { request_id: 'r' });
  expect(reply).toEqual({ requestId: 'r', code: 400, msg, data: null });
  expect(api.service.created).toEqual([]);
});

test.each(['{}', 'null', '{"backup_name":""}', '{"backup_name":null}'])('%s gets a name', async (body) => {
  const api = await setUp();
  expect(await api.post(path, body)).toMatchObject({
    msg: 'success',
    data: { name: expect.stringMatching(/^backup_/) },
  });
});

describe('what is backed up', () => {
  const all = (...databases: string[]) => new Map(databases.map((name) => [name, 'all']));
  test.each([
    ['nothing said', {}, undefined],
    [
      'filter',
      { filter: { db1: { colls: ['*'] }, db2: {} } },
      new Map<string, unknown>([
        ['db1', 'all'],
        ['db2', new Set()],
      ]),
    ],
    ['an empty filter', { filter: {}, collection_names: ['c'] }, new Map()],
    ['filter first', { filter: { db1: { colls: ['*'] } }, db_collections: { db2: [] } }, all('db1')],
    ['db_collections second', { db_collections: { db2: [] }, collection_names: ['c'] }, all('db2')],
    ['db_collections as text', { db_collections: '{"db2":[]}' }, all('db2')],
    [
      'names last',
      { collection_names: ['c1', 'db2.c2'] },
      new Map([
        ['default', new Set(['c1'])],
        ['db2', new Set(['c2'])],
      ]),
    ],
    ['no names', { collection_names: [] }, undefined],
  ])('%s', async (_, body, databases) => {
    const api = await setUp();
    await api.post(path, { backup_name: 'b1', ...body });
    expect(api.service.created[0]?.filter?.databases).toEqual(databases);
  });

  test('an empty filter is handed on, with the wish to have it taken as it was', async () => {
    const api = await setUp();
    await api.post(path, { backup_name: 'b1', filter: {}, compat: true });
    expect(api.service.created[0]).toMatchObject({ filter: { databases: new Map() }, compat: true });
  });
});

test.each([
  [{}, 'auto'],
  [{ strategy: 'bulk_flush', force: true }, 'bulk_flush'],
  [{ force: true, meta_only: true }, 'skip_flush'],
  [{ meta_only: true }, 'meta_only'],
])('%j is the strategy %s', async (body, strategy) => {
  const api = await setUp();
  await api.post(path, { backup_name: 'b1', ...body });
  expect(api.service.created[0]?.strategy).toBe(strategy);
});

test('the other options reach the service', async () => {
  const api = await setUp();
  const body = {
    gc_pause_enable: true,
    gc_pause_address: 'http://m:9091',
    rbac: true,
    with_index_extra: true,
    backup_root_path: 'elsewhere',
  };
  await api.post(path, { backup_name: 'b1', gc_pause_seconds: 5, ...body });
  expect(api.service.created[0]).toMatchObject({
    pauseGC: true,
    managementEndpoint: 'http://m:9091',
    rbac: true,
    indexExtra: true,
    rootPath: 'elsewhere',
  });
});

test.each([
  [{ strategy: 'nope' }, 'server: build option: server: build strategy: backup: invalid strategy nope'],
  [{ collection_names: ['a.b.c'] }, `${buildFilter}server: invalid collection name a.b.c`],
])('%j is refused in the words of the Go tool', async (body, msg) => {
  const api = await setUp();
  const reply = await api.post(path, { backup_name: 'b1', ...body }, { request_id: 'r' });
  expect(reply).toEqual({ requestId: 'r', code: 3, msg, data: null });
});

test('a format that nobody knows is refused, the others are handed on', async () => {
  const api = await setUp();
  expect(await api.post(path, { backup_name: 'b1', format: 'tape' })).toMatchObject({
    code: 3,
    msg: expect.stringContaining('invalid format "tape"'),
    data: null,
  });
  for (const format of ['auto', 'binlog', 'snapshot']) {
    await api.post(path, { backup_name: `of_${format}`, format, async: true });
    expect(api.service.created.at(-1)).toMatchObject({ format });
  }
});

test.each([true, false])('a name in use is refused, async %s', async (async) => {
  const api = await setUp();
  await api.post(path, { backup_name: 'b1', async: true }, { request_id: 'r-dup' });
  expect(await api.post(path, { backup_name: 'b1', async }, { request_id: 'r2' })).toEqual({
    requestId: 'r2',
    code: 3,
    msg: 'backup: add backup task to manager: b1 (existing task r-dup)',
    data: null,
  });
  api.service.finish('r-dup', 'success');
  expect(await api.post(path, { backup_name: 'b1', async }, { request_id: 'r3' })).toEqual({
    requestId: 'r3',
    code: 3,
    msg: 'backup: backup with name b1 already exist',
    data: null,
  });
});

test('a name is free again after delete', async () => {
  const api = await setUp();
  await addBackup(api, 'b1', 'i1');
  await api.app.request('/api/v1/delete?backup_name=b1', { method: 'DELETE' });
  expect(await api.post(path, { backup_name: 'b1' })).toMatchObject({ msg: 'success' });
});

test('an unknown collection is told in the words of the Go tool', async () => {
  const api = await setUp();
  const message = 'filter collection db1.c not found in milvus';
  api.service.failNext = new BackupError({ code: 'COLLECTION_NOT_FOUND', message, remedy: 'correct it' });
  expect(await api.post(path, { backup_name: 'b1', collection_names: ['db1.c'] })).toMatchObject({
    code: 3,
    msg: `backup: list db and collection: backup: ${message}`,
  });
});

test('any other failure says what to do', async () => {
  const api = await setUp();
  const init = { message: 'cannot reach milvus at x:19530', remedy: 'set milvus.address' };
  api.service.failNext = new BackupError({ code: 'MILVUS_UNREACHABLE', ...init });
  expect(await api.post(path, { backup_name: 'b1' }, { request_id: 'r' })).toEqual({
    requestId: 'r',
    code: 3,
    msg: 'cannot reach milvus at x:19530; set milvus.address',
    data: null,
  });
});

test('a failure nobody foresaw is a reply too, and an error in the log', async () => {
  const api = await setUp();
  api.service.gate = () => Promise.reject(new TypeError('boom'));
  expect(await api.post(path, { backup_name: 'b1' }, { request_id: 'r' })).toEqual({
    requestId: 'r',
    code: 3,
    msg: 'boom',
    data: null,
  });
  expect(api.log.some((line) => line.level === 'error')).toBe(true);
});
