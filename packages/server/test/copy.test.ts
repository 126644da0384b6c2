import { BackupError } from '@milvus-backup/core';
import { expect, test } from 'vitest';
import { addBackup, type SetUp, setUp } from './set-up.js';

const path = '/api/v1/copy';

async function withBackup(): Promise<SetUp> {
  const api = await setUp();
  await addBackup(api, 'b1', 'made');
  return api;
}

test('sync waits and tells what was copied', async () => {
  const api = await withBackup();
  const reply = await api.post(path, { backup_name: 'b1', to: 'offsite', as: 'b2' }, { request_id: 'r1' });
  expect(reply).toMatchObject({
    requestId: 'r1',
    msg: 'success',
    data: {
      id: 'r1',
      state_code: 2,
      progress: 100,
      backup_name: 'b1',
      copy_name: 'b2',
      from: 'backup',
      to: 'offsite',
      objects_copied: 3,
      objects_kept: 1,
      nothing_to_do: false,
    },
  });
  expect(api.service.copied).toEqual([{ id: 'r1', name: 'b1', from: undefined, to: 'offsite', as: 'b2' }]);
});

test('async answers at once, and get_copy tells the rest', async () => {
  const api = await withBackup();
  const body = { backup_name: 'b1', to: 'offsite', id: 'c1', async: true };
  expect(await api.post(path, body)).toMatchObject({
    msg: 'copy backup is executing asynchronously',
    data: { id: 'c1', state_code: 1 },
  });
  expect(await api.get('/api/v1/get_copy?id=c1')).toMatchObject({ data: { id: 'c1', state_code: 1 } });
  api.service.finish(
    'c1',
    'fail',
    new BackupError({ code: 'STORAGE_FULL', message: 'no room', remedy: 'x' }),
  );
  expect(await api.get('/api/v1/get_copy?id=c1')).toMatchObject({
    data: { state_code: 3, errorMessage: 'no room; x' },
  });
  expect(await api.get('/api/v1/get_copy?id=c2')).toMatchObject({ code: 3, msg: 'task not found' });
  expect(await api.get('/api/v1/get_copy')).toMatchObject({ code: 3, msg: 'empty copy id' });
});

test.each([
  [{ to: 'offsite' }, 400, 'backup name is required'],
  [{ backup_name: 'b1' }, 400, 'to is required: name the store to copy to'],
  [{ backup_name: '../b1', to: 'offsite' }, 400, 'backup name should not be a path'],
  [{ backup_name: 'nosuch', to: 'offsite' }, 404, 'backup nosuch not found; see the list'],
  [{ backup_name: 'b1', to: 'offsite', id: 'a/b' }, 400, expect.any(String)],
])('%j is refused', async (body, code, msg) => {
  const api = await withBackup();
  expect(await api.post(path, body)).toMatchObject({ code, msg, data: null });
  expect(api.service.copied).toEqual([]);
});

test('a store can only be named, not described', async () => {
  const api = await withBackup();
  const to = { provider: 's3', address: 'evil', auth: { accessKeyID: 'a', secretAccessKey: 'b' } };
  const reply = await api.app.request(path, {
    method: 'POST',
    body: JSON.stringify({ backup_name: 'b1', to }),
  });
  expect(reply.status).toBe(400);
  expect(api.service.copied).toEqual([]);
});
