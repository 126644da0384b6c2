import { describe, expect, test } from 'vitest';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { BackupError } from '../../src/errors/index.js';
import { toRecord } from '../../src/task/record.js';
import {
  encodeRecord,
  isRunning,
  readRecord,
  readRecordIfPossible,
  truthfulView,
} from '../../src/task/record-store.js';
import type { TaskState } from '../../src/task/types.js';
import { thrownBy } from '../driver/thrown-by.js';
import { makeHost, makeView } from './runs-of.js';

const key = 'backup/b/meta/ts/run.json';

describe('a record', () => {
  test('comes back as it was put, its error too', async () => {
    const driver = createMemoryDriver();
    const error = new BackupError({ code: 'STORAGE_FULL', message: 'no room', remedy: 'make some' });
    const collections = [
      {
        database: 'default',
        collection: 'books',
        state: 'fail',
        percent: 4,
        rows: 0,
        startedAt: 1,
        endedAt: 2,
        error: 'no room',
      },
    ] as const;
    const view = makeView({ state: 'fail', endedAt: 1_000_500, error, collections });
    const me = makeHost().process(7);
    await driver.put(key, encodeRecord(toRecord(view, me.owner, me.now())));
    const record = await readRecord(driver, key);
    expect(record).toMatchObject({ version: 1, owner: me.owner, updatedAt: 1_000_000 });
    expect(record && truthfulView(record, me)).toEqual(view);
    expect(record && truthfulView(record, me).error).toMatchObject({
      code: 'STORAGE_FULL',
      remedy: 'make some',
    });
  });

  test('is null where there is none', async () => {
    expect(await readRecord(createMemoryDriver(), key)).toBeNull();
  });

  test.each(['instance', 'backupName'])('whose %s would lead out of the backup is damaged', async (part) => {
    const driver = createMemoryDriver();
    const record = toRecord(makeView(), makeHost().process(7).owner, 1);
    const text = JSON.stringify(record).replace(new RegExp(`("${part}"):"[^"]+"`), '$1:"../../other"');
    expect(text).toContain('../../other');
    await driver.put(key, Buffer.from(text));
    // So a delete takes it for nobody's, and is not kept by the key that would come of it.
    expect(await readRecordIfPossible(driver, key)).toBeNull();
  });

  test.each(['', '{', '{}', '[]', '{"version":2}'])(
    'that is damaged (%j) is told, with a way out',
    async (text) => {
      const driver = createMemoryDriver();
      await driver.put(key, Buffer.from(text));
      const error = await thrownBy(() => readRecord(driver, key));
      expect(error).toMatchObject({ code: 'META_UNREADABLE', details: { key } });
      expect(error.remedy).toContain('`delete`');
      expect(await readRecordIfPossible(driver, key)).toBeNull();
    },
  );
});

describe('whether its run lives', () => {
  const states: TaskState[] = ['initial', 'executing', 'success', 'fail', 'timeout'];
  test.each(states)('by its state %s', (state) => {
    const host = makeHost();
    const record = toRecord(makeView({ state }), host.process(7).owner, host.time);
    expect(isRunning(record, host.process(8))).toBe(state === 'initial' || state === 'executing');
  });

  test('by its process, on this machine', () => {
    const host = makeHost();
    const record = toRecord(makeView(), host.process(7).owner, host.time);
    expect(isRunning(record, host.process(8))).toBe(true);
    host.alive.delete(7);
    expect(isRunning(record, host.process(8))).toBe(false);
    expect(isRunning(record, host.process(7, 'another process with that pid'))).toBe(false);
    expect(isRunning(record, host.process(7))).toBe(true);
  });

  test('by its last word, on another', () => {
    const [there, here] = [makeHost('there'), makeHost()];
    const record = toRecord(makeView(), there.process(7).owner, here.time);
    expect(isRunning(record, here.process(8))).toBe(true);
    here.time += 60_000;
    expect(isRunning(record, here.process(8))).toBe(false);
  });

  test('and a dead one is shown as failed', () => {
    const host = makeHost('here pid:[4026531836]');
    const record = toRecord(makeView(), host.process(7).owner, host.time);
    expect(truthfulView(record, host.process(8)).state).toBe('executing');
    host.alive.delete(7);
    const view = truthfulView(record, host.process(8));
    expect(view).toMatchObject({ state: 'fail', endedAt: host.time, error: { code: 'CANCELLED' } });
    expect(view.error?.message).toBe('the create was interrupted: its process 7 on here ended');
    expect(view.error?.remedy).toContain('again');
  });
});
