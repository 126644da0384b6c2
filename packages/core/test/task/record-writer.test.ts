import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { BackupError, isBackupError } from '../../src/errors/index.js';
import { claim } from '../../src/task/claim.js';
import { readRecord } from '../../src/task/record-store.js';
import { RecordWriter } from '../../src/task/record-writer.js';
import type { TaskView } from '../../src/task/types.js';
import { thrownBy } from '../driver/thrown-by.js';
import { makeHost, makeView } from './runs-of.js';

const key = 'backup/b/meta/ts/run.json';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A run whose record is being kept, and what was told of it. */
async function start(driver: StorageDriver = createMemoryDriver(), claimed = true) {
  const host = makeHost();
  const me = host.process(7);
  let view = makeView();
  if (claimed) await claim(driver, key, view, me);
  const errors: unknown[] = [];
  const writer = new RecordWriter({
    driver,
    key,
    identity: me,
    view: () => view,
    claimed,
    onError: (error) => errors.push(error),
  });
  const set = (given: Partial<TaskView>): void => {
    view = makeView(given);
  };
  return { driver, host, writer, errors, set };
}

/** One renewal, and what follows from it. */
async function renew(writer: RecordWriter): Promise<void> {
  await vi.advanceTimersByTimeAsync(5_000);
  await writer.save().catch(() => {});
}

describe('RecordWriter', () => {
  test('renews while the run goes on, and no more when it has ended', async () => {
    const { driver, host, writer, set } = await start();
    host.time += 5_000;
    set({ id: 'run-1', progress: { ...makeView().progress, percent: 50 } });
    await vi.advanceTimersByTimeAsync(5_000);
    await vi.waitFor(async () => {
      expect(await readRecord(driver, key)).toMatchObject({
        updatedAt: host.time,
        progress: { percent: 50 },
      });
    });
    set({ state: 'fail' });
    await writer.end();
    host.time += 5_000;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await readRecord(driver, key)).toMatchObject({ state: 'fail', updatedAt: host.time - 5_000 });
  });

  test('removes the record of a run that is done', async () => {
    const { driver, writer, errors } = await start();
    await writer.remove();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await readRecord(driver, key)).toBeNull();
    expect(errors).toEqual([]);
  });

  test('a store that fails for a while is told of, and does not end the run', async () => {
    const { driver, host, writer, errors } = await start();
    const put = driver.put.bind(driver);
    const busy = new BackupError({ code: 'STORAGE_BUSY', message: 'busy' });
    driver.put = () => Promise.reject(busy);
    await renew(writer);
    expect(errors).toEqual([busy]);
    expect(writer.lost.aborted).toBe(false);
    driver.put = put;
    host.time += 7;
    await writer.end();
    expect((await readRecord(driver, key))?.updatedAt).toBe(host.time);
  });

  test.each([
    [
      'another run',
      async (driver: StorageDriver, host = makeHost()) => {
        await driver.delete([key]);
        await claim(driver, key, makeView({ id: 'other' }), host.process(8));
      },
      /process 8/,
    ],
    ['a delete', (driver: StorageDriver) => driver.delete([key]), /took it for dead and deleted b/],
  ])('notices that %s has taken its name, and writes nothing over it', async (_what, take, message) => {
    const { driver, writer } = await start();
    await take(driver);
    const before = await readRecord(driver, key);
    const error = await thrownBy(() => writer.save());
    expect([error.code, writer.lost.aborted]).toEqual(['BACKUP_IN_PROGRESS', true]);
    expect(error.message).toMatch(message);
    expect(isBackupError(writer.lost.reason) && writer.lost.reason).toBe(error);
    await writer.end();
    expect(await readRecord(driver, key)).toEqual(before);
  });

  test('a record that nobody else can want needs no claim', async () => {
    const { driver, writer } = await start(createMemoryDriver(), false);
    await writer.save();
    expect(await readRecord(driver, key)).toMatchObject({ id: 'run-1' });
    await writer.end();
  });
});
