import { describe, expect, test } from 'vitest';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { metaKey } from '../../src/layout/index.js';
import {
  makeBackup,
  makeCollection,
  makePartition,
  readBackupMeta,
  requireKnownFormat,
  writeBackupMeta,
} from '../../src/meta/index.js';
import type { VerifyLevel } from '../../src/verify/types.js';
import { verifyBackup } from '../../src/verify/verify-backup.js';
import { thrownBy } from '../driver/thrown-by.js';

const path = 'bundle/snapshots/1/metadata/2.json';

function makeMeta(metadata_path = path, format = 'snapshot') {
  return makeBackup({
    id: 'i',
    name: 'b',
    format,
    collection_backups: [
      makeCollection({
        collection_id: 1n,
        db_name: 'd',
        collection_name: 'c',
        size: 3,
        partition_backups: [makePartition({ partition_id: 9n, partition_name: 'p', collection_id: 1n })],
        snapshot_backup: { metadata_path, total_files: 1, total_bytes: 3 },
      }),
    ],
  });
}

/** As the Go tool leaves it: no manifest. */
async function start() {
  const driver = createMemoryDriver();
  await writeBackupMeta(driver, 'r', 'b', makeMeta());
  await driver.put(`r/b/${path}`, Buffer.from('{}x'));
  const verify = (level: VerifyLevel = 'checksum') =>
    verifyBackup({
      request: { name: 'b', level },
      driver,
      root: 'r',
      from: 'backup',
      concurrency: 4,
      now: () => 0,
      signal: new AbortController().signal,
    });
  return { driver, verify };
}

describe('a backup in the snapshot format, of the Go tool', () => {
  test('has three files of metadata, and can be read without the whole one', async () => {
    const { driver } = await start();
    const keys: string[] = [];
    for await (const entry of driver.list('r/b/meta/'))
      if (entry.type === 'object') keys.push(entry.key.slice(9));
    expect(keys.sort()).toEqual(['backup_meta.json', 'collection_meta.json', 'full_meta.json']);
    const whole = await readBackupMeta(driver, 'r', 'b');
    await driver.delete([metaKey('r', 'b', 'full_meta.json')]);
    expect(await readBackupMeta(driver, 'r', 'b')).toEqual(whole);
    expect(whole.collection_backups[0]?.partition_backups).toHaveLength(1);
  });

  test('is verified as far as its metadata tells', async () => {
    const { driver, verify } = await start();
    expect(await verify()).toMatchObject({
      ok: true,
      manifest: 'absent',
      warnings: [expect.stringContaining('has no manifest')],
      counts: { collections: 1, objects: 1, bytes: 3 },
    });
    await driver.delete([`r/b/${path}`]);
    expect(await verify()).toMatchObject({
      ok: false,
      problems: [{ kind: 'missing', key: path, collection: 'd.c' }],
    });
    expect(await verify('meta')).toMatchObject({ ok: true });
  });

  test('whose files differ from each other is damaged', async () => {
    const { driver, verify } = await start();
    const key = metaKey('r', 'b', 'collection_meta.json');
    await driver.put(key, Buffer.from('{}'));
    expect((await verify()).problems).toMatchObject([{ kind: 'meta', key: 'meta/collection_meta.json' }]);
    await driver.delete([key]);
    expect((await verify()).problems).toMatchObject([{ kind: 'missing', key: 'meta/collection_meta.json' }]);
  });

  test.each(['/etc/x', '../x', 's3://b/x', 'bundle/../../x'])(
    'is refused with the path %s',
    async (wrong) => {
      const { driver } = await start();
      await writeBackupMeta(driver, 'r', 'b', makeMeta(wrong));
      expect(await thrownBy(() => readBackupMeta(driver, 'r', 'b'))).toMatchObject({ code: 'META_UNSAFE' });
    },
  );

  test('is refused without a path, and in a format that nobody knows', async () => {
    requireKnownFormat(makeMeta());
    expect(await thrownBy(() => requireKnownFormat(makeMeta('')))).toMatchObject({ code: 'META_UNREADABLE' });
    expect(await thrownBy(() => requireKnownFormat(makeMeta(path, 'tape')))).toMatchObject({
      code: 'FORMAT_UNSUPPORTED',
    });
  });
});
