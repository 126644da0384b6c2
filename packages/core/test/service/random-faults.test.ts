import { describe, expect, test } from 'vitest';
import { createManagedDriver } from '../../src/driver/managed-driver.js';
import { isBackupError } from '../../src/errors/index.js';
import { settleFast } from '../task/settle.js';
import { makeServiceBench, type ServiceBench } from './bench.js';
import { addFaults, randomOf } from './random-faults.js';

/** `FAULT_SEED=7` runs one schedule again, `FAULT_SCHEDULES` sets how many there are. */
const first = Number(process.env.FAULT_SEED ?? 1);
const schedules = process.env.FAULT_SEED ? 1 : Number(process.env.FAULT_SCHEDULES ?? 1_000);

const code = (error: unknown): string => (isBackupError(error) ? error.code : `no code: ${String(error)}`);
const ends = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', code);

async function makeBench(seed: number): Promise<ServiceBench> {
  const bench = await makeServiceBench(seed % 2 === 0 ? 'backups' : 'a-bucket');
  await bench.milvus.add('books', 3, 4);
  await bench.milvus.add('films', 5);
  return bench;
}

/** One life of a backup on stores that fail by chance; whatever comes of each step must be true, and mendable. */
async function live(seed: number): Promise<string[]> {
  const random = randomOf(seed);
  const bench = await makeBench(seed);
  const share = random() * 0.3;
  const faulty = (pid: number) =>
    bench.open(pid, undefined, {
      wrap: (driver) => {
        addFaults(driver, random, share);
        return createManagedDriver(driver);
      },
    });
  const sound = bench.open(100);
  await bench.driver(seed % 2 === 0 ? 'backups' : 'a-bucket').createBucket();
  const names = async (): Promise<string[]> => (await sound.list()).map((one) => one.name);

  const created = await ends(faulty(1).create({ name: 'b' }));
  bench.host.alive.delete(1);
  expect(created).not.toMatch(/^no code/);
  if ((await names()).includes('b')) {
    expect((await sound.get({ name: 'b' })).meta.collection_backups).toHaveLength(2);
  } else {
    expect(created).not.toBe('done');
    await sound.create({ name: 'b' });
  }

  const restored = await ends(faulty(2).restore({ name: 'b', suffix: '_x' }));
  bench.host.alive.delete(2);
  expect(restored).not.toMatch(/^no code/);
  if (restored !== 'done')
    expect(await ends(sound.restore({ name: 'b', suffix: '_x' }))).toMatch(/done|TARGET_EXISTS/);
  expect(['books_x', 'films_x'].map((name) => bench.milvus.collections.get(name)?.imported)).toEqual([7, 5]);

  const deleted = await ends(faulty(3).delete('b'));
  bench.host.alive.delete(3);
  expect(deleted).not.toMatch(/^no code/);
  if ((await names()).includes('b')) {
    await sound.restore({ name: 'b', suffix: '_y' });
    expect(bench.milvus.collections.get('books_y')?.imported).toBe(7);
  }
  expect(await ends(sound.delete('b'))).toMatch(/done|BACKUP_NOT_FOUND/);
  const left = (await bench.keys(seed % 2 === 0 ? 'backups' : 'a-bucket'))?.filter((key) =>
    key.startsWith('backup/'),
  );
  expect(left).toEqual([]);
  return [created, restored, deleted];
}

describe('stores that fail by chance', () => {
  test('lose nothing and tell nothing false, whatever the schedule', async () => {
    const outcomes = new Set<string>();
    await settleFast(async () => {
      for (let seed = first; seed < first + schedules; seed++) {
        const came = await live(seed).catch((cause: unknown) => {
          throw new Error(`schedule FAULT_SEED=${seed}`, { cause });
        });
        for (const one of came) outcomes.add(one);
      }
    });
    // Both ends of it are met, or the faults are none.
    if (schedules > 100) expect(outcomes.size).toBeGreaterThan(2);
    expect(outcomes).toContain('done');
  }, 300_000);
});
