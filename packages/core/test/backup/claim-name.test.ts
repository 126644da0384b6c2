import { describe, expect, test } from 'vitest';
import { assertNameFree, claimName, clearFolder } from '../../src/backup/claim-name.js';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { metaKey } from '../../src/layout/index.js';
import { writeBackupMeta } from '../../src/meta/index.js';
import { toRecord } from '../../src/task/record.js';
import { runKey } from '../../src/task/record-keys.js';
import { encodeRecord } from '../../src/task/record-store.js';
import { thrownBy } from '../driver/thrown-by.js';
import { planBackup } from '../restore/backups.js';
import { makeHost, makeView } from '../task/runs-of.js';

const data = 'backup/b/binlogs/insert_log/1/2/3/3/0/1';

function start() {
  const [driver, host] = [createMemoryDriver(), makeHost()];
  const me = host.process(8);
  return {
    driver,
    host,
    check: () => assertNameFree(driver, 'backup', 'b', me),
    take: async (resume = false) => {
      const claimed = await claimName(driver, 'backup', makeView({ id: 'mine' }), me, { resume });
      if (claimed.stale) await clearFolder(driver, 'backup', 'b');
      return claimed;
    },
    leave: async (pid: number, state: 'executing' | 'fail' = 'executing') => {
      const record = toRecord(makeView({ id: 'other', state }), host.process(pid).owner, host.time);
      await driver.put(runKey('backup', 'b'), encodeRecord(record));
    },
  };
}

async function keysOf(driver: StorageDriver): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of driver.list('')) if (entry.type === 'object') keys.push(entry.key);
  return keys;
}

describe('a name', () => {
  test('without anything under it is free, whatever lies beside it', async () => {
    const { driver, check, take } = start();
    await driver.put('backup/bb/meta/backup_meta.json', new Uint8Array(1));
    await check();
    await take();
    expect(await keysOf(driver)).toEqual([runKey('backup', 'b'), 'backup/bb/meta/backup_meta.json']);
  });

  test('of a backup is taken', async () => {
    const { driver, check, take } = start();
    await writeBackupMeta(driver, 'backup', 'b', planBackup([], []));
    const error = await thrownBy(check);
    expect([error.code, error.message]).toEqual(['BACKUP_EXISTS', 'backup with name b already exist']);
    expect((await thrownBy(take)).code).toBe('BACKUP_EXISTS');
    expect(await keysOf(driver)).not.toContain(runKey('backup', 'b'));
  });

  test('that a run is writing is taken', async () => {
    const { check, leave } = start();
    await leave(9);
    expect((await thrownBy(check)).code).toBe('BACKUP_IN_PROGRESS');
  });

  test.each(['executing', 'fail'] as const)(
    'of a run that ended (%s) is free, and what it left is removed',
    async (state) => {
      const { driver, host, check, take, leave } = start();
      await leave(9, state);
      host.alive.delete(9);
      await driver.put(data, new Uint8Array(1));
      await driver.put(metaKey('backup', 'b', 'full_meta.json'), new Uint8Array(1));
      await check();
      await take();
      expect(await keysOf(driver)).toEqual([runKey('backup', 'b')]);
    },
  );

  test('under which another tool has left files is not free, and they stay', async () => {
    const { driver, check } = start();
    await driver.put(data, new Uint8Array(1));
    const error = await thrownBy(check);
    expect(error.code).toBe('BACKUP_EXISTS');
    expect(error.remedy).toContain('delete -n b');
    expect(await keysOf(driver)).toEqual([data]);
  });

  test('of a run that committed after we looked is given back', async () => {
    const { driver, host, check, take, leave } = start();
    await leave(9);
    host.alive.delete(9);
    await check();
    await writeBackupMeta(driver, 'backup', 'b', planBackup([], []));
    const before = (await keysOf(driver)).filter((key) => key !== runKey('backup', 'b'));
    expect((await thrownBy(take)).code).toBe('BACKUP_EXISTS');
    expect(await keysOf(driver)).toEqual(before);
  });
});
