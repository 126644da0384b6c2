import { describe, expect, test } from 'vitest';
import { BackupError } from '../../src/errors/index.js';
import type { RestoreRequest } from '../../src/requests.js';
import { thrownBy } from '../driver/thrown-by.js';
import { settleFast } from '../task/settle.js';
import { makeServiceBench, type ServiceBench } from './bench.js';
import { dieAfter } from './die-after.js';

const request: RestoreRequest = { name: 'b', suffix: '_new' };

async function withBackup(): Promise<ServiceBench> {
  const bench = await makeServiceBench();
  await bench.milvus.add('books', 30, 12);
  await bench.milvus.add('films', 5);
  await bench.open(1).create({ name: 'b' });
  return bench;
}

const rowsOf = ({ milvus }: ServiceBench) =>
  ['books_new', 'films_new'].map((name) => milvus.collections.get(name)?.imported);

async function stagedIn(bench: ServiceBench): Promise<string[]> {
  return ((await bench.keys('a-bucket')) ?? []).filter((key) => key.startsWith('restore-temp-'));
}

describe('a restore that died at any of its calls', () => {
  test.each(['undone', 'lost'] as const)(
    'is finished by the same command, no row twice; the last call %s',
    async (last) => {
      let finished = 0;
      for (let calls = 0; ; calls++) {
        const bench = await withBackup();
        const death = dieAfter(calls, last);
        const first = bench.open(7, death.gateway(bench.milvus.gateway), death.driver);
        const ended = await settleFast(() =>
          first.restore(request).then(
            () => 'done',
            (error: unknown) => error,
          ),
        );
        bench.host.alive.delete(7);
        if (ended === 'done' && death.used() <= calls) break;
        // One that was over is there; one that could not say so any more is found to be over.
        const later = bench.open(8);
        const again = await settleFast(() =>
          later.restore(request).then(
            () => 'done',
            (error: unknown) => (error as BackupError).code,
          ),
        );
        expect(again, `after ${calls} calls`).toMatch(ended === 'done' ? /TARGET_EXISTS|done/ : /done/);
        if (again === 'done') finished += 1;
        expect(rowsOf(bench), `after ${calls} calls`).toEqual([42, 5]);
        expect(await stagedIn(bench), `after ${calls} calls`).toEqual([]);
      }
      expect(finished).toBeGreaterThan(40);
    },
    60_000,
  );
});

test('what an earlier restore noted, damaged or leading elsewhere, keeps no other restore', async () => {
  const bench = await withBackup();
  const first = await settleFast(() => bench.open(7).restore(request));
  const driver = bench.driver('backups');
  const own = 'backup/b/meta/ts';
  const parts: Uint8Array[] = [];
  for await (const part of (await driver.get(`${own}/restore/${first.id}.json`)).body)
    parts.push(part as Uint8Array);
  const record = {
    ...JSON.parse(Buffer.concat(parts).toString('utf8')),
    id: '../../../other',
    state: 'fail',
  };
  await driver.put(`${own}/restore/x.json`, Buffer.from(JSON.stringify(record)));
  const heads = ((await bench.keys('backups')) ?? []).filter((key) => key.endsWith('/head.json'));
  expect(heads).toHaveLength(1);
  for (const key of heads) await driver.put(key, Buffer.from('{"version":1,'));
  await settleFast(() => bench.open(8).restore({ name: 'b', suffix: '_other' }));
  expect(bench.milvus.collections.get('books_other')?.imported).toBe(42);
});

describe('going on with a restore', () => {
  /** The second collection cannot be made, the first is restored. */
  async function halfRestored(bench: ServiceBench, asked = request, pid = 7) {
    const { gateway } = bench.milvus;
    let others = 0;
    const failing = {
      ...gateway,
      createCollection: async (...args: Parameters<typeof gateway.createCollection>) => {
        if (args[0].collection !== 'films_new') return await gateway.createCollection(...args);
        while (
          others++ < 1_000 &&
          (await bench.open(99).findRestore(id))?.collections[0]?.state !== 'success'
        ) {
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        throw new BackupError({ code: 'MILVUS_ERROR', message: 'no' });
      },
    };
    const id = 'half';
    await settleFast(() => thrownBy(() => bench.open(pid, failing).restore({ ...asked, id })));
    return id;
  }

  test('leaves alone what is proven, under the id of the first try', async () => {
    const bench = await withBackup();
    const id = await halfRestored(bench);
    const made = bench.milvus.collections.get('books_new')?.id;
    const view = await settleFast(() => bench.open(8).restore(request));
    expect(view.id).toBe(id);
    expect(view.collections.map((one) => [one.collection, one.outcome, one.rows])).toEqual([
      ['books_new', 'done', 42],
      ['films_new', 'done', 5],
    ]);
    expect(bench.milvus.collections.get('books_new')?.id).toBe(made);
    expect(rowsOf(bench)).toEqual([42, 5]);
  });

  test.each([
    ['another request', { name: 'b', suffix: '_new', metaOnly: true }],
    ['--no-resume', { ...request, resume: false }],
  ])('is not done for %s', async (_what, other) => {
    const bench = await withBackup();
    await halfRestored(bench);
    const error = await settleFast(() => thrownBy(() => bench.open(8).restore(other)));
    expect(error.code).toBe('TARGET_EXISTS');
  });

  test('is not done days later, nor after a restore that succeeded', async () => {
    const bench = await withBackup();
    await halfRestored(bench);
    bench.host.time += 4 * 24 * 60 * 60 * 1_000;
    expect((await settleFast(() => thrownBy(() => bench.open(8).restore(request)))).code).toBe(
      'TARGET_EXISTS',
    );
    const drop = { ...request, dropExistCollection: true };
    const first = await settleFast(() => bench.open(8).restore(drop));
    bench.host.time += 1_000;
    const second = await settleFast(() => bench.open(8).restore(drop));
    expect(second.id).not.toBe(first.id);
  });

  test('never drops a collection that somebody else has made meanwhile', async () => {
    const bench = await withBackup();
    await halfRestored(bench);
    bench.milvus.collections.delete('books_new');
    await bench.milvus.add('books_new', 3);
    const error = await settleFast(() => thrownBy(() => bench.open(8).restore(request)));
    expect(error.code).toBe('TARGET_EXISTS');
    expect([...(bench.milvus.collections.get('books_new')?.segments.values() ?? [])]).toEqual([3]);
  });

  test('watches imports that still run, and makes no second one', async () => {
    const bench = await withBackup();
    const { gateway } = bench.milvus;
    let started = 0;
    const counting = {
      ...gateway,
      startImport: async (...args: Parameters<typeof gateway.startImport>) => {
        started += 1;
        return await gateway.startImport(...args);
      },
    };
    const stop = new AbortController();
    const endless = {
      ...counting,
      importState: async () => {
        if (started === 2) stop.abort();
        return { status: 'running', percent: 5, rows: 0, reason: '' } as const;
      },
    };
    const cancelled = await settleFast(() =>
      thrownBy(() => bench.open(7, endless).restore(request, { signal: stop.signal })),
    );
    expect(cancelled.code).toBe('CANCELLED');
    await settleFast(() => bench.open(8, counting).restore(request));
    expect([started, rowsOf(bench)]).toEqual([2, [42, 5]]);
  });

  test('makes a collection again whose import has failed meanwhile', async () => {
    const bench = await withBackup();
    const { gateway } = bench.milvus;
    const failed = { status: 'failed', percent: 0, rows: 0, reason: 'no files' } as const;
    const failing = { ...gateway, importState: async () => failed };
    await settleFast(() => thrownBy(() => bench.open(7, failing).restore(request)));
    await settleFast(() => bench.open(8).restore(request));
    expect(rowsOf(bench)).toEqual([42, 5]);
  });

  test.each([
    ['IMPORT_FAILED', { status: 'failed', percent: 0, rows: 0, reason: 'service restarted' }],
    ['PROOF_FAILED', { status: 'completed', percent: 100, rows: 0, reason: '' }],
  ] as const)('makes a collection again when Milvus was away amid its import (%s)', async (code, told) => {
    const bench = await withBackup();
    const { gateway } = bench.milvus;
    const asked = new Set<string>();
    const restarted = (outages: () => number): typeof gateway => ({
      ...gateway,
      outages,
      importState: async (at, id) => {
        if (asked.has(at.collection)) return await gateway.importState(at, id);
        asked.add(at.collection);
        return told;
      },
    });
    await settleFast(() =>
      bench
        .open(
          7,
          restarted(() => asked.size),
        )
        .restore(request),
    );
    expect(rowsOf(bench)).toEqual([42, 5]);
    asked.clear();
    const there = bench.open(
      8,
      restarted(() => 0),
    );
    const failed = settleFast(() => thrownBy(() => there.restore({ ...request, suffix: '_2' })));
    expect((await failed).code).toBe(code);
  });

  test('of one process alone', async () => {
    const bench = await withBackup();
    await halfRestored(bench);
    const both = await settleFast(() =>
      Promise.allSettled([8, 9].map((pid) => bench.open(pid).restore(request))),
    );
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(rowsOf(bench)).toEqual([42, 5]);
  });
});

describe('a restore that keeps going', () => {
  test('leaves out the collection that fails, and says so', async () => {
    const bench = await withBackup();
    const { gateway } = bench.milvus;
    const failing = {
      ...gateway,
      createCollection: async (...args: Parameters<typeof gateway.createCollection>) => {
        if (args[0].collection === 'books_new')
          throw new BackupError({ code: 'MILVUS_ERROR', message: 'no' });
        return await gateway.createCollection(...args);
      },
    };
    const view = await settleFast(() => bench.open(7, failing).restore({ ...request, keepGoing: true }));
    expect(view.state).toBe('partial');
    expect(view.collections.map((one) => one.outcome)).toEqual(['failed', 'done']);
    expect(rowsOf(bench)).toEqual([undefined, 5]);
  });

  test('fails when nothing was restored', async () => {
    const bench = await withBackup();
    const { gateway } = bench.milvus;
    const failing = {
      ...gateway,
      createCollection: () => Promise.reject(new BackupError({ code: 'MILVUS_ERROR', message: 'no' })),
    };
    const error = await settleFast(() =>
      thrownBy(() => bench.open(7, failing).restore({ ...request, keepGoing: true })),
    );
    expect(error.code).toBe('MILVUS_ERROR');
  });
});
