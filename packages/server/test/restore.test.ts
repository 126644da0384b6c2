import { BackupError } from '@milvus-backup/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeView } from './service-double.js';
import { addBackup, type SetUp, setUp } from './set-up.js';

const path = '/api/v1/restore';
const plan = 'server: create restore plan: restore: ';
let api: SetUp;

beforeEach(async () => {
  api = await setUp();
  await addBackup(api, 'b1', 'i1');
});

const send = (body: object, headers: Record<string, string> = { request_id: 'rq' }): Promise<unknown> =>
  api.post(path, { backup_name: 'b1', ...body }, headers);
const taken = async (body: object) => {
  expect(await send(body)).toMatchObject({ data: { state_code: 2 } });
  return api.service.restored[0];
};

describe('replies', () => {
  test('async answers at once', async () => {
    const reply = await api.app.request(path, {
      method: 'POST',
      body: '{"requestId":"rq","backup_name":"b1","async":true,"id":"my_restore_1","collection_suffix":"_recover"}',
    });
    expect(await reply.text()).toBe(
      '{"requestId":"rq","msg":"restore backup is executing asynchronously","data":{"id":"my_restore_1",' +
        '"state_code":0,"start_time":1795331274,"end_time":-62135596800,"progress":1}}',
    );
  });

  test('sync waits', async () => {
    expect(await send({})).toEqual({
      requestId: 'rq',
      msg: 'success',
      data: {
        id: 'restore_2026_11_22_07_08_58_980267042',
        state_code: 2,
        start_time: 1795331274,
        end_time: 1795331274,
        progress: 100,
      },
    });
  });

  test('the header id wins over that of the body', async () => {
    expect(await send({ requestId: 'body' })).toMatchObject({ requestId: 'rq' });
    expect(await send({ requestId: 'body' }, {})).toMatchObject({ requestId: 'body' });
  });

  test('an existing target is told in the words of the Go tool', async () => {
    const message = 'collection already exist, database default collection c';
    api.service.failNext = new BackupError({ code: 'TARGET_EXISTS', message });
    expect(await send({})).toEqual({
      requestId: 'rq',
      code: 3,
      msg: `restore: execute restore: check collection exist restore: ${message}`,
      data: null,
    });
  });
});

describe('refusals, in the order of the Go tool', () => {
  const everything = {
    backup_name: 'nosuch',
    restorePlan: {},
    collection_suffix: '-recover',
    collection_renames: { a: 'db.b' },
    dropExistCollection: true,
    skipCreateCollection: true,
  };
  const bad = 'only alphanumeric characters and underscores are allowed in collection suffix';
  test.each([
    [{ ...everything, backup_name: '' }, 400, 'backup name is required'],
    [everything, 400, 'restore plan and collection suffix cannot be set at the same time'],
    [
      { ...everything, collection_suffix: '' },
      400,
      'restore plan and collection renames cannot be set at the same time',
    ],
    [{ ...everything, restorePlan: null }, 400, bad],
    [
      { ...everything, restorePlan: null, collection_suffix: '_x' },
      400,
      'drop_exist_collection and skip_create_collection cannot be true at the same time',
    ],
    [{ backup_name: 'nosuch', collection_renames: { a: 'db.b' } }, 400, 'backup nosuch not found'],
    [{ backup_name: 'nosuch' }, 400, 'backup nosuch not found'],
    [
      { collection_renames: { a: 'db.b' } },
      3,
      `${plan}create coll mapper: restore: create map renamer filter: invalid mapper rule: a -> db.b`,
    ],
    [{ collection_names: ['a.b.c'] }, 3, `${plan}parse namespace a.b.c: namespace format is invalid`],
    [
      { restorePlan: { mapping: [{}] } },
      3,
      `${plan}create db mapper: restore: source database name is empty`,
    ],
    [
      { restorePlan: { mapping: [{ source: 'a' }] } },
      3,
      `${plan}create db mapper: restore: target database name is empty`,
    ],
    [{ backup_name: '../x' }, 400, 'backup name should not be a path'],
  ])('%j', async (body, code, msg) => {
    expect(await send(body)).toEqual({ requestId: 'rq', code, msg, data: null });
    expect(api.service.restored).toEqual([]);
  });

  test('the id of a run cannot be a path', async () => {
    expect(await send({ id: '../x' })).toMatchObject({ code: 400, data: null });
  });
});

describe('what is restored', () => {
  const names = (database: string, ...collections: string[]) => ({
    databases: new Map([[database, new Set(collections)]]),
  });

  test('everything, when nothing is said', async () => {
    const request = await taken({});
    expect(request).toMatchObject({ name: 'b1' });
    expect(
      request?.sourceFilter ?? request?.targetFilter ?? request?.plan ?? request?.rename,
    ).toBeUndefined();
  });

  test('collection_names with a suffix', async () => {
    const request = await taken({ collection_names: ['c1'], collection_suffix: '_recover' });
    expect(request).toMatchObject({ sourceFilter: names('default', 'c1'), suffix: '_recover' });
  });

  test('an empty suffix and no names are as good as none', async () => {
    const request = await taken({ collection_names: [], collection_suffix: '' });
    expect(request?.suffix ?? request?.sourceFilter).toBeUndefined();
  });

  test('db_collections over collection_names', async () => {
    const request = await taken({ db_collections: '{"db1":["c"]}', collection_names: ['x'] });
    expect(request?.sourceFilter).toEqual(names('db1', 'c'));
  });

  test('by names after renaming', async () => {
    const request = await taken({ db_collections_after_rename: { db2: ['c'] } });
    expect(request?.targetFilter).toEqual(names('db2', 'c'));
  });

  test('renames over a suffix', async () => {
    const request = await taken({ collection_renames: { c1: 'c2' }, collection_suffix: '_x' });
    expect(request?.suffix).toBeUndefined();
    expect(request?.rename?.collections.get('default.c1')).toEqual({ database: 'default', collection: 'c2' });
  });

  test('a plan with its filter', async () => {
    const colls = [{ source: 'a', target: 'b', override: { shardNum: 2, description: 'd' } }];
    const request = await taken({
      RESTOREPLAN: {
        mapping: [{ source: 'db1', target: 'db2', withProp: true, Colls: colls }],
        filter: { db2: { colls: ['b'] } },
      },
    });
    expect(request?.plan).toEqual([
      {
        source: 'db1',
        target: 'db2',
        withProperties: true,
        collections: [{ source: 'a', target: 'b', shardNum: 2, description: 'd' }],
      },
    ]);
    expect(request?.targetFilter).toEqual(names('db2', 'b'));
  });

  test.each([
    ['without a filter', {}],
    ['with an empty filter', { filter: {} }],
  ])('a plan %s chooses nothing, which core refuses', async (_what, filter) => {
    const restorePlan = { mapping: [{ source: 'db1', target: 'db2' }], ...filter };
    const request = await taken({ restorePlan });
    expect(request?.targetFilter).toEqual({ databases: new Map() });
    expect(request?.compat).toBeUndefined();
    const message = 'nothing would be restored: restorePlan has no filter, or an empty one';
    api.service.failNext = new BackupError({ code: 'INVALID_ARGUMENT', message, remedy: 'name something' });
    expect(await send({ restorePlan })).toMatchObject({ code: 400, msg: `${message}; name something` });
  });

  test('without what the Go tool does not restore', async () => {
    const flags = { skipProperties: true, skipAliases: true, skipLoad: true, compat: true };
    expect(await taken(flags)).toMatchObject(flags);
  });

  test('with every option', async () => {
    const flags = {
      metaOnly: true,
      useAutoIndex: true,
      dropExistCollection: true,
      dropExistIndex: true,
      rbac: true,
    };
    const skipParams = { collectionProperties: ['ttl'], indexParams: [] };
    const request = await taken({
      ...flags,
      skipParams,
      restoreIndex: true,
      maxShardNum: 2,
      bucket_name: 'other',
      path: 'root',
      useV2Restore: true,
      truncateBinlogByTs: true,
      ezkMapping: { old: 'new' },
      allowOlderMilvus: true,
      skipImportDiskQuotaCheck: true,
    });
    expect(request).toMatchObject({
      ...flags,
      useV2Restore: true,
      truncateBinlogByTs: true,
      ezkMapping: { old: 'new' },
      allowOlderMilvus: true,
      skipParams,
      rebuildIndex: true,
      maxShardNum: 2,
      bucketName: 'other',
      rootPath: 'root',
    });
  });
});

test('false, which clients of the Go tool send for nothing, leaves the choice to the version', async () => {
  const request = await taken({ useV2Restore: false, truncateBinlogByTs: false, ezkMapping: {} });
  expect(request?.useV2Restore).toBeUndefined();
  expect(request?.truncateBinlogByTs).toBeUndefined();
  expect(request?.ezkMapping).toBeUndefined();
});

describe('get_restore', () => {
  const ask = async (query: string): Promise<string> =>
    (await api.app.request(`/api/v1/get_restore${query}`, { headers: { request_id: 'r' } })).text();

  test('wants an id', async () => {
    expect(await ask('')).toBe('{"requestId":"r","code":3,"msg":"empty restore id","data":null}');
  });

  test('of an unknown one', async () => {
    expect(await ask('?id=nosuch')).toBe('{"requestId":"r","code":3,"msg":"task not found","data":null}');
  });

  test('of a failed one, with its collections', async () => {
    const error = new BackupError({ code: 'IMPORT_FAILED', message: 'restore: import failed' });
    const times = { startedAt: 1_795_331_337_000, endedAt: 1_795_331_338_999 };
    const one = {
      database: 'default',
      collection: 'parts_x',
      state: 'initial',
      percent: 0,
      rows: 0,
      error: '',
    } as const;
    api.service.runs.set('my_restore_1', {
      ...makeView({ id: 'my_restore_1', kind: 'restore', state: 'fail' }),
      ...times,
      error,
      collections: [{ ...one, startedAt: times.startedAt, endedAt: 0 }],
    });
    expect(await ask('?id=my_restore_1')).toBe(
      '{"requestId":"r","msg":"success","data":{"id":"my_restore_1","state_code":3,"errorMessage":"restore: import failed",' +
        '"start_time":1795331337,"end_time":1795331338,"progress":1,"collection_restore_tasks":[{"state_code":0,' +
        '"start_time":1795331337,"end_time":-62135596800,"progress":1,"target_db_name":"default",' +
        '"target_collection_name":"parts_x"}]}}',
    );
  });
});

describe('restore_secondary', () => {
  const all = { backup_name: 'b1', sourceClusterID: 's', targetClusterID: 't' };
  const send = (body: object) => api.post('/api/v1/restore_secondary', { requestId: 'r', ...body });

  test.each([
    [{}, 'backup name is required'],
    [{ backup_name: 'b1' }, 'source cluster id is required'],
    [{ backup_name: 'b1', sourceClusterID: 's' }, 'target cluster id is required'],
    [{ sourceClusterID: 's', targetClusterID: 't' }, 'backup name is required'],
  ])('refuses %j', async (body, msg) => {
    expect(await send(body)).toEqual({ requestId: 'r', code: 400, msg, data: null });
  });

  test('of an unknown backup tells no id', async () => {
    const reply = await send({ ...all, backup_name: 'nosuch' });
    expect(reply).toEqual({ code: 400, msg: 'backup nosuch not found', data: null });
  });

  test('runs under the id of the request, and is asked for by it', async () => {
    const data = { id: 'r', state_code: 2 };
    expect(await send({ ...all, path: 'other' })).toMatchObject({ requestId: 'r', msg: 'success', data });
    expect(await send({ ...all, requestId: 'r2', async: true })).toMatchObject({
      requestId: 'r2',
      msg: 'restore backup is executing asynchronously',
      data: { id: 'r2', state_code: 0 },
    });
    const asked = { name: 'b1', sourceClusterId: 's', targetClusterId: 't' };
    expect(api.service.restoredSecondary).toEqual([
      { id: 'r', ...asked, rootPath: 'other' },
      { id: 'r2', ...asked },
    ]);
    expect(await api.get('/api/v1/get_restore?id=r')).toMatchObject({ msg: 'success', data: { id: 'r' } });
  });

  test('tells why a backup or a target does not fit', async () => {
    api.service.failNext = new BackupError({
      code: 'SOURCE_INCOMPLETE',
      message: 'backup b1 cannot be restored into a secondary',
      remedy: 'take a new one',
    });
    expect(await send(all)).toMatchObject({
      code: 3,
      msg: 'backup b1 cannot be restored into a secondary; take a new one',
    });
  });
});
