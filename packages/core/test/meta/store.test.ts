import { describe, expect, test } from 'vitest';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { type MetaFileName, metaKey, tsKey } from '../../src/layout/index.js';
import {
  backupMetaExists,
  type CollectionMeta,
  decodeFullMeta,
  makeBackup,
  makeBinlog,
  makeCollection,
  makeDatabase,
  makeFieldBinlog,
  makePartition,
  makeSegment,
  measureMeta,
  readBackupMeta,
  requireBinlogFormat,
  validateMeta,
  writeBackupMeta,
} from '../../src/meta/index.js';
import { type Golden, readGoldenFiles } from './golden.js';

async function storeGolden(golden: Golden, without: readonly MetaFileName[] = []): Promise<StorageDriver> {
  const driver = createMemoryDriver();
  for (const [file, text] of Object.entries(readGoldenFiles(golden))) {
    const name = file as MetaFileName;
    if (!without.includes(name)) await driver.put(metaKey('backup', golden, name), Buffer.from(text));
  }
  return driver;
}

const code = (expected: string): unknown => expect.objectContaining({ code: expected });

describe('reading from a store', () => {
  test.each(['b1', 'e1', 'mo', 'old4'] as const)('%s', async (golden) => {
    const driver = await storeGolden(golden);
    const meta = await readBackupMeta(driver, 'backup', golden);
    expect(meta).toEqual(decodeFullMeta(readGoldenFiles(golden)['full_meta.json']));
    expect(await backupMetaExists(driver, 'backup', golden)).toBe(true);
  });

  test('without full_meta the levelled files are read', async () => {
    const whole = await readBackupMeta(await storeGolden('b1'), 'backup', 'b1');
    const driver = await storeGolden('b1', ['full_meta.json']);
    expect(await readBackupMeta(driver, 'backup', 'b1')).toEqual({ ...whole, database_backups: [] });
  });

  test('without backup_meta, the last file of a commit, there is no backup', async () => {
    const driver = await storeGolden('b1', ['backup_meta.json']);
    await expect(readBackupMeta(driver, 'backup', 'b1')).rejects.toThrow(code('BACKUP_NOT_FOUND'));
    expect(await backupMetaExists(driver, 'backup', 'b1')).toBe(false);
  });

  test('full_meta is enough beside backup_meta', async () => {
    const levelled = ['collection_meta.json', 'partition_meta.json', 'segment_meta.json'] as const;
    const driver = await storeGolden('b1', [...levelled]);
    expect((await readBackupMeta(driver, 'backup', 'b1')).name).toBe('b1');
  });

  test('a broken full_meta is an error, no reason to fall back', async () => {
    const driver = await storeGolden('b1');
    await driver.put(metaKey('backup', 'b1', 'full_meta.json'), Buffer.from('{"id":'));
    await expect(readBackupMeta(driver, 'backup', 'b1')).rejects.toThrow(code('META_UNREADABLE'));
  });

  test('a missing levelled file is named', async () => {
    const driver = await storeGolden('b1', ['full_meta.json', 'partition_meta.json']);
    await expect(readBackupMeta(driver, 'backup', 'b1')).rejects.toThrow(/^partition_meta\.json: is missing/);
  });

  test('a segment without its partition is no silent loss', async () => {
    const driver = await storeGolden('b1', ['full_meta.json']);
    await driver.put(metaKey('backup', 'b1', 'partition_meta.json'), Buffer.from('{}'));
    await expect(readBackupMeta(driver, 'backup', 'b1')).rejects.toThrow(
      /^segment_meta\.json at \$\.infos\[0\]: partition \d+ of collection \d+ is not in partition_meta\.json/,
    );
  });

  test('l0 segments of all partitions found among the segments belong to the collection', async () => {
    const driver = createMemoryDriver();
    const put = (file: MetaFileName, text: string): Promise<unknown> =>
      driver.put(metaKey('', 'x', file), Buffer.from(text));
    await put('backup_meta.json', '{"name":"x"}');
    await put('collection_meta.json', '{"infos":[{"collection_id":1}]}');
    await put('partition_meta.json', '{"infos":[{"collection_id":1,"partition_id":2}]}');
    await put(
      'segment_meta.json',
      '{"infos":[{"collection_id":1,"partition_id":-1,"segment_id":3,"is_l0":true}]}',
    );
    const meta = await readBackupMeta(driver, '', 'x');
    expect(meta.collection_backups[0]?.l0_segments.map((segment) => segment.segment_id)).toEqual([3n]);
  });

  test('unknown backups, bad names, cancelled calls', async () => {
    const driver = await storeGolden('b1');
    await expect(readBackupMeta(driver, 'backup', 'b')).rejects.toThrow(code('BACKUP_NOT_FOUND'));
    await expect(readBackupMeta(driver, '', 'b1')).rejects.toThrow('backup b1 not found');
    await expect(readBackupMeta(driver, 'backup', '../b1')).rejects.toThrow(code('INVALID_BACKUP_NAME'));
    const signal = AbortSignal.abort();
    await expect(readBackupMeta(driver, 'backup', 'b1', { signal })).rejects.toThrow(code('CANCELLED'));
  });

  test('bytes that are no UTF-8 become U+FFFD', async () => {
    const driver = createMemoryDriver();
    const bytes = Buffer.concat([Buffer.from('{"name":"a'), Buffer.from([0xff]), Buffer.from('"}')]);
    await driver.put(metaKey('', 'x', 'full_meta.json'), bytes);
    await driver.put(metaKey('', 'x', 'backup_meta.json'), bytes);
    expect((await readBackupMeta(driver, '', 'x')).name).toBe('a\ufffd');
  });
});

describe('writing to a store', () => {
  test('what is written is read', async () => {
    const driver = createMemoryDriver();
    const meta = decodeFullMeta(readGoldenFiles('e1')['full_meta.json']);
    await writeBackupMeta(driver, 'backup', 'copy', meta);
    expect(await readBackupMeta(driver, 'backup', 'copy')).toEqual(meta);
    const sizes = Object.values(readGoldenFiles('e1')).map((text) => Buffer.byteLength(text));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    await driver.put(tsKey('backup', 'copy', 'journal.json'), Buffer.from('ours'));
    expect(await measureMeta(driver, 'backup', 'copy')).toBe(total);
  });

  test('full_meta and then backup_meta come last: a store that fails midway holds no backup', async () => {
    const memory = createMemoryDriver();
    const written: string[] = [];
    const driver: StorageDriver = Object.assign(Object.create(memory), {
      put: async (...[key, body, options]: Parameters<StorageDriver['put']>) => {
        written.push(key);
        return memory.put(key, body, options);
      },
    });
    await writeBackupMeta(driver, '', 'x', makeBackup({ name: 'x' }));
    expect(written).toEqual([
      'x/meta/collection_meta.json',
      'x/meta/partition_meta.json',
      'x/meta/segment_meta.json',
      'x/meta/full_meta.json',
      'x/meta/backup_meta.json',
    ]);
  });
});

describe('metadata that leads elsewhere', () => {
  const withCollection = (partial: Partial<CollectionMeta>) =>
    makeBackup({ collection_backups: [makeCollection({ collection_id: 1n, ...partial })] });
  const withLog = (log_path: string) =>
    withCollection({
      partition_backups: [
        makePartition({
          partition_id: 2n,
          segment_backups: [
            makeSegment({
              partition_id: 2n,
              binlogs: [makeFieldBinlog({ binlogs: [makeBinlog({ log_path })] })],
            }),
          ],
        }),
      ],
    });

  test.each([
    ['$.collection_backups[0].collection_id', withCollection({ collection_id: -5n })],
    ['$.collection_backups[0].db_name', withCollection({ db_name: '../x' })],
    ['$.collection_backups[0].collection_name', withCollection({ collection_name: 'a/b' })],
    ['$.collection_backups[0].collection_name', withCollection({ collection_name: 'a\u0000' })],
    ['$.collection_backups[0].collection_name', withCollection({ collection_name: '..' })],
    [
      '$.collection_backups[0].partition_backups[0].partition_id',
      withCollection({ partition_backups: [makePartition({ partition_id: -1n })] }),
    ],
    [
      '$.collection_backups[0].partition_backups[0].collection_id',
      withCollection({ partition_backups: [makePartition({ collection_id: 7n })] }),
    ],
    [
      '$.collection_backups[0].l0_segments[0].partition_id',
      withCollection({ l0_segments: [makeSegment({ partition_id: -2n })] }),
    ],
    [
      '$.collection_backups[0].l0_segments[0].group_id',
      withCollection({ l0_segments: [makeSegment({ group_id: -2n })] }),
    ],
    [
      '$.collection_backups[0].snapshot_backup.metadata_path',
      withCollection({ snapshot_backup: { metadata_path: 's3://other/x', total_files: 0, total_bytes: 0 } }),
    ],
    [
      '$.collection_backups[0].partition_backups[0].segment_backups[0].binlogs[0].binlogs[0].log_path',
      withLog('files/insert_log/../../other/1'),
    ],
    ['$.database_backups[0].db_name', makeBackup({ database_backups: [makeDatabase({ db_name: 'a/b' })] })],
  ])('%s', (path, meta) => {
    expect(() => validateMeta(meta)).toThrow(
      expect.objectContaining({ code: 'META_UNSAFE', details: expect.objectContaining({ path }) }),
    );
  });

  test('is refused when it is read', async () => {
    const driver = createMemoryDriver();
    await writeBackupMeta(driver, '', 'x', withLog('../../etc/passwd'));
    await expect(readBackupMeta(driver, '', 'x')).rejects.toThrow(code('META_UNSAFE'));
  });

  test('a name inside that is not the folder is fine: the backup may have been copied', () => {
    validateMeta(makeBackup({ name: 'another' }));
    validateMeta(withLog('/var/lib/milvus/data/insert_log/1/2/3/4/5..6'));
    validateMeta(withCollection({ l0_segments: [makeSegment({ partition_id: -1n, is_l0: true })] }));
  });

  test('a format other than binlogs is refused by those who restore', () => {
    requireBinlogFormat(makeBackup({}));
    expect(() => requireBinlogFormat(makeBackup({ format: 'snapshot' }))).toThrow(code('FORMAT_UNSUPPORTED'));
  });
});
