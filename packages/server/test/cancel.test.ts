import { expect, test } from 'vitest';
import { setUp } from './set-up.js';

test('cancel asks the run to stop, and tells what it was', async () => {
  const api = await setUp();
  await api.post('/api/v1/create', { backup_name: 'b1', async: true }, { request_id: 'run' });
  expect(await api.post('/api/v1/cancel?id=run', '', { request_id: 'r' })).toEqual({
    requestId: 'r',
    msg: 'success',
    data: { id: 'run', kind: 'create', state_code: 1, name: 'b1' },
  });
  expect(await api.get('/api/v1/get_backup?backup_name=b1')).toMatchObject({
    data: { state_code: 3, errorMessage: 'the run was cancelled' },
  });
});

test.each([
  ['', 400],
  ['?id=nosuch', 3],
  ['?id=a%2Fb', 400],
])('cancel%s is refused with code %i', async (query, code) => {
  const api = await setUp();
  expect(await api.post(`/api/v1/cancel${query}`, '')).toMatchObject({ code, data: null });
});
