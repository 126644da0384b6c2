import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@milvus-backup/core';
import { createApp, type RunningServer, serve } from '@milvus-backup/server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeServiceBench, type ServiceBench } from '../../core/test/service/bench.js';
import {
  type BackupClient,
  createBackupClient,
  type Job,
  unwrap,
  waitForJob,
  watchJob,
} from '../src/index.js';

let bench: ServiceBench;
let server: RunningServer;
let client: BackupClient;

/** A real server on a real port; the stores are in memory, and Milvus is of our own making. */
beforeEach(async () => {
  bench = await makeServiceBench('a-bucket');
  await bench.milvus.add('books', 30, 12);
  server = await start(0);
  client = createBackupClient({ url: `http://127.0.0.1:${server.port}/` });
});
afterEach(() => server.close(0));

const start = (port: number, service = bench.open()): Promise<RunningServer> =>
  serve(createApp({ service, logger: silentLogger, version: '1.2.3' }), { port, hostname: '127.0.0.1' });

describe('a backup', () => {
  test('is made, shown, listed and deleted, all of it typed', async () => {
    const begun = await unwrap(
      client.POST('/backups', { body: { name: 'b1', filter: { default: { colls: ['*'] } } } }),
    );
    const job: Job = await waitForJob(client, begun.id);
    expect([job.state, job.progress.percent]).toEqual(['succeeded', 100]);
    const backup = await unwrap(client.GET('/backups/{name}', { params: { path: { name: 'b1' } } }));
    expect(backup.collections.map(({ name, id }) => [name, typeof id])).toEqual([['books', 'string']]);
    const { items } = await unwrap(client.GET('/backups', { params: { query: { limit: 10 } } }));
    expect(items.map(({ name }) => name)).toEqual(['b1']);
    const gone = await unwrap(client.DELETE('/backups/{name}', { params: { path: { name: 'b1' } } }));
    expect((await waitForJob(client, gone.id)).state).toBe('succeeded');
    expect((await unwrap(client.GET('/backups'))).items).toEqual([]);
    const jobs = await unwrap(client.GET('/jobs', { params: { query: { kind: 'delete' } } }));
    expect(jobs.items.map(({ id }) => id)).toEqual([gone.id]);
  });

  test('is verified as a job that tells what it found; a clean-up, too', async () => {
    await bench.open().create({ name: 'b1' });
    const path = { name: 'b1' };
    const begun = await unwrap(
      client.POST('/backups/{name}/verifications', { params: { path }, body: { level: 'exists' } }),
    );
    const verified = await waitForJob(client, begun.id);
    expect([verified.state, verified.verify?.ok, verified.verify?.counts.collections]).toEqual([
      'succeeded',
      true,
      1,
    ]);
    const swept = await unwrap(client.POST('/cleanup', { body: { apply: false, stores: ['all'] } }));
    const cleaned = await waitForJob(client, swept.id);
    expect([cleaned.kind, cleaned.cleanup?.applied, cleaned.cleanup?.itemsTotal]).toEqual([
      'cleanup',
      false,
      0,
    ]);
    const { items } = await unwrap(client.GET('/backups', { params: { query: { all: 'true' } } }));
    expect(items.map(({ name, state }) => [name, state])).toEqual([['b1', 'committed']]);
  });

  test('that is not there is a problem with its code', async () => {
    const asked = unwrap(client.GET('/backups/{name}', { params: { path: { name: 'nosuch' } } }));
    await expect(asked).rejects.toMatchObject({
      name: 'BackupProblem',
      code: 'BACKUP_NOT_FOUND',
      status: 404,
      problem: { title: 'Backup not found' },
    });
    await expect(waitForJob(client, 'nosuch')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  });
});

describe('watchJob', () => {
  test('goes on with a server that was started anew', async () => {
    const held = hold(bench);
    const owner = bench.open(8, held.gateway);
    await owner.startCreate({ id: 'run', name: 'b1' });
    const told: Job[] = [];
    for await (const job of watchJob(client, 'run', { retryMs: 20 })) {
      told.push(job);
      if (told.length > 1) continue;
      await server.close(0);
      server = await start(server.port);
      held.release();
    }
    expect(told.at(-1)?.state).toBe('succeeded');
    expect(new Set(told.map((job) => JSON.stringify(job))).size).toBe(told.length);
  });

  test('ends with its signal', async () => {
    const held = hold(bench);
    await bench.open(8, held.gateway).startCreate({ id: 'run', name: 'b1' });
    const stop = new AbortController();
    const watch = async (): Promise<void> => {
      for await (const _job of watchJob(client, 'run', { signal: stop.signal })) stop.abort();
    };
    await expect(watch()).rejects.toMatchObject({ name: 'AbortError' });
    held.release();
  });
});

test('an answer of something else than the server is a problem, too', async () => {
  const proxy = await listen(createServer((_request, response) => response.writeHead(502).end('<html>')));
  const { port } = proxy.address() as AddressInfo;
  const other = createBackupClient({ url: `http://127.0.0.1:${port}` });
  await expect(unwrap(other.GET('/jobs'))).rejects.toMatchObject({
    code: 'UNKNOWN',
    status: 502,
    problem: null,
  });
  proxy.close();
});

test('token and headers go with every call', async () => {
  const seen: (string | undefined)[] = [];
  const proxy = await listen(
    createServer(({ headers, url }, response) => {
      seen.push(headers.authorization, String(headers['x-team']), url);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
    }),
  );
  const { port } = proxy.address() as AddressInfo;
  const options = { url: `http://127.0.0.1:${port}/backup`, token: 'secret', headers: { 'x-team': 'a' } };
  expect(await unwrap(createBackupClient(options).GET('/healthz'))).toEqual({ status: 'ok' });
  expect(seen).toEqual(['Bearer secret', 'a', '/backup/api/v2/healthz']);
  proxy.close();
});

const listen = (server: Server): Promise<Server> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server));
  });

/** A Milvus whose flush does not end before it is let go. */
function hold({ milvus }: ServiceBench) {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const isFlushed = async (): Promise<boolean> => {
    await held;
    return true;
  };
  return { gateway: { ...milvus.gateway, isFlushed }, release };
}
