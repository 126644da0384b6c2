import { currentLogFields } from '@milvus-backup/core';
import { expect, it } from 'vitest';
import { createApp } from '../src/index.js';
import { recordingLogger, setUp } from './set-up.js';

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

it('an id that a client chose fills no log', async () => {
  const { service } = await setUp();
  const log: { level: string; fields: object; message: string }[] = [];
  const app = createApp({ service, logger: recordingLogger(log), version: '1.2.3' });
  const requestId = 'x'.repeat(10_000);
  const reply = await app.request('/api/v1/restore', { method: 'POST', body: JSON.stringify({ requestId }) });
  expect(await reply.text()).toContain(requestId);
  expect(log.map(({ message }) => message)).toContain('request');
  expect(JSON.stringify(log.map(({ fields }) => fields))).not.toContain('x'.repeat(257));
});
