import { expect, test } from 'vitest';
import { deleteBackup } from '../../src/delete/delete-backup.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { silentLogger } from '../../src/log.js';
import { backupMetaExists, writeBackupMeta } from '../../src/meta/index.js';
import { claim } from '../../src/task/claim.js';
import { restoreKey, runKey } from '../../src/task/record-keys.js';
import { readRecord } from '../../src/task/record-store.js';
import { planBackup } from '../restore/backups.js';
import { makeHost, makeView } from './runs-of.js';

const key = runKey('backup', 'b');
const told = { code: 'BACKUP_IN_PROGRESS' };

/** Two hosts, the second an hour ahead of the first and of the store. */
function makeSkewed() {
  const one = makeHost('one');
  const two = makeHost('two');
  two.time += 3_600_000;
  const driver = createMemoryDriver({ now: () => new Date(one.time) });
  return { one, driver, first: one.process(1), second: two.process(1) };
}

test('a host whose clock is ahead takes no live run for dead, and a dead one for dead', async () => {
  const { one, driver, first, second } = makeSkewed();
  await claim(driver, key, makeView({ id: 'first' }), first);
  one.time += 10_000;
  await expect(claim(driver, key, makeView({ id: 'second' }), second)).rejects.toMatchObject(told);
  expect((await readRecord(driver, key))?.id).toBe('first');
  one.time += 50_000;
  await claim(driver, key, makeView({ id: 'second' }), second);
  expect(await readRecord(driver, key)).toMatchObject({ id: 'second', fence: 2 });
});

test('a host whose clock is ahead deletes no backup that another restores', async () => {
  const { one, driver, first, second } = makeSkewed();
  await writeBackupMeta(driver, 'backup', 'b', { ...planBackup([], []), name: 'b' });
  const restoring = makeView({ id: 'r', kind: 'restore' });
  await claim(driver, restoreKey('backup', 'b', 'r'), restoring, first);
  const remove = () =>
    deleteBackup({
      driver,
      root: 'backup',
      identity: second,
      view: () => makeView({ id: 'd', kind: 'delete' }),
      logger: silentLogger,
      onRemoved: () => {},
    });
  await expect(remove()).rejects.toMatchObject(told);
  expect(await backupMetaExists(driver, 'backup', 'b')).toBe(true);
  one.time += 60_000;
  await remove();
  expect(await backupMetaExists(driver, 'backup', 'b')).toBe(false);
});
