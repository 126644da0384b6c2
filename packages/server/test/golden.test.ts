import { silentLogger } from '@milvus-backup/core';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { makeServiceBench } from '../../core/test/service/bench.js';
import { type App, createApp } from '../src/index.js';
import { type GoldenCall, onEmptyStore, oneAfterTheOther } from './golden-calls.js';

/** The whole of core over stores in memory and a Milvus of our own making. */
async function makeApp(): Promise<App> {
  const bench = await makeServiceBench('a-bucket');
  await bench.milvus.add('parts', 30, 12);
  let ids = 0;
  const makeId = (): string => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`;
  return createApp({ service: bench.open(), logger: silentLogger, version: '1', makeId });
}

/** What differs from run to run, and from Milvus to Milvus. */
const normalise = (text: string): string =>
  text
    .replaceAll(/[0-9a-f]{8}-0000-4000-8000-\d{12}/g, 'ID')
    .replaceAll(/restore_\d{4}(_\d+)+/g, 'restore_ID')
    .replaceAll(/"(start_time|end_time)":\d+/g, '"$1":TIME')
    .replaceAll(/"(size|meta_size)":[1-9]\d*/g, '"$1":N')
    .replace(/"collection_backups":\[\{.*\}\](?=,"size")/, '"collection_backups":[…]');

/** `…` in what is expected stands for any text. */
const pattern = (expected: string): RegExp =>
  new RegExp(
    `^${expected
      .split('…')
      .map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&'))
      .join('.*')}$`,
  );

async function compare(app: App, call: GoldenCall, path = call.send[1]): Promise<string> {
  const [method, , body] = call.send;
  const headers = call.requestId === undefined ? {} : { request_id: call.requestId };
  const reply = await app.request(path, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await reply.text();
  const got = normalise(text);
  const { fix, recorded, status = 200 } = call;
  expect(reply.status).toBe(fix?.status ?? (fix ? 200 : status));
  expect(got).toMatch(pattern(fix?.ours ?? recorded));
  // A defect that is none any more is no row of the table
  if (fix) expect([reply.status, got]).not.toEqual([status, recorded]);
  return text;
}

describe('as recorded, or a named fix', () => {
  let empty: App;
  beforeAll(async () => {
    empty = await makeApp();
  });

  test.each(onEmptyStore)('$title', async (call) => {
    await compare(empty, call);
  });

  test('one after the other', async () => {
    const app = await makeApp();
    let id = '';
    for (const call of oneAfterTheOther) {
      const text = await compare(app, call, call.send[1].replace('=ID', `=${id}`));
      if (call.title === 'async create') id = JSON.parse(text).requestId;
      await settle(app);
    }
  });
});

/** Until nothing runs. */
async function settle(app: App): Promise<void> {
  await vi.waitFor(
    async () => {
      const reply = await (await app.request('/api/v2/jobs?state=running')).json();
      expect(reply).toMatchObject({ items: [] });
    },
    { timeout: 20_000, interval: 20 },
  );
}
