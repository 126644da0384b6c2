import { Hono } from 'hono';
import { expect, test } from 'vitest';
import type { AppEnv } from '../src/index.js';
import { limitBody } from '../src/limit-body.js';
import { createRateLimit } from '../src/limit-rate.js';
import { setUp } from './set-up.js';

test('requests are counted for each client, and forgiven at an even pace', () => {
  let time = 0;
  const limit = createRateLimit({ perMinute: 60, now: () => time });
  for (let count = 0; count < 60; count++) expect(limit.take('a')).toBe(0);
  expect(limit.take('a')).toBe(1);
  expect(limit.take('b')).toBe(0);
  time += 2_000;
  expect([limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([0, 0, 1]);
});

test('a clock that goes back gives nothing away', () => {
  let time = 100_000;
  const limit = createRateLimit({ perMinute: 1, now: () => time });
  expect(limit.take('a')).toBe(0);
  time = 0;
  expect(limit.take('a')).toBeGreaterThan(0);
});

test('clients without number do not fill the memory, and push out the one unseen longest', () => {
  const limit = createRateLimit({ perMinute: 1, now: () => 0, maxClients: 3 });
  for (const client of ['a', 'b', 'c', 'a', 'd']) limit.take(client);
  expect(limit.take('a')).toBeGreaterThan(0);
  expect(limit.take('b')).toBe(0);
});

test('large bodies share a budget, which is given back', async () => {
  const app = new Hono<AppEnv>();
  const waiting: (() => void)[] = [];
  app.use('*', async (c, next) => {
    c.set('requestId', 'r');
    await next();
  });
  app.use('*', limitBody(1_000_000, 1_000_000));
  app.post('/', async (c) => {
    const { length } = await c.req.text();
    await new Promise<void>((resolve) => waiting.push(resolve));
    return c.text(String(length));
  });
  const post = (bytes: number) => app.request('/', { method: 'POST', body: Buffer.alloc(bytes, ' ') });
  const first = post(700_000);
  await expect.poll(() => waiting.length).toBe(1);
  const refused = await post(700_000);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  waiting.pop()?.();
  expect(await (await first).text()).toBe('700000');
  const again = post(700_000);
  await expect.poll(() => waiting.length).toBe(1);
  waiting.pop()?.();
  expect((await again).status).toBe(200);
});

test('a body of values without number is refused before it is parsed', async () => {
  const { app } = await setUp();
  const post = async (path: string, names: number) => {
    const filter = `{"d":{"colls":[${'"c",'.repeat(names)}"c"]}}`;
    const reply = await app.request(path, { method: 'POST', body: `{"filter":${filter}}` });
    return [reply.status, await reply.text()];
  };
  const told = expect.stringContaining('more than 400000 commas and colons');
  expect(await post('/api/v2/backups', 400_000)).toEqual([400, told]);
  expect(await post('/api/v1/restore', 400_000)).toEqual([400, told]);
  expect((await post('/api/v1/restore', 300_000))[1]).not.toContain('commas');
});

test('of the many faults of a body the first are told', async () => {
  const { app } = await setUp();
  const keys = Array.from({ length: 100_000 }, (_, at) => `"k${at}":1`);
  const reply = await app.request('/api/v2/backups', { method: 'POST', body: `{${keys.join(',')}}` });
  const { errors } = (await reply.json()) as { errors: object[] };
  expect(errors).toHaveLength(20);
});
