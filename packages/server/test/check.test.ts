import { BackupError } from '@milvus-backup/core';
import { expect, test } from 'vitest';
import { setUp } from './set-up.js';

const path = '/api/v1/check';
const head = [
  '',
  'Milvus version: v2.3.5-lite',
  'Storage:',
  '  milvus-storage-type: minio',
  '  milvus-bucket: a-bucket',
  '  milvus-rootpath: files',
  '  backup-storage-type: minio',
  '  backup-bucket: a-bucket',
  '  backup-rootpath: backup',
  '',
];

test('all is well', async () => {
  const { app, service } = await setUp();
  const bare = await app.request(path);
  expect(bare.status).toBe(200);
  expect(bare.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(await bare.text()).toBe([...head, 'Success!', ''].join('\n'));
  const item = { name: 'milvus.connection', status: 'ok', message: 'connected', remedy: '' } as const;
  service.report = { ...service.report, items: [item] };
  const reply = await app.request(path);
  const line = '  ok       milvus.connection: connected';
  expect(await reply.text()).toBe([...head, line, '', 'Success!', ''].join('\n'));
});

test.each([
  ['milvus-storage.root-path', []],
  ['backup-storage.clock', ['Success!']],
])('a warning of %s is no failure', async (name, end) => {
  const { app, service } = await setUp();
  const item = { name, status: 'warning', message: 'Milvus root path is empty', remedy: 'set it' } as const;
  service.report = { ...service.report, items: [item] };
  const reply = await app.request(path);
  expect(reply.status).toBe(200);
  expect(await reply.text()).toBe(
    [...head, '!!! Milvus root path is empty !!! ', 'set it', ...end, ''].join('\n'),
  );
});

test('what is wrong is told with its remedy', async () => {
  const { app, service } = await setUp();
  const item = { name: 'milvus', status: 'failed', message: 'no answer', remedy: 'start it' } as const;
  service.report = { ...service.report, items: [item] };
  const reply = await app.request(path);
  expect(reply.status).toBe(500);
  expect(await reply.json()).toEqual({ error: 'check: milvus: no answer; start it' });
});

test('a check that could not run is a failure too', async () => {
  const { app, service } = await setUp();
  service.failNext = new BackupError({ code: 'MILVUS_UNREACHABLE', message: 'no answer' });
  const reply = await app.request(path);
  expect(reply.status).toBe(500);
  expect(await reply.json()).toEqual({ error: 'no answer' });
});
