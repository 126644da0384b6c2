import { currentLogFields } from '@milvus-backup/core';
import { expect, it } from 'vitest';
import { createApp } from '../src/index.js';
import { setUp } from './set-up.js';

it('whatever is logged while a request is served can say which one it was', async () => {
  const { service } = await setUp();
  const seen: object[] = [];
  const note = (): void => {
    seen.push(currentLogFields());
  };
  const logger = { debug: note, info: note, warn: note, error: note, child: () => logger };
  const app = createApp({
    service: {
      ...service,
      list: async () => {
        note();
        return [];
      },
    },
    logger,
    version: '1.2.3',
    makeId: () => 'made',
  });
  await app.request('/api/v1/list', { headers: { request_id: 'given' } });
  await app.request('/api/v1/list');
  const ids = seen.map((fields) => ('requestId' in fields ? fields.requestId : 'none'));
  expect(new Set(ids)).toEqual(new Set(['given', 'made']));
  expect(ids.indexOf('made')).toBeGreaterThan(ids.lastIndexOf('given'));
  expect(currentLogFields()).toEqual({});
});
