import { describe, expect, test } from 'vitest';
import { deleteBackup } from '../../src/delete/delete-backup.js';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { BackupError } from '../../src/errors/index.js';
import { silentLogger } from '../../src/log.js';
import { readBackupMeta, writeBackupMeta } from '../../src/meta/index.js';
import { toRecord } from '../../src/task/record.js';
import { restoreKey, runKey } from '../../src/task/record-keys.js';
import { encodeRecord } from '../../src/task/record-store.js';
import { thrownBy } from '../driver/thrown-by.js';
import { planBackup } from '../restore/backups.js';
import { makeHost, makeView } from '../task/runs-of.js';

const tombstone = 'backup/b/meta/ts/tombstone.json';

async function withBackup(objects = 3): Promise<StorageDriver> {
  const driver = createMemoryDriver();
  for (let index = 0; index < objects; index++) {
    await driver.put(`backup/b/binlogs/insert_log/1/2/3/3/0/${index}`, new Uint8Array(1));
  }
  await driver.put('backup/bb/meta/backup_meta.json', new Uint8Array(1));
  await driver.put('backup/b.txt', new Uint8Array(1));
  await writeBackupMeta(driver, 'backup', 'b', planBackup([], []));
  return driver;
}

async function keysOf(driver: StorageDriver): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of driver.list('')) if (entry.type === 'object') keys.push(entry.key);
  return keys;
}

const remove = (
  driver: StorageDriver,
  onRemoved: (count: number) => void = () => {},
  identity = makeHost().process(7),
) =>
  deleteBackup({
    driver,
    root: 'backup',
    identity,
    view: () => makeView({ id: 'delete', kind: 'delete', backupName: 'b' }),
    logger: silentLogger,
    onRemoved,
  });

/** Fails the call after `calls` others that change the store, as a killed process would end there. */
function failAfter(driver: StorageDriver, calls: number): () => void {
  let left = calls;
  const [put, remove] = [driver.put, driver.delete];
  const step = (): void => {
    if (left-- <= 0) throw new BackupError({ code: 'STORAGE_UNREACHABLE', message: 'gone' });
  };
  driver.put = async (...args) => {
    step();
    return await put.apply(driver, args);
  };
  driver.delete = async (...args) => {
    step();
    await remove.apply(driver, args);
  };
  return () => {
    [driver.put, driver.delete] = [put, remove];
  };
}

describe('deleteBackup', () => {
  test('removes all of one backup and nothing of its neighbours', async () => {
    const driver = await withBackup();
    const told: number[] = [];
    await remove(driver, (count) => told.push(count));
    expect(await keysOf(driver)).toEqual(['backup/b.txt', 'backup/bb/meta/backup_meta.json']);
    expect(told).toEqual([3, 6]);
  });

  test('unlists first, then removes data, metadata last', async () => {
    const driver = await withBackup();
    const steps: string[][] = [];
    const removeAll = driver.delete.bind(driver);
    driver.delete = async (keys, options) => {
      steps.push(keys.map((key) => key.replace('backup/b/', '')));
      await removeAll(keys, options);
    };
    await remove(driver);
    expect(steps.map((keys) => [...keys].sort())).toEqual([
      ['meta/backup_meta.json'],
      ['meta/full_meta.json'],
      [0, 1, 2].map((log) => `binlogs/insert_log/1/2/3/3/0/${log}`),
      ['meta/collection_meta.json', 'meta/partition_meta.json', 'meta/segment_meta.json'],
      ['meta/ts/tombstone.json'],
      ['meta/ts/run.json'],
    ]);
  });

  test.each([
    ['data of Milvus', 'insert_log/1/2/3/4/5'],
    ['a stray object', 'notes.txt'],
    ['a stranger among the metadata', 'meta/other.json'],
    ['a stranger among the binlogs', 'binlogs/index_files/1'],
  ])('leaves a folder alone that holds %s', async (_what, key) => {
    const driver = await withBackup();
    await driver.put(`backup/b/${key}`, new Uint8Array([1]));
    const before = await keysOf(driver);
    await expect(remove(driver)).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
    expect(await keysOf(driver)).toEqual(before);
  });

  test('waits for a restore that is under way', async () => {
    const driver = await withBackup();
    const record = toRecord(
      makeView({ id: 'r', kind: 'restore' }),
      { host: 'far', pid: 1, instance: 'x' },
      makeHost().time,
    );
    await driver.put(restoreKey('backup', 'b', 'r'), encodeRecord(record));
    await expect(remove(driver)).rejects.toMatchObject({ code: 'BACKUP_IN_PROGRESS' });
  });

  test('removes in batches, however many objects there are', async () => {
    const driver = await withBackup(2_500);
    const sizes: number[] = [];
    const removeAll = driver.delete.bind(driver);
    driver.delete = async (keys, options) => {
      sizes.push(keys.length);
      await removeAll(keys, options);
    };
    await remove(driver);
    expect(sizes).toEqual([1, 1, 1_000, 1_000, 500, 3, 1, 1]);
  });

  test.each([0, 1, 2, 3, 4, 5, 6])('cut short after %i steps, it is finished by the next', async (steps) => {
    const driver = await withBackup();
    const repair = failAfter(driver, steps);
    expect((await thrownBy(() => remove(driver))).code).toBe('STORAGE_UNREACHABLE');
    repair();
    if (steps >= 3) {
      expect((await thrownBy(() => readBackupMeta(driver, 'backup', 'b'))).code).toBe('BACKUP_NOT_FOUND');
      expect(await keysOf(driver)).toContain(tombstone);
    }
    // The first process has died with its step.
    const next = makeHost().process(8);
    await remove(driver, undefined, next);
    expect(await keysOf(driver)).toEqual(['backup/b.txt', 'backup/bb/meta/backup_meta.json']);
    expect((await thrownBy(() => remove(driver, undefined, next))).code).toBe('BACKUP_NOT_FOUND');
  });

  test('removes what an unfinished run has left, and a damaged record with it', async () => {
    const driver = createMemoryDriver();
    await driver.put('backup/b/binlogs/insert_log/1/2/3/3/0/1', new Uint8Array(1));
    await driver.put(runKey('backup', 'b'), Buffer.from('{'));
    await remove(driver);
    expect(await keysOf(driver)).toEqual([]);
  });

  test('leaves a backup alone that a run is writing', async () => {
    const driver = createMemoryDriver();
    const host = makeHost();
    const record = toRecord(makeView(), host.process(9).owner, host.time);
    await driver.put(runKey('backup', 'b'), encodeRecord(record));
    const error = await thrownBy(() => remove(driver, undefined, host.process(7)));
    expect([error.code, error.details.pid]).toEqual(['BACKUP_IN_PROGRESS', 9]);
    expect(await keysOf(driver)).toEqual([runKey('backup', 'b')]);
    host.alive.delete(9);
    await remove(driver, undefined, host.process(7));
    expect(await keysOf(driver)).toEqual([]);
  });

  test('of what is not there changes nothing', async () => {
    const driver = createMemoryDriver();
    await driver.put('backup/bb/x', new Uint8Array(1));
    const error = await thrownBy(() => remove(driver));
    expect([error.code, error.message]).toEqual(['BACKUP_NOT_FOUND', 'backup b not found']);
    expect(await keysOf(driver)).toEqual(['backup/bb/x']);
  });
});
