import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { BackupError } from '../../src/errors/index.js';
import { downloadBackup } from '../../src/inspect/download-backup.js';
import { writeBackupMeta } from '../../src/meta/index.js';
import { thrownBy } from '../driver/thrown-by.js';
import { planBackup } from '../restore/backups.js';

const large = Buffer.alloc(300_000, 'x');

async function withBackup(): Promise<StorageDriver> {
  const driver = createMemoryDriver();
  await driver.put('backup/b/binlogs/insert_log/1/2/3/3/0/1', large);
  await driver.put('backup/b/binlogs/insert_log/1/2/3/3/0/2', Buffer.from('small'));
  await driver.put('backup/b/binlogs/insert_log/1/2/3/3/0/3', new Uint8Array());
  await driver.put('backup/b/meta/ts/restore/r1.json', Buffer.from('{}'));
  await driver.put('backup/bb/binlogs/other', Buffer.from('other'));
  await writeBackupMeta(driver, 'backup', 'b', planBackup([], []));
  return driver;
}

async function readTar(tar: Readable): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const reader = extract();
  const read = (async () => {
    for await (const entry of reader) {
      const parts: Buffer[] = [];
      for await (const part of entry) parts.push(part as Buffer);
      files.set(entry.header.name, Buffer.concat(parts));
    }
  })();
  await Promise.all([pipeline(tar, reader), read]);
  return files;
}

/** Streams that were opened and not yet ended or destroyed. */
function watchStreams(driver: StorageDriver): Set<Readable> {
  const open = new Set<Readable>();
  const get = driver.get.bind(driver);
  driver.get = async (...args) => {
    const result = await get(...args);
    open.add(result.body);
    result.body.once('close', () => open.delete(result.body));
    return result;
  };
  return open;
}

describe('downloadBackup', () => {
  test('gives every file of the backup, and none of ours or of others', async () => {
    const driver = await withBackup();
    const files = await readTar(await downloadBackup(driver, 'backup', 'b'));
    expect([...files.keys()].sort()).toEqual([
      ...[1, 2, 3].map((log) => `b/binlogs/insert_log/1/2/3/3/0/${log}`),
      ...['backup', 'collection', 'full', 'partition', 'segment'].map((kind) => `b/meta/${kind}_meta.json`),
    ]);
    expect(files.get('b/binlogs/insert_log/1/2/3/3/0/1')?.equals(large)).toBe(true);
    expect(files.get('b/binlogs/insert_log/1/2/3/3/0/3')).toHaveLength(0);
  });

  test('reads only as much as is taken', async () => {
    const driver = await withBackup();
    let opened = 0;
    const get = driver.get.bind(driver);
    driver.get = (...args) => {
      opened++;
      return get(...args);
    };
    const tar = await downloadBackup(driver, 'backup', 'b');
    const before = opened;
    await new Promise((resolve) => tar.once('readable', resolve));
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(opened - before).toBe(1);
    tar.destroy();
  });

  test.each([
    ['when it is opened', 1],
    ['amid its bytes', 0],
  ])('a failure of the store %s ends the stream with it', async (_when, early) => {
    const driver = await withBackup();
    const failure = new BackupError({ code: 'STORAGE_UNREACHABLE', message: 'gone' });
    const get = driver.get.bind(driver);
    driver.get = async (key, options) => {
      if (!key.endsWith('/0/1')) return await get(key, options);
      if (early) throw failure;
      const { info } = await get(key, options);
      const broken = Readable.from(
        (async function* () {
          yield large.subarray(0, 1000);
          throw failure;
        })(),
      );
      return { info, body: broken };
    };
    const error = await thrownBy(async () => readTar(await downloadBackup(driver, 'backup', 'b')));
    expect(error).toBe(failure);
  });

  test('an abort ends it, and closes what it reads', async () => {
    const driver = await withBackup();
    const open = watchStreams(driver);
    const stop = new AbortController();
    const tar = await downloadBackup(driver, 'backup', 'b', stop.signal);
    tar.once('data', () => stop.abort());
    const error = await thrownBy(() => readTar(tar));
    expect(error.code).toBe('CANCELLED');
    await expect.poll(() => open.size).toBe(0);
  });

  test('a reader who leaves closes what it reads', async () => {
    const driver = await withBackup();
    const open = watchStreams(driver);
    const tar = await downloadBackup(driver, 'backup', 'b');
    await new Promise((resolve) => tar.once('readable', resolve));
    tar.destroy();
    await expect.poll(() => open.size).toBe(0);
  });

  test('what is not whole cannot be had', async () => {
    const driver = await withBackup();
    await driver.delete(['backup/b/meta/backup_meta.json']);
    expect((await thrownBy(() => downloadBackup(driver, 'backup', 'b'))).code).toBe('BACKUP_NOT_FOUND');
  });
});
