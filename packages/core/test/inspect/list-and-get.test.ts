import { describe, expect, test } from 'vitest';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { BackupError } from '../../src/errors/index.js';
import { getBackup } from '../../src/inspect/get-backup.js';
import { findById, listBackups, listFolders } from '../../src/inspect/list-backups.js';
import { silentLogger } from '../../src/log.js';
import { writeBackupMeta } from '../../src/meta/index.js';
import { thrownBy } from '../driver/thrown-by.js';
import { planBackup } from '../restore/backups.js';

/** Three backups, and what else is found in such a folder. */
async function withBackups(): Promise<StorageDriver> {
  const driver = createMemoryDriver();
  for (const name of ['b2', 'b10', 'a']) {
    const meta = { ...planBackup([], []), name, id: `id-${name}`, size: 7, milvus_version: 'v2.3.5' };
    await writeBackupMeta(driver, 'backup', name, meta);
  }
  await driver.put('backup/unfinished/meta/ts/run.json', Buffer.from('{}'));
  await driver.put('backup/broken/meta/full_meta.json', Buffer.from('{'));
  await driver.put('backup/broken/meta/backup_meta.json', Buffer.from('{'));
  await driver.put('backup/note.txt', Buffer.from('hello'));
  await driver.put('elsewhere/c/meta/backup_meta.json', Buffer.from('{}'));
  return driver;
}

/** A driver whose reads of some keys fail. */
function failing(driver: StorageDriver, part: string, error: BackupError): StorageDriver {
  const get = driver.get.bind(driver);
  driver.get = (key, options) => (key.includes(part) ? Promise.reject(error) : get(key, options));
  return driver;
}

describe('list', () => {
  test('shows whole backups in the order of their folders, and warns of what it cannot read', async () => {
    const warnings: object[] = [];
    const logger = { ...silentLogger, warn: (fields: object) => void warnings.push(fields) };
    const entries = await listBackups(await withBackups(), 'backup', logger);
    expect(entries.map((entry) => entry.name)).toEqual(['a', 'b10', 'b2']);
    expect(entries[0]).toEqual({ id: 'id-a', name: 'a', size: 7, milvusVersion: 'v2.3.5' });
    expect(warnings).toContainEqual(expect.objectContaining({ folder: 'broken', code: 'META_UNREADABLE' }));
    expect(warnings).toContainEqual(
      expect.objectContaining({ folder: 'unfinished', code: 'BACKUP_NOT_FOUND' }),
    );
  });

  test('calls each by its folder, whatever its metadata say, and once, however often the store does', async () => {
    const driver = await withBackups();
    for (const [folder, name] of [
      ['a', 'b10'],
      ['b2', 'x\n\u202ey'],
    ] as const)
      await writeBackupMeta(driver, 'backup', folder, { ...planBackup([], []), name });
    const list = driver.list.bind(driver);
    driver.list = async function* (...args) {
      for await (const entry of list(...args)) yield* [entry, entry];
    };
    const entries = await listBackups(driver, 'backup', silentLogger);
    expect(entries.map((entry) => entry.name)).toEqual(['a', 'b10', 'b2']);
  });

  test('says nothing of a folder that the store goes on listing after its last object', async () => {
    const warnings: object[] = [];
    const logger = { ...silentLogger, warn: (fields: object) => void warnings.push(fields) };
    const driver = await withBackups();
    const list = driver.list.bind(driver);
    driver.list = async function* (prefix, options) {
      yield* list(prefix, options);
      if (prefix === 'backup/') yield { type: 'prefix', prefix: 'backup/zz_deleted/' };
    };
    const entries = await listBackups(driver, 'backup', logger);
    expect(entries.map((entry) => entry.name)).toEqual(['a', 'b10', 'b2']);
    expect(warnings).not.toContainEqual(expect.objectContaining({ folder: 'zz_deleted' }));
  });

  test('of nothing is empty', async () => {
    expect(await listBackups(createMemoryDriver(), 'backup', silentLogger)).toEqual([]);
    expect(await listFolders(await withBackups(), '')).toEqual(['backup', 'elsewhere']);
  });

  test.each(['STORAGE_UNREACHABLE', 'STORAGE_AUTH'] as const)(
    'a store that fails (%s) is no empty list',
    async (code) => {
      const driver = failing(await withBackups(), '/b2/', new BackupError({ code, message: 'no' }));
      expect((await thrownBy(() => listBackups(driver, 'backup', silentLogger))).code).toBe(code);
    },
  );

  test('can be cancelled', async () => {
    const call = async () => listBackups(await withBackups(), 'backup', silentLogger, AbortSignal.abort());
    expect((await thrownBy(call)).code).toBe('CANCELLED');
  });
});

describe('get', () => {
  test('by name, by id, or by both', async () => {
    const driver = await withBackups();
    for (const by of [{ name: 'b2' }, { id: 'id-b2' }, { name: 'b2', id: 'id-b2' }]) {
      const { meta, metaSize } = await getBackup(driver, 'backup', by, silentLogger);
      expect([meta.name, metaSize > 0]).toEqual(['b2', true]);
    }
  });

  test.each([
    [{ name: 'nosuch' }, 'backup nosuch not found'],
    [{ id: 'nosuch' }, 'backup with id nosuch not found'],
    [{ name: 'a', id: 'id-b2' }, 'backup a with id id-b2 not found'],
    [{ name: 'unfinished' }, 'backup unfinished not found'],
    [{}, 'backup with id undefined not found'],
  ])('of %o', async (by, message) => {
    const driver = await withBackups();
    const error = await thrownBy(() => getBackup(driver, 'backup', by, silentLogger));
    expect([error.code, error.message]).toEqual(['BACKUP_NOT_FOUND', message]);
  });

  test('of what cannot be read says so', async () => {
    const error = await thrownBy(async () =>
      getBackup(await withBackups(), 'backup', { name: 'broken' }, silentLogger),
    );
    expect(error.code).toBe('META_UNREADABLE');
    const denied = new BackupError({ code: 'STORAGE_AUTH', message: 'denied' });
    const driver = failing(await withBackups(), 'full_meta', denied);
    expect(await thrownBy(() => getBackup(driver, 'backup', { name: 'a' }, silentLogger))).toBe(denied);
  });

  test('by id reads on past what is broken', async () => {
    const found = await findById(await withBackups(), 'backup', 'id-b2', silentLogger);
    expect(found).toBe('b2');
    expect(await findById(await withBackups(), 'backup', 'nosuch', silentLogger)).toBeNull();
  });
});
