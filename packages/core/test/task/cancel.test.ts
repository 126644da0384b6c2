import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { BackupError } from '../../src/errors/index.js';
import { cancelKey, requestCancel } from '../../src/task/cancel.js';
import { claim } from '../../src/task/claim.js';
import { toRecord } from '../../src/task/record.js';
import { RecordWriter } from '../../src/task/record-writer.js';
import { makeHost, makeView } from './runs-of.js';

const key = 'backup/b/meta/ts/run.json';
const host = makeHost();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function start(driver: StorageDriver = createMemoryDriver()) {
  const me = host.process(7);
  await claim(driver, key, makeView(), me);
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const view = (): ReturnType<typeof makeView> => makeView();
  const writer = new RecordWriter({ driver, key, identity: me, view, claimed: true, onError });
  return { driver, writer, errors, record: toRecord(makeView(), me.owner, host.time) };
}

describe('a request to cancel', () => {
  test('reaches the owner of the record with its next renewal, and is used up', async () => {
    const { driver, writer, record } = await start();
    await requestCancel(driver, key, record);
    expect(writer.lost.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(5_000);
    await vi.waitFor(() => expect(writer.lost.aborted).toBe(true));
    expect(writer.lost.reason).toMatchObject({ code: 'CANCELLED' });
    expect(await driver.head(cancelKey(key))).toBeNull();
    await writer.end();
  });

  test.each([
    ['another id', { id: 'other' }],
    ['an earlier run of the same id', { startedAt: 1 }],
    ['another process', { owner: host.process(8).owner }],
  ])('that means %s is dropped', async (_what, change) => {
    const { driver, writer, record } = await start();
    await requestCancel(driver, key, { ...record, ...change });
    await writer.save();
    expect([writer.lost.aborted, await driver.head(cancelKey(key))]).toEqual([false, null]);
    await writer.end();
  });

  test.each(['', 'null', '{"version":1}', '{'])('that is not one (%j) asks for nothing', async (text) => {
    const { driver, writer } = await start();
    await driver.put(cancelKey(key), new TextEncoder().encode(text));
    await writer.save();
    expect([writer.lost.aborted, await driver.head(cancelKey(key))]).toEqual([false, null]);
    await writer.end();
  });

  test('that comes too late goes with the record', async () => {
    const { driver, writer, record } = await start();
    await requestCancel(driver, key, record);
    await writer.remove();
    expect([await driver.head(key), await driver.head(cancelKey(key))]).toEqual([null, null]);
  });

  test('that cannot be read is told, and is no renewal that failed', async () => {
    const { driver, writer, errors, record } = await start();
    await requestCancel(driver, key, record);
    const get = driver.get.bind(driver);
    const busy = new BackupError({ code: 'STORAGE_BUSY', message: 'busy' });
    driver.get = (asked, options) => (asked === cancelKey(key) ? Promise.reject(busy) : get(asked, options));
    await writer.save();
    expect([errors, writer.lost.aborted]).toEqual([[busy], false]);
    await writer.end();
  });
});
