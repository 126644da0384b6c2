import type { CollectionOutcome, CollectionTaskView } from '@milvus-backup/core';
import { expect, test } from 'vitest';
import { makeView } from './service-double.js';
import { addBackup, setUp } from './set-up.js';

const collection = (name: string, outcome: CollectionOutcome): CollectionTaskView => ({
  database: 'default',
  collection: name,
  state: outcome === 'done' ? 'success' : 'fail',
  percent: 100,
  rows: 0,
  startedAt: 1,
  endedAt: 2,
  error: '',
  outcome,
});

test('a backup that is partial is shown, as a failure that names what is missing', async () => {
  const api = await setUp();
  await addBackup(api, 'b1', 'run');
  const collections = [collection('a', 'done'), collection('b', 'gone')];
  const ended = { state: 'partial', endedAt: 2_000, backupName: 'b1', collections } as const;
  api.service.runs.set('run', makeView({ id: 'run', kind: 'create', ...ended }));
  expect(await api.get('/api/v1/get_backup?backup_name=b1')).toMatchObject({
    msg: 'success',
    data: {
      state_code: 3,
      errorMessage: 'partial: 1 of 2 collections are left out: default.b (gone)',
      progress: 100,
      size: 538848,
    },
  });
  expect(await api.get('/api/v2/backups/b1')).toMatchObject({
    job: { state: 'partial', collections: [{ outcome: 'done' }, { collection: 'b', outcome: 'gone' }] },
  });
});

test('a restore that is partial names no more than a line can hold', async () => {
  const api = await setUp();
  const collections = Array.from({ length: 12 }, (_, at) => collection(`c${at}`, 'failed'));
  const ended = { state: 'partial', endedAt: 2_000, backupName: 'b1', collections } as const;
  api.service.runs.set('run', makeView({ id: 'run', kind: 'restore', ...ended }));
  const { data } = (await api.get('/api/v1/get_restore?id=run')) as { data: { errorMessage: string } };
  expect(data.errorMessage).toMatch(/^partial: 12 of 12 .*default\.c9 \(failed\), 2 more$/);
});

test('how a backup is resumed and what may be left out reaches the service', async () => {
  const api = await setUp();
  const body = { backup_name: 'b1', async: true, resume: false, keep_going: true, on_missing: 'skip' };
  await api.post('/api/v1/create', body);
  expect(api.service.created).toMatchObject([{ resume: false, keepGoing: true, onMissing: 'skip' }]);
  expect(await api.post('/api/v1/create', { backup_name: 'b2', on_missing: 'nope' })).toMatchObject({
    code: 3,
  });
  api.service.finish(api.service.created[0]?.id ?? '', 'success');
  await api.post('/api/v1/restore', { backup_name: 'b1', async: true, resume: false, keepGoing: true });
  expect(api.service.restored).toMatchObject([{ resume: false, keepGoing: true }]);
});
