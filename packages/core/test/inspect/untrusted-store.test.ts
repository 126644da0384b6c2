import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { downloadBackup } from '../../src/inspect/download-backup.js';
import { readBackupMeta, writeBackupMeta } from '../../src/meta/index.js';
import { readText } from '../../src/transfer/read-text.js';
import { planBackup } from '../restore/backups.js';

async function withMeta(full: string): Promise<StorageDriver> {
  const driver = createMemoryDriver();
  await writeBackupMeta(driver, 'backup', 'b', planBackup([], []));
  await driver.put('backup/b/meta/full_meta.json', Buffer.from(full));
  return driver;
}

/** What a store lists that someone else can write to; drivers refuse to make such a key. */
function listingAlso(driver: StorageDriver, key: string): StorageDriver {
  const list = driver.list.bind(driver);
  driver.list = async function* (prefix, options) {
    yield* list(prefix, options);
    yield { type: 'object', key, size: 1, etag: '', lastModified: new Date(0) };
  };
  return driver;
}

test.each(['../../etc/cron.d/job', 'binlogs/../../x', 'binlogs\\..\\x', 'a\u0000b'])(
  'a tar never holds the path %j',
  async (path) => {
    const driver = listingAlso(await withMeta('{"name":"b"}'), `backup/b/${path}`);
    const tar = await downloadBackup(driver, 'backup', 'b');
    await expect(buffer(tar)).rejects.toMatchObject({ code: 'META_UNSAFE', remedy: expect.any(String) });
  },
);

test('a store that says one size and sends more is cut off at the limit', async () => {
  const driver = createMemoryDriver();
  await driver.put('k', Buffer.from('x'));
  let sent = 0;
  const get = driver.get.bind(driver);
  driver.get = async (key, options) => {
    const { info } = await get(key, options);
    const endless = new Readable({
      read() {
        sent += 1000;
        this.push(Buffer.alloc(1000));
      },
    });
    return { info, body: endless };
  };
  await expect(readText(driver, 'k', 10_000)).rejects.toMatchObject({ code: 'META_UNREADABLE' });
  expect(sent).toBeLessThan(200_000);
});

describe('metadata with', () => {
  test('__proto__ and constructor as keys changes nothing but itself', async () => {
    const poison = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    const driver = await withMeta(
      `{"name":"b","__proto__":{"polluted":1},"collection_backups":[{"collection_id":1,"collection_name":"c","schema":{"name":"c","__proto__":{"polluted":1}},"__proto__":${poison}}]}`,
    );
    const meta = await readBackupMeta(driver, 'backup', 'b');
    expect(meta.collection_backups).toHaveLength(1);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.hasOwn(meta, '__proto__')).toBe(false);
  });

  test.each([
    [
      'an id of a million digits',
      `{"name":"b","collection_backups":[{"collection_id":${'9'.repeat(1_000_000)}}]}`,
    ],
    [
      'lists a hundred thousand deep',
      `{"name":"b","collection_backups":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    ],
    [
      'a name that climbs',
      '{"name":"b","collection_backups":[{"collection_id":1,"collection_name":"../x"}]}',
    ],
    [
      'a name that moves the cursor',
      '{"name":"b","collection_backups":[{"collection_id":1,"collection_name":"\\u001b[2J"}]}',
    ],
    [
      'a name longer than any key',
      `{"name":"b","collection_backups":[{"collection_id":1,"collection_name":"${'x'.repeat(1_025)}"}]}`,
    ],
    ['a backup with such a name', `{"name":"${'x'.repeat(1_025)}"}`],
  ])('%s is refused at once', async (_, full) => {
    await expect(readBackupMeta(await withMeta(full), 'backup', 'b')).rejects.toMatchObject({
      code: expect.stringMatching(/^META_UN/),
    });
  });
});
