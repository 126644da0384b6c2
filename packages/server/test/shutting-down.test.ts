import { BackupError } from '@milvus-backup/core';
import { expect, test } from 'vitest';
import { setUp } from './set-up.js';

test.each([
  ['/api/v1/create', { code: 3, data: null, msg: 'it stops; ask again' }],
  ['/api/v2/backups', { code: 'SHUTTING_DOWN', status: 503, detail: 'it stops', remedy: 'ask again' }],
])('%s of a server that stops is answered with 503 and when to ask again', async (path, body) => {
  const { app, service } = await setUp();
  service.failNext = new BackupError({ code: 'SHUTTING_DOWN', message: 'it stops', remedy: 'ask again' });
  const reply = await app.request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: path.includes('v1') ? '{"async":true,"backup_name":"b"}' : '{"name":"b"}',
  });
  expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await reply.json()).toMatchObject(body);
  expect(service.created).toEqual([]);
});
