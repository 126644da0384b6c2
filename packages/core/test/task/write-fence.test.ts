import { describe, expect, test } from 'vitest';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { BackupError } from '../../src/errors/index.js';
import { WriteFence } from '../../src/task/write-fence.js';
import { thrownBy } from '../driver/thrown-by.js';

const own = 'backup/b/meta/ts/run.json';

/** A driver behind a fence whose holder knows, or does not know, that the name is still this run's. */
async function makeFenced() {
  const driver = createMemoryDriver();
  await driver.put('other', Buffer.from('x'));
  const fence = new WriteFence();
  const fenced = fence.around(driver);
  const state = { lost: false, asked: 0 };
  const hold = (): void =>
    fence.hold(
      {
        async held() {
          state.asked += 1;
          if (state.lost)
            throw new BackupError({ code: 'BACKUP_IN_PROGRESS', message: 'another run has it' });
        },
      },
      own,
    );
  const keys = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const entry of driver.list('')) if (entry.type === 'object') found.push(entry.key);
    return found;
  };
  return { driver, fenced, state, hold, keys };
}

describe('a write fence', () => {
  test('asks before each call that changes the store, and before no other', async () => {
    const { driver, fenced, state, hold } = await makeFenced();
    await fenced.put('before', Buffer.from('x'));
    expect(state.asked).toBe(0);
    hold();
    await fenced.put('a', Buffer.from('x'));
    await fenced.copyFrom(driver, 'a', 'b');
    await fenced.delete(['a', 'b']);
    expect(state.asked).toBe(3);
    await fenced.head('other');
    (await fenced.get('other')).body.destroy();
    for await (const _entry of fenced.list('')) break;
    await fenced.bucketExists();
    expect(state.asked).toBe(3);
  });

  test('lets nothing through once the name is lost, but reads', async () => {
    const { driver, fenced, state, hold, keys } = await makeFenced();
    hold();
    state.lost = true;
    for (const write of [
      () => fenced.put('a', Buffer.from('x')),
      () => fenced.copyFrom(driver, 'other', 'b'),
      () => fenced.delete(['other']),
      () => fenced.delete([own, 'other']),
    ])
      expect((await thrownBy(write)).code).toBe('BACKUP_IN_PROGRESS');
    expect(await keys()).toEqual(['other']);
    expect(await fenced.head('other')).not.toBeNull();
  });

  test('does not ask for the record itself, by which the holder knows', async () => {
    const { fenced, state, hold, keys } = await makeFenced();
    hold();
    state.lost = true;
    await fenced.put(own, Buffer.from('x'));
    await fenced.put(`${own}.cancel`, Buffer.from('x'));
    expect(await keys()).toContain(own);
    await fenced.delete([own, `${own}.cancel`]);
    expect([state.asked, await keys()]).toEqual([0, ['other']]);
  });
});
