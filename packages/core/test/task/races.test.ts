import { describe, expect, test } from 'vitest';
import type { StorageDriver } from '../../src/driver/driver.js';
import { isBackupError } from '../../src/errors/index.js';
import { makeServiceBench, type ServiceBench } from '../service/bench.js';
import { settleFast } from './settle.js';

/** Lets waiting calls go on one at a time, in an order that a seed decides. */
function makeSchedule(seed: number) {
  let state = seed * 2_654_435_761 + 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
  const waiting: (() => void)[] = [];
  let running = true;
  const drive = async (): Promise<void> => {
    while (running) {
      await new Promise(setImmediate);
      waiting.splice(random(Math.max(1, waiting.length)), 1)[0]?.();
    }
  };
  const turn = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  return {
    start: () => void drive(),
    stop: () => {
      running = false;
    },
    change(driver: StorageDriver): void {
      for (const name of ['head', 'get', 'put', 'copyFrom', 'delete'] as const) {
        const call = driver[name].bind(driver) as (...args: unknown[]) => Promise<never>;
        const later = async (...args: unknown[]): Promise<never> => {
          await turn();
          return await call(...args);
        };
        Object.assign(driver, { [name]: later });
      }
      const list = driver.list.bind(driver);
      driver.list = async function* (...args) {
        await turn();
        yield* list(...args);
      };
    },
  };
}

type Verb = 'create' | 'delete' | 'restore' | 'cleanup';

const verbs = {
  create: (service) => service.create({ name: 'b' }),
  delete: (service) => service.delete('b'),
  restore: (service) => service.restore({ name: 'b', suffix: '_new' }),
  cleanup: (service) => service.cleanup({ apply: true, olderThan: 0 }),
} as const satisfies Record<Verb, (service: ReturnType<ServiceBench['open']>) => Promise<unknown>>;

/** Codes that one of two at the same name may be told. */
const told: ReadonlySet<string> = new Set(['BACKUP_IN_PROGRESS', 'BACKUP_EXISTS', 'BACKUP_NOT_FOUND']);

async function race(seed: number, before: 'backup' | 'dead' | 'nothing', racers: readonly Verb[]) {
  const bench = await makeServiceBench();
  await bench.milvus.add('books', 30, 12);
  const prepared = bench.open(1);
  await bench.driver('backups').createBucket();
  if (before !== 'nothing') await prepared.create({ name: 'b' });
  if (before === 'dead') {
    // As a create leaves it that dies before its last file.
    const backups = bench.driver('backups');
    const record = JSON.stringify({
      ...deadRecord,
      owner: { host: 'here', pid: 2, instance: 'here-2' },
      updatedAt: bench.host.time,
    });
    await backups.delete(['backup/b/meta/backup_meta.json', 'backup/b/meta/full_meta.json']);
    await backups.put('backup/b/meta/ts/run.json', Buffer.from(record));
  }
  const keys = (await bench.keys('backups'))?.filter((key) => key.includes('/binlogs/'));
  const schedule = makeSchedule(seed);
  schedule.start();
  const ends = await settleFast(() =>
    Promise.all(
      racers.map((verb, index) =>
        verbs[verb](bench.open(10 + index, undefined, schedule.change)).then(
          () => 'done',
          (error: unknown) => (isBackupError(error) ? error.code : String(error)),
        ),
      ),
    ),
  );
  schedule.stop();
  return { bench, ends, keys };
}

const deadRecord = {
  version: 1,
  fence: 1,
  id: 'dead',
  kind: 'create',
  backupName: 'b',
  state: 'executing',
  progress: {
    percent: 1,
    step: 'copying',
    bytesDone: 0,
    bytesTotal: 0,
    objectsDone: 0,
    objectsTotal: 0,
    collectionsDone: 0,
    collectionsTotal: 0,
  },
  startedAt: 1,
  endedAt: 0,
  error: null,
  collections: [],
};

describe.each([
  ['backup', ['delete', 'restore']],
  ['backup', ['delete', 'create']],
  ['backup', ['delete', 'delete', 'restore']],
  ['backup', ['delete', 'create', 'restore', 'cleanup']],
  ['dead', ['create', 'create', 'cleanup']],
  ['dead', ['create', 'delete', 'cleanup', 'cleanup']],
  ['nothing', ['create', 'create', 'create', 'cleanup']],
] as const)('on a folder with %s, %j at once', (before, racers) => {
  const seeds = Array.from({ length: 12 }, (_, seed) => seed);

  test.each(seeds)('no lie and no loss with seed %i', async (seed) => {
    const { bench, ends, keys = [] } = await race(seed, before, racers);
    for (const end of ends) expect(end === 'done' || told.has(end), end).toBe(true);
    const service = bench.open(99);
    const listed = (await service.list()).map((one) => one.name);
    const left = (await bench.keys('backups')) ?? [];
    const restored = racers.some((verb, index) => verb === 'restore' && ends[index] === 'done');
    if (restored) expect(bench.milvus.collections.get('books_new')?.imported).toBe(42);
    if (listed.length > 0) {
      // Whole: what is listed can be restored.
      const data = left.filter((key) => key.includes('/binlogs/'));
      if (before !== 'nothing') expect(data).toEqual(keys);
      expect(data.length).toBeGreaterThan(0);
      const creates = racers.flatMap((verb, index) => (verb === 'create' ? [ends[index]] : []));
      expect(creates.filter((end) => end === 'done').length).toBeLessThanOrEqual(1 + racers.length);
    } else {
      expect(ends.some((end, index) => end === 'done' && racers[index] !== 'restore')).toBe(true);
    }
    // Whatever is left, the name can be used.
    for (const index of racers.keys()) bench.host.alive.delete(10 + index);
    if (listed.length > 0) await service.delete('b');
    expect((await service.create({ name: 'b' })).state).toBe('success');
    expect(left.filter((key) => key.includes('.after-'))).toEqual([]);
  });
});
