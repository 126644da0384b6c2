import { describe, expect, test, vi } from 'vitest';
import { BackupError } from '../../src/errors/index.js';
import { silentLogger } from '../../src/log.js';
import type { ImportInput, ImportState } from '../../src/milvus/gateway.js';
import { ImportQueue, isUnanswered } from '../../src/restore/import-queue.js';
import { thrownBy } from '../driver/thrown-by.js';
import { makeGateway } from '../service/gateway.js';
import { settleFast } from '../task/settle.js';

const at = { database: 'default', collection: 'books' };
const input = (folder: string): ImportInput => ({
  partition: '_default',
  files: [folder, ''],
  isL0: false,
  storageVersion: 0n,
  ezk: '',
});
const state = (given: Partial<ImportState>): ImportState => ({
  status: 'running',
  percent: 0,
  rows: 0,
  reason: '',
  ...given,
});

/** Works on one job at a time, in the order of arrival, one step per question about it, as Milvus 2.3 does. */
class OneByOne {
  readonly started: string[] = [];
  readonly asked: string[] = [];
  held = 0;
  mostHeld = 0;
  readonly #left = new Map<string, number>();
  readonly #steps: number;

  constructor(steps: number) {
    this.#steps = steps;
  }

  readonly gateway = makeGateway({
    startImport: async (_at, { files }) => {
      const id = `job-${files[0]}`;
      this.started.push(id);
      this.mostHeld = Math.max(this.mostHeld, ++this.held);
      this.#left.set(id, this.#steps);
      return id;
    },
    importState: async (_at, id) => {
      this.asked.push(id);
      const [working] = this.#left.keys();
      const left = (this.#left.get(id) ?? 0) - (id === working ? 1 : 0);
      this.#left.set(id, left);
      if (left > 0) return state({ percent: 100 - (100 * left) / this.#steps });
      this.#left.delete(id);
      this.held--;
      return state({ status: 'completed', percent: 100, rows: 7 });
    },
  });
}

const signal = new AbortController().signal;

describe('ImportQueue', () => {
  test('runs a job to its end, telling of it meanwhile', async () => {
    const milvus = new OneByOne(4);
    const queue = new ImportQueue(milvus.gateway, 8, signal);
    const told: number[] = [];
    const end = await settleFast(() =>
      queue.run(at, input('a'), { onState: ({ percent }) => told.push(percent) }),
    );
    expect(end).toMatchObject({ status: 'completed', rows: 7 });
    expect(told).toEqual([25, 50, 75, 100]);
  });

  test('hands over as many as are allowed, so that the queue of Milvus is never empty', async () => {
    const milvus = new OneByOne(2);
    const queue = new ImportQueue(milvus.gateway, 3, signal);
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    await settleFast(() =>
      Promise.all(names.map((name) => queue.run(at, input(name), { onState: () => {} }))),
    );
    expect(milvus.started).toEqual(names.map((name) => `job-${name}`));
    expect(milvus.mostHeld).toBe(3);
  });

  test('goes on when it was empty for a moment', async () => {
    const milvus = new OneByOne(1);
    const queue = new ImportQueue(milvus.gateway, 1, signal);
    const names = ['a', 'b', 'c', 'd'];
    await settleFast(() =>
      Promise.all(names.map((name) => queue.run(at, input(name), { onState: () => {} }))),
    );
    await settleFast(() => queue.run(at, input('e'), { onState: () => {} }));
    expect([milvus.started.length, milvus.mostHeld]).toEqual([5, 1]);
  });

  test('asks for the oldest in every round, and for the others now and then', async () => {
    const milvus = new OneByOne(30);
    const stop = new AbortController();
    const queue = new ImportQueue(milvus.gateway, 100, stop.signal);
    const names = Array.from({ length: 24 }, (_, index) => String(index));
    const running = settleFast(() =>
      Promise.all(
        names.map((name) =>
          queue.run(at, input(name), {
            onState: () => {
              if (milvus.asked.length >= 60) stop.abort();
            },
          }),
        ),
      ),
    );
    expect((await thrownBy(() => running)).code).toBe('CANCELLED');
    const rounds = milvus.asked.filter((id) => id === 'job-0').length;
    expect(milvus.asked.slice(0, 6)).toEqual(['job-0', 'job-1', 'job-2', 'job-3', 'job-4', 'job-5']);
    expect(milvus.asked.length).toBe(rounds * 6);
    expect(new Set(milvus.asked).size).toBe(24);
  });

  test('a job that fails tells the reason, the collection and the job', async () => {
    const milvus = makeGateway({
      startImport: async () => '42',
      importState: async () => state({ status: 'failed', reason: 'no binlog to import' }),
    });
    const queue = new ImportQueue(milvus, 2, signal);
    const error = await settleFast(() => thrownBy(() => queue.run(at, input('a'), { onState: () => {} })));
    expect(error).toMatchObject({
      code: 'IMPORT_FAILED',
      message: 'bulk insert failed: no binlog to import (default.books, job 42)',
      details: { job: '42', folder: 'a', database: 'default', collection: 'books' },
    });
    expect(error.remedy).toContain('root path');
  });

  test('one that fails leaves the others alone', async () => {
    const milvus = makeGateway({
      startImport: async (_at, { files }) => String(files[0]),
      importState: async (_at, id) =>
        id === 'bad' ? state({ status: 'failed' }) : state({ status: 'completed', rows: 1 }),
    });
    const queue = new ImportQueue(milvus, 2, signal);
    const ends = await settleFast(() =>
      Promise.allSettled(
        ['good', 'bad', 'also'].map((name) => queue.run(at, input(name), { onState: () => {} })),
      ),
    );
    expect(ends.map((end) => end.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('a call that Milvus refuses, and a question it does not answer, are told', async () => {
    const failure = new BackupError({ code: 'MILVUS_ERROR', message: 'no' });
    const refusing = makeGateway({ startImport: () => Promise.reject(failure) });
    expect(
      await thrownBy(() => new ImportQueue(refusing, 2, signal).run(at, input('a'), { onState: () => {} })),
    ).toBe(failure);
    const silent = makeGateway({
      startImport: async () => '1',
      importState: () => Promise.reject(failure),
    });
    const queue = new ImportQueue(silent, 2, signal);
    expect(await settleFast(() => thrownBy(() => queue.run(at, input('a'), { onState: () => {} })))).toBe(
      failure,
    );
  });

  describe('an import that stands still', () => {
    /** Milvus goes away at the third question, and stands still for the given number of questions. */
    const standing = (questions: number, told: Partial<ImportState>) => {
      let asked = 0;
      return makeGateway({
        startImport: async () => '1',
        outages: () => (asked < 3 ? 0 : 1),
        importState: async () =>
          ++asked < questions ? state(told) : state({ status: 'completed', percent: 100, rows: 1 }),
      });
    };
    const run = (milvus: ReturnType<typeof makeGateway>, mayBeLost: boolean) =>
      settleFast(() => {
        const queue = new ImportQueue(milvus, 2, signal);
        return queue.run(at, input('a'), { onState: () => {}, mayBeLost });
      });

    test('after Milvus was away is lost', async () => {
      const lost = standing(1_000, { working: true });
      expect(await thrownBy(() => run(lost, true))).toMatchObject({
        code: 'IMPORT_FAILED',
        message: expect.stringContaining('Milvus was away'),
      });
    });

    test.each([
      ['waits in the queue of Milvus', { working: false }, true],
      ['is kept by Milvus', {}, true],
      ['goes into a collection of others', { working: true }, false],
    ])('but %s is waited for', async (_what, told, mayBeLost) => {
      expect(await run(standing(1_000, told), mayBeLost)).toMatchObject({ status: 'completed' });
    });

    test('for less than a minute is waited for', async () => {
      expect(await run(standing(120, { working: true }), true)).toMatchObject({ status: 'completed' });
    });
  });

  test('refusals to tell of a job end nothing while it goes on', async () => {
    const refusal = new BackupError({ code: 'MILVUS_ERROR', message: 'code 5' });
    let asked = 0;
    const milvus = makeGateway({
      startImport: async () => '1',
      importState: async () => {
        if (++asked % 25 !== 0) throw refusal;
        return asked < 100 ? state({ percent: 70 }) : state({ status: 'completed', percent: 100 });
      },
    });
    const queue = new ImportQueue(milvus, 2, signal);
    const end = await settleFast(() => queue.run(at, input('a'), { onState: () => {} }));
    expect(end.status).toBe('completed');
  });

  test('a Milvus that holds all the jobs it may is asked again when ours have ended', async () => {
    const full = new BackupError({ code: 'MILVUS_RATE_LIMITED', message: 'number of jobs' });
    let held = 0;
    let refused = 0;
    const milvus = makeGateway({
      startImport: async () => {
        if (held === 2) {
          refused++;
          throw full;
        }
        return String(++held);
      },
      importState: async () => {
        if (refused < 8) return state({});
        held = 0;
        return state({ status: 'completed' });
      },
    });
    const queue = new ImportQueue(milvus, 8, signal);
    const names = ['a', 'b', 'c'];
    await settleFast(() =>
      Promise.all(names.map((name) => queue.run(at, input(name), { onState: () => {} }))),
    );
    expect(refused).toBeGreaterThanOrEqual(8);
    const alone = makeGateway({ startImport: () => Promise.reject(full) });
    const none = new ImportQueue(alone, 8, signal);
    expect(await thrownBy(() => none.run(at, input('a'), { onState: () => {} }))).toBe(full);
  });

  test('an import without progress is told of each hour, and waited for', async () => {
    const told: unknown[] = [];
    const logger = { ...silentLogger, warn: (fields: object) => void told.push(fields) };
    let asked = 0;
    const milvus = makeGateway({
      startImport: async () => '1',
      importState: async () => state(++asked > 18_500 ? { status: 'completed' } : { percent: 70 }),
    });
    const queue = new ImportQueue(milvus, 2, signal, logger);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const running = queue.run(at, input('a'), { onState: () => {} });
      while (asked <= 18_500) await vi.advanceTimersByTimeAsync(400_000);
      expect((await running).status).toBe('completed');
    } finally {
      vi.useRealTimers();
    }
    expect(told).toEqual([60, 120].map((minutes) => ({ ...at, job: '1', percent: 70, minutes })));
  });

  test('an import whose answer is lost is marked: its rows may come', async () => {
    const lost = new BackupError({ code: 'MILVUS_UNREACHABLE', message: 'broken' });
    const unsent = new BackupError({ code: 'MILVUS_UNREACHABLE', message: 'no', details: { notSent: true } });
    for (const [failure, marked] of [
      [lost, true],
      [unsent, false],
    ] as const) {
      const milvus = makeGateway({ startImport: () => Promise.reject(failure) });
      const queue = new ImportQueue(milvus, 2, signal);
      const error = await thrownBy(() => queue.run(at, input('a'), { onState: () => {} }));
      expect([error.code, isUnanswered(error)]).toEqual(['MILVUS_UNREACHABLE', marked]);
    }
  });

  test('a cancel ends what runs and what waits', async () => {
    const milvus = new OneByOne(1_000);
    const stop = new AbortController();
    const queue = new ImportQueue(milvus.gateway, 2, stop.signal);
    const ends = await settleFast(() =>
      Promise.allSettled(
        ['a', 'b', 'c'].map((name) =>
          queue.run(at, input(name), { onState: () => stop.abort(new Error('Ctrl-C')) }),
        ),
      ),
    );
    expect(ends.map((end) => end.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(milvus.started).toEqual(['job-a', 'job-b']);
  });
});
