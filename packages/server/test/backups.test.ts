import { BackupError } from '@milvus-backup/core';
import { describe, expect, test } from 'vitest';
import { startedAt, withPercent } from './service-double.js';
import { addBackup, type SetUp, setUp } from './set-up.js';

const sent = async ({ app }: SetUp, path: string, method = 'GET'): Promise<string> =>
  (await app.request(path, { method, headers: { request_id: 'r' } })).text();

const wholeBackup =
  '"collection_backups":[{"id":"i1","collection_id":470635130682481694,"db_name":"default","collection_name":"coll1",' +
  '"schema":{"name":"coll1"},"shards_num":1,"backup_timestamp":470635130682481699,"size":538848,"has_index":false,' +
  '"load_state":"NotLoad","backup_physical_timestamp":1795331274}],' +
  '"size":538848,"milvus_version":"v2.3.5-lite","database_backups":[{"db_name":"default"}],"meta_size":8088}}';

describe('list', () => {
  test('shows each backup, without msg', async () => {
    const api = await setUp();
    await addBackup(api, 'b1', 'ef1d9247');
    expect(await sent(api, '/api/v1/list')).toBe(
      '{"requestId":"r","data":[{"id":"ef1d9247","name":"b1","size":538848,"milvus_version":"v2.3.5-lite"}]}',
    );
  });

  test('is an empty array when there is none', async () => {
    expect(await sent(await setUp(), '/api/v1/list?collection_name=')).toBe('{"requestId":"r","data":[]}');
  });

  test('by collection is deprecated', async () => {
    expect(await sent(await setUp(), '/api/v1/list?collection_name=c')).toBe(
      '{"requestId":"r","code":400,"msg":"collection_name is deprecated","data":null}',
    );
  });

  test('an id is made when none was sent', async () => {
    expect(await (await setUp()).get('/api/v1/list')).toEqual({ requestId: 'new-1', data: [] });
  });

  test('a failure has its remedy', async () => {
    const api = await setUp();
    api.service.failNext = new BackupError({
      code: 'BUCKET_NOT_FOUND',
      message: 'no bucket x',
      remedy: 'make it',
    });
    expect(await sent(api, '/api/v1/list')).toBe(
      '{"requestId":"r","code":3,"msg":"no bucket x; make it","data":null}',
    );
  });
});

describe('get_backup', () => {
  const path = '/api/v1/get_backup';

  test('wants an id or a name', async () => {
    expect(await sent(await setUp(), `${path}?backup_id=&path=x`)).toBe(
      '{"requestId":"r","code":400,"msg":"server: empty backup name and backup id, please set a backup name or id","data":null}',
    );
  });

  test('of a running backup', async () => {
    const api = await setUp();
    await api.service.startCreate({ id: 'i1', name: 'api_async' });
    const view = api.service.runs.get('i1');
    if (view) api.service.runs.set('i1', withPercent(view, 19.7));
    for (const query of ['backup_id=i1', 'backup_name=api_async', 'backup_id=other&backup_name=api_async']) {
      expect(await sent(api, `${path}?${query}`)).toBe(
        '{"requestId":"r","msg":"success","data":{"id":"i1","state_code":1,"start_time":1795331274,' +
          '"end_time":-62135596800,"progress":19,"name":"api_async","size":0,"meta_size":0}}',
      );
    }
  });

  test('of a backup that this process has made', async () => {
    const api = await setUp();
    await api.service.create({ id: 'i1', name: 'api_sync' });
    for (const query of ['backup_id=i1', 'backup_name=api_sync', 'backup_id=i1&backup_name=api_sync']) {
      expect(await sent(api, `${path}?${query}`)).toBe(
        '{"requestId":"r","msg":"success","data":{"id":"i1","state_code":2,"start_time":1795331274,' +
          `"end_time":1795331274,"progress":100,"name":"api_sync",${wholeBackup}`,
      );
    }
  });

  test('of a backup made before this process began', async () => {
    const api = await setUp();
    await addBackup(api, 'b1', 'i1');
    for (const query of [
      'backup_id=i1',
      'backup_name=b1',
      'backup_id=i1&backup_name=b1',
      'backup_id=x&backup_name=b1',
    ]) {
      expect(await sent(api, `${path}?${query}`)).toBe(
        `{"requestId":"r","msg":"success","data":{"id":"i1","state_code":2,"progress":100,"name":"b1",${wholeBackup}`,
      );
    }
  });

  test('of a failed one', async () => {
    const api = await setUp();
    await api.service.startCreate({ id: 'i1', name: 'b1' });
    const error = new BackupError({ code: 'STORAGE_FULL', message: 'no space', remedy: 'make some' });
    api.service.finish('i1', 'fail', error);
    expect(await sent(api, `${path}?backup_name=b1`)).toBe(
      '{"requestId":"r","msg":"success","data":{"id":"i1","state_code":3,"errorMessage":"no space; make some",' +
        '"start_time":1795331274,"end_time":1795331274,"progress":0,"name":"b1","size":0,"meta_size":0}}',
    );
  });

  test('of one that failed here and was made elsewhere since', async () => {
    const api = await setUp();
    await api.service.startCreate({ id: 'i1', name: 'b1' });
    api.service.finish('i1', 'fail');
    await addBackup(api, 'b1', 'i2');
    expect(await api.get(`${path}?backup_name=b1`)).toMatchObject({ data: { id: 'i2', state_code: 2 } });
    expect(await api.get(`${path}?backup_id=i1`)).toMatchObject({ data: { id: 'i1', state_code: 3 } });
  });

  test.each(['backup_name=nosuch', 'backup_id=nosuch', 'backup_id=nosuch&backup_name=nosuch'])(
    'of an unknown one (%s) is not found',
    async (query) => {
      expect(await (await setUp()).get(`${path}?${query}`)).toMatchObject({
        code: 404,
        msg: expect.stringContaining('not found'),
        data: null,
      });
    },
  );

  test('of one whose files are gone is not found', async () => {
    const api = await setUp();
    await api.service.create({ id: 'i1', name: 'b1' });
    api.service.backups.clear();
    expect(await api.get(`${path}?backup_id=i1`)).toMatchObject({ code: 404, data: null });
  });

  test.each(['..', 'a/b', '.', 'a%00b', 'a%5Cb'])('refuses the name %s', async (name) => {
    const api = await setUp();
    expect(await api.get(`${path}?backup_name=${name}`)).toMatchObject({ code: 400, data: null });
    expect(await api.get(`${path}?backup_name=${name}&download=true`)).toMatchObject({
      code: 400,
      data: null,
    });
  });
});

describe('delete', () => {
  test('has no data', async () => {
    const api = await setUp();
    await addBackup(api, 'b1', 'i1');
    expect(await sent(api, '/api/v1/delete?backup_name=b1', 'DELETE')).toBe(
      '{"requestId":"r","msg":"success"}',
    );
    expect(api.service.deleted).toEqual(['b1']);
  });

  test('wants a name', async () => {
    expect(await sent(await setUp(), '/api/v1/delete', 'DELETE')).toBe(
      '{"requestId":"r","code":400,"msg":"backup name is required"}',
    );
  });

  test('of an unknown one fails, as on the Go tool', async () => {
    const reply = JSON.parse(await sent(await setUp(), '/api/v1/delete?backup_name=nosuch', 'DELETE'));
    expect(reply).toEqual({ requestId: 'r', code: 3, msg: expect.stringContaining('nosuch not found') });
  });

  test.each(['..', 'a/b', '.'])('refuses %s', async (name) => {
    const api = await setUp();
    const reply = JSON.parse(await sent(api, `/api/v1/delete?backup_name=${name}`, 'DELETE'));
    expect(reply).toEqual({ requestId: 'r', code: 400, msg: 'backup name should not be a path' });
  });

  test('a failure of the store has no data either', async () => {
    const api = await setUp();
    api.service.failNext = new BackupError({ code: 'STORAGE_AUTH', message: 'denied' });
    expect(await sent(api, '/api/v1/delete?backup_name=b1', 'DELETE')).toBe(
      '{"requestId":"r","code":3,"msg":"denied"}',
    );
  });
});

test('times are whole seconds', () => {
  expect(startedAt % 1000).toBe(0);
});
