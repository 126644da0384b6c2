import { describe, expect, test } from 'vitest';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { BackupError, isBackupError } from '../../src/errors/index.js';
import { claim } from '../../src/task/claim.js';
import { toRecord } from '../../src/task/record.js';
import { runKey } from '../../src/task/record-keys.js';
import { encodeRecord, type RunIdentity, readRecord } from '../../src/task/record-store.js';
import type { TaskView } from '../../src/task/types.js';
import { thrownBy } from '../driver/thrown-by.js';
import { makeHost, makeView } from './runs-of.js';

const key = runKey('backup', 'b');

/** Leaves the record of a run under a key, as its process last wrote it. */
async function leave(driver: StorageDriver, identity: RunIdentity, view: TaskView, at = key): Promise<void> {
  await driver.put(at, encodeRecord(toRecord(view, identity.owner, identity.now())));
}

async function keysOf(driver: StorageDriver): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of driver.list('')) if (entry.type === 'object') keys.push(entry.key);
  return keys;
}

/** Claims of processes 101… at once, each its own run. */
async function claimAll(driver: StorageDriver, host = makeHost(), count = 8): Promise<string[]> {
  const claims = Array.from({ length: count }, async (_, index) => {
    const pid = 101 + index;
    await claim(driver, key, makeView({ id: `run-${pid}` }), host.process(pid));
    return `run-${pid}`;
  });
  const ends = await Promise.allSettled(claims);
  for (const end of ends) {
    if (end.status === 'rejected') {
      expect(isBackupError(end.reason) && end.reason.code).toBe('BACKUP_IN_PROGRESS');
    }
  }
  return ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
}

describe('a name that nobody has', () => {
  test('goes to one of eight that want it at once', async () => {
    const driver = createMemoryDriver();
    const winners = await claimAll(driver);
    expect(winners).toHaveLength(1);
    expect((await readRecord(driver, key))?.id).toBe(winners[0]);
    expect(await keysOf(driver)).toEqual([key]);
  });

  test('is not taken on a store that cannot keep two apart', async () => {
    const driver = createMemoryDriver({ capabilities: {} });
    const error = await thrownBy(() => claim(driver, key, makeView(), makeHost().process(1)));
    expect(error.code).toBe('UNSUPPORTED');
    expect(await keysOf(driver)).toEqual([]);
  });

  test('a put that was repeated after a broken connection is no loss', async () => {
    const driver = createMemoryDriver();
    const put = driver.put.bind(driver);
    let broken = true;
    driver.put = async (...args) => {
      const info = await put(...args);
      if (!broken) return info;
      broken = false;
      return await put(...args);
    };
    await claim(driver, key, makeView(), makeHost().process(1));
    expect((await readRecord(driver, key))?.id).toBe('run-1');
  });
});

describe('a name that a run holds', () => {
  test('is refused, with who holds it', async () => {
    const [driver, host] = [createMemoryDriver(), makeHost()];
    await leave(driver, host.process(7), makeView({ id: 'first' }));
    const error = await thrownBy(() => claim(driver, key, makeView(), host.process(8)));
    expect(error).toMatchObject({
      code: 'BACKUP_IN_PROGRESS',
      message:
        'backup b is being written by process 7 on here (run first, since 1970-01-01T00:16:39.000Z, 1 s ago)',
      details: { pid: 7, owner: 'here', run: 'first' },
    });
    expect(error.remedy).toContain('wait for it to end');
  });

  test('is refused for a minute after the last word from another machine', async () => {
    const [driver, there, here] = [createMemoryDriver(), makeHost('there'), makeHost()];
    await leave(driver, there.process(7), makeView());
    here.time += 59_000;
    expect((await thrownBy(() => claim(driver, key, makeView(), here.process(8)))).code).toBe(
      'BACKUP_IN_PROGRESS',
    );
    here.time += 2_000;
    await claim(driver, key, makeView({ id: 'second' }), here.process(8));
    expect((await readRecord(driver, key))?.id).toBe('second');
  });
});

describe('a name that a dead run has left', () => {
  async function withDeadRun(): Promise<{ driver: StorageDriver; host: ReturnType<typeof makeHost> }> {
    const [driver, host] = [createMemoryDriver(), makeHost()];
    await leave(driver, host.process(7), makeView({ id: 'dead' }));
    host.alive.delete(7);
    return { driver, host };
  }

  test.each([1, 2, 3, 4, 5])('goes to one of eight that want it at once (round %i)', async (round) => {
    const { driver, host } = await withDeadRun();
    delayCalls(driver, round);
    const winners = await claimAll(driver, host);
    expect(winners).toHaveLength(1);
    expect((await readRecord(driver, key))?.id).toBe(winners[0]);
    expect(await keysOf(driver)).toEqual([key]);
  });

  test('is free when its run has ended, or its pid is another process now', async () => {
    const [driver, host] = [createMemoryDriver(), makeHost()];
    await leave(driver, host.process(7), makeView({ state: 'fail' }));
    await claim(driver, key, makeView({ id: 'second' }), host.process(8));
    await claim(driver, key, makeView({ id: 'third' }), host.process(8, 'after a restart'));
    expect((await readRecord(driver, key))?.id).toBe('third');
  });

  test('is taken over from one who died while taking it over', async () => {
    const { driver, host } = await withDeadRun();
    const link = `${key}.after-here-7-999000`;
    await leave(driver, host.process(9), makeView({ id: 'unlucky', startedAt: 999_500 }), link);
    const error = await thrownBy(() => claim(driver, key, makeView({ id: 'early' }), host.process(10)));
    expect(error.message).toContain('process 9');
    host.alive.delete(9);
    expect(await claimAll(driver, host)).toHaveLength(1);
    expect(await keysOf(driver)).toEqual([key]);
  });

  test('stays with the winner when a late-comer acts on what it read before', async () => {
    const { driver, host } = await withDeadRun();
    const get = driver.get.bind(driver);
    let late = true;
    driver.get = async (...args) => {
      const read = await get(...args);
      if (late) {
        late = false;
        await claim(driver, key, makeView({ id: 'winner' }), host.process(20));
      }
      return read;
    };
    const error = await thrownBy(() => claim(driver, key, makeView({ id: 'late' }), host.process(21)));
    expect(error.message).toContain('process 20');
    expect((await readRecord(driver, key))?.id).toBe('winner');
    expect(await keysOf(driver)).toEqual([key]);
  });

  test('a failure of the store leaves no link behind', async () => {
    const { driver, host } = await withDeadRun();
    const put = driver.put.bind(driver);
    driver.put = (at, body, options) => {
      if (at !== key || options?.ifNoneMatch) return put(at, body, options);
      throw new BackupError({ code: 'STORAGE_BUSY', message: 'busy' });
    };
    expect((await thrownBy(() => claim(driver, key, makeView(), host.process(8)))).code).toBe('STORAGE_BUSY');
    expect(await keysOf(driver)).toEqual([key]);
  });

  /** Spreads the calls of several claims over each other in another way each round. */
  function delayCalls(driver: StorageDriver, round: number): void {
    let calls = 0;
    const pause = async (): Promise<void> => {
      for (let turns = (calls++ * round * 7) % 5; turns > 0; turns--) await new Promise(setImmediate);
    };
    const [put, get, remove] = [driver.put.bind(driver), driver.get.bind(driver), driver.delete.bind(driver)];
    driver.put = async (...args) => {
      await pause();
      return await put(...args);
    };
    driver.get = async (...args) => {
      await pause();
      return await get(...args);
    };
    driver.delete = async (...args) => {
      await pause();
      return await remove(...args);
    };
  }
});
