import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HeldSnapshots } from '../../../src/backup/snapshot/held-snapshots.js';
import { createMemoryDriver } from '../../../src/driver/memory-driver.js';
import { BackupError } from '../../../src/errors/index.js';
import { silentLogger } from '../../../src/log.js';

const at = { database: 'd', collection: 'c' };

/** @param failures of the drop, before it works */
function start(failures = 0, address = 'here:1') {
  const driver = createMemoryDriver();
  const dropped: string[] = [];
  let left = failures;
  let tries = 0;
  const milvus = {
    async dropSnapshot({ database, collection }: typeof at, name: string) {
      tries += 1;
      if (left-- > 0) throw new BackupError({ code: 'MILVUS_ERROR', message: 'busy' });
      dropped.push(`${database}.${collection}/${name}`);
    },
  };
  const init = { driver, root: 'r', name: 'b', milvus, address, logger: silentLogger };
  const keys = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const entry of driver.list('')) if (entry.type === 'object') found.push(entry.key);
    return found;
  };
  return {
    held: new HeldSnapshots(init),
    again: new HeldSnapshots(init),
    init,
    dropped,
    keys,
    tries: () => tries,
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** With the pauses between tries passing by themselves. */
async function pass<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await vi.advanceTimersByTimeAsync(60_000);
  return await work;
}

describe('a snapshot', () => {
  test('is noted while it is held, and dropped whatever happens', async () => {
    const { held, keys, dropped } = start();
    const run = async (snapshot: string): Promise<string> => {
      expect(await keys()).toEqual(['r/b/meta/ts/snapshots/7.json']);
      return snapshot;
    };
    expect(await held.during(at, 7n, run)).toBe('mbk_b');
    await expect(held.during(at, 7n, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(dropped).toEqual(['d.c/mbk_b', 'd.c/mbk_b']);
    expect(await keys()).toEqual([]);
    expect(held.left).toEqual([]);
  });

  test('is dropped at the tenth try', async () => {
    const { held, dropped, keys, tries } = start(9);
    await pass(held.during(at, 7n, async () => {}));
    expect([dropped.length, tries(), held.left.length]).toEqual([1, 10, 0]);
    expect(await keys()).toEqual([]);
  });

  test('that cannot be dropped is told, stays noted, and is dropped by the next run', async () => {
    const { held, again, dropped, keys, tries } = start(10);
    await pass(held.during(at, 7n, async () => {}));
    expect([dropped, tries()]).toEqual([[], 10]);
    expect(held.left).toEqual([expect.stringMatching(/mbk_b of d\.c.*busy.*by hand/)]);
    expect(await keys()).toHaveLength(1);
    await again.dropLeft(undefined, 1);
    expect(dropped).toEqual(['d.c/mbk_b']);
    expect(await keys()).toEqual([]);
  });

  test('of another Milvus is left alone and told; damaged notes are none', async () => {
    const one = start(10);
    await pass(one.held.during(at, 7n, async () => {}));
    await one.init.driver.put('r/b/meta/ts/snapshots/8.json', Buffer.from('{"version":1'));
    const other = new HeldSnapshots({ ...one.init, address: 'there:1' });
    await other.dropLeft(undefined);
    expect(one.dropped).toEqual([]);
    expect(other.left).toEqual([expect.stringContaining('another Milvus, here:1')]);
  });
});
