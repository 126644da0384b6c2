import { setTimeout as wait } from 'node:timers/promises';
import { BackupError } from '@milvus-backup/core';
import { expect, test, vi } from 'vitest';
import { type SetUp, setUp } from './set-up.js';

interface Event {
  readonly event?: string;
  readonly id?: string;
  readonly data: string;
}

const path = '/api/v2/jobs/run/events';

async function withRun(heartbeatMs?: number): Promise<SetUp> {
  const api = await setUp(heartbeatMs === undefined ? {} : { heartbeatMs });
  await api.post('/api/v2/backups', { id: 'run', name: 'b1' });
  return api;
}

/** The events of a stream that has ended. */
const readEvents = (text: string): Event[] =>
  text
    .split('\n\n')
    .filter((block) => block.startsWith('event:') || block.startsWith('data:'))
    .map((block) => Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2))));

test('every change is an event, the last of them the end', async () => {
  const api = await withRun();
  const reply = await api.app.request(path);
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  const text = reply.text();
  await wait(5);
  api.service.finish('run', 'success');
  const events = readEvents(await text);
  expect(events.map(({ event }) => event)).toEqual(['progress', 'end']);
  expect(events.map(({ data }) => JSON.parse(data).state)).toEqual(['running', 'succeeded']);
  expect(new Set(events.map(({ id }) => id)).size).toBe(2);
});

test('who comes back is told what is new, and after the end nothing', async () => {
  const api = await withRun();
  const [first] = readEvents(await firstChunk(api));
  const again = await api.app.request(path, { headers: { 'last-event-id': first?.id ?? '' } });
  const text = again.text();
  await wait(5);
  api.service.finish('run', 'fail', new BackupError({ code: 'CANCELLED', message: 'stopped' }));
  const events = readEvents(await text);
  expect(events.map(({ event, data }) => [event, JSON.parse(data).state])).toEqual([['end', 'cancelled']]);
  const last = await api.app.request(path, { headers: { 'last-event-id': events[0]?.id ?? '' } });
  expect([last.status, await last.text()]).toEqual([204, '']);
  const fresh = readEvents(await (await api.app.request(path)).text());
  expect(fresh.map(({ event }) => event)).toEqual(['end']);
});

test('a silent stream is kept open by comments', async () => {
  const api = await withRun(2);
  const text = (await api.app.request(path)).text();
  await wait(30);
  api.service.finish('run', 'success');
  expect(await text).toContain('\n: still here\n\n');
});

test('a client that leaves ends the watch', async () => {
  const api = await withRun();
  let ended = false;
  const { watchJob } = api.service;
  api.service.watchJob = async function* (...given) {
    try {
      yield* watchJob(...given);
    } finally {
      ended = true;
    }
  };
  await firstChunk(api);
  await vi.waitFor(() => expect(ended).toBe(true));
});

test('an unknown job is a problem, no stream', async () => {
  const api = await setUp();
  const reply = await api.app.request(path);
  expect([reply.status, reply.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
});

test('a store that fails meanwhile breaks the stream off without an end', async () => {
  const api = await withRun();
  const view = await api.service.findJob('run');
  api.service.watchJob = async function* () {
    if (view) yield view;
    throw new BackupError({ code: 'STORAGE_BUSY', message: 'busy' });
  };
  const events = readEvents(await (await api.app.request(path)).text());
  expect(events.map(({ event }) => event)).toEqual(['progress']);
  expect(api.log.map(({ message }) => message)).toContain('the events broke off');
});

/** What is sent at first; the client then leaves. */
async function firstChunk(api: SetUp): Promise<string> {
  const reply = await api.app.request(path);
  const reader = reply.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return new TextDecoder().decode(value);
}
