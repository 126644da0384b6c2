import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  backupNameOf,
  backupPrefix,
  deltaLogKey,
  groupFolder,
  insertLogKey,
  l0Folder,
  metaFileNames,
  metaKey,
  milvusSegmentFolder,
  parseBackupLogKey,
  parseMilvusDeltaKey,
  parseMilvusInsertKey,
  partitionFolder,
  segmentFolder,
  stagedKey,
  stagingPrefix,
  tsKey,
} from '../../src/layout/index.js';

const id = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const partition = fc.oneof(id, fc.constant(-1n));
const root = fc.constantFrom('', 'backup', 'a/b', 'files');
const name = fc.stringMatching(/^[A-Za-z_]\w{0,20}$/);

/** The segment of b1 with deletes. */
const rich = {
  collection: 470635130682481644n,
  partition: 470635130682481646n,
  group: 470635130682481656n,
  segment: 470635130682481656n,
};

describe('keys of a backup', () => {
  test('are those of the Go tool', () => {
    const base = backupPrefix('backup', 'b1');
    expect(base).toBe('backup/b1/');
    expect(insertLogKey(base, { ...rich, field: 100n, log: 470635130682281645n })).toBe(
      'backup/b1/binlogs/insert_log/470635130682481644/470635130682481646/470635130682481656/470635130682481656/100/470635130682281645',
    );
    expect(deltaLogKey(base, { ...rich, log: 7n })).toBe(
      'backup/b1/binlogs/delta_log/470635130682481644/470635130682481646/470635130682481656/470635130682481656/7',
    );
    expect(groupFolder(base, 'insert', rich)).toBe(
      'backup/b1/binlogs/insert_log/470635130682481644/470635130682481646/470635130682481656/',
    );
    expect(groupFolder(base, 'delta', rich)).toBe(
      'backup/b1/binlogs/delta_log/470635130682481644/470635130682481646/470635130682481656/',
    );
  });

  test('have no group level without a group id and for all partitions', () => {
    const base = backupPrefix('', 'n');
    const oldest = { collection: 1n, partition: 2n, group: 0n, segment: 3n };
    expect(insertLogKey(base, { ...oldest, field: 4n, log: 5n })).toBe('n/binlogs/insert_log/1/2/3/4/5');
    expect(groupFolder(base, 'insert', oldest)).toBe(partitionFolder(base, 'insert', oldest));
    const all = { collection: 1n, partition: -1n, group: 3n, segment: 3n };
    expect(deltaLogKey(base, { ...all, log: 5n })).toBe('n/binlogs/delta_log/1/-1/3/5');
    expect(l0Folder(base, all)).toBe('n/binlogs/delta_log/1/-1/3/');
    expect(l0Folder(base, oldest)).toBe('n/binlogs/delta_log/1/2/3/');
  });

  test('insert logs: build and parse', () => {
    fc.assert(
      fc.property(
        root,
        name,
        fc.record({ collection: id, partition: id, group: id, segment: id, field: id, log: id }),
        (at, backup, ids) => {
          const base = backupPrefix(at, backup);
          const key = insertLogKey(base, ids);
          expect(parseBackupLogKey(base, key)).toEqual({ kind: 'insert', ids });
          expect(key.startsWith(segmentFolder(base, 'insert', ids))).toBe(true);
          expect(backupNameOf(at, key)).toBe(backup);
          expect(parseBackupLogKey(`${base}x`, key)).toBeNull();
        },
      ),
    );
  });

  test('delta logs: build and parse', () => {
    fc.assert(
      fc.property(
        root,
        name,
        fc.record({ collection: id, partition, group: id, segment: id, log: id }),
        (at, backup, ids) => {
          const base = backupPrefix(at, backup);
          const group = ids.partition === -1n ? 0n : ids.group;
          expect(parseBackupLogKey(base, deltaLogKey(base, ids))).toEqual({
            kind: 'delta',
            ids: { ...ids, group },
          });
        },
      ),
    );
  });

  test('what is no binlog parses to null', () => {
    const base = backupPrefix('backup', 'b1');
    for (const rest of [
      'meta/full_meta.json',
      'binlogs/insert_log/1/2/3/4',
      'binlogs/insert_log/1/-1/3/4/5',
      '',
    ]) {
      expect(parseBackupLogKey(base, base + rest)).toBeNull();
    }
    expect(parseBackupLogKey(base, 'backup/b2/binlogs/insert_log/1/2/3/4/5')).toBeNull();
    expect(parseBackupLogKey(base, `${base}binlogs/delta_log/1/-1/9/3/4`)).toBeNull();
  });

  test('meta files and our own', () => {
    expect(metaFileNames.map((file) => metaKey('backup', 'b1', file))).toEqual([
      'backup/b1/meta/backup_meta.json',
      'backup/b1/meta/collection_meta.json',
      'backup/b1/meta/partition_meta.json',
      'backup/b1/meta/segment_meta.json',
      'backup/b1/meta/full_meta.json',
    ]);
    expect(tsKey('', 'b1', 'journal', '7.json')).toBe('b1/meta/ts/journal/7.json');
  });

  test('the folder a key belongs to', () => {
    expect(backupNameOf('backup', 'backup/b1/')).toBe('b1');
    expect(backupNameOf('', 'b1/meta/full_meta.json')).toBe('b1');
    expect(backupNameOf('backup', 'backup/stray.txt')).toBeNull();
    expect(backupNameOf('backup', 'backup//x')).toBeNull();
    expect(backupNameOf('backup', 'backups/b1/x')).toBeNull();
  });
});

describe('keys of Milvus', () => {
  test('are those of the Go tool', () => {
    expect(milvusSegmentFolder('files', 'insert', rich)).toBe(
      'files/insert_log/470635130682481644/470635130682481646/470635130682481656/',
    );
    expect(milvusSegmentFolder('', 'delta', { ...rich, partition: -1n })).toBe(
      'delta_log/470635130682481644/-1/470635130682481656/',
    );
  });

  test('build and parse', () => {
    const ids = fc.record({ collection: id, partition: id, segment: id, field: id, log: id });
    fc.assert(
      fc.property(root, ids, (at, value) => {
        const key = `${milvusSegmentFolder(at, 'insert', value)}${value.field}/${value.log}`;
        expect(parseMilvusInsertKey(key)).toEqual(value);
      }),
    );
    fc.assert(
      fc.property(root, fc.record({ collection: id, partition, segment: id, log: id }), (at, value) => {
        expect(parseMilvusDeltaKey(`${milvusSegmentFolder(at, 'delta', value)}${value.log}`)).toEqual(value);
      }),
    );
  });

  test('foreign keys parse to null', () => {
    for (const key of [
      'files/insert_log/1/2/3/4',
      'files/insert_log/1/2/3/4/5/6',
      'files/insert_log/1/-1/3/4/5',
      'files/xinsert_log/1/2/3/4/5',
      'files/insert_log/1/2/3/4/5.parquet',
      '',
    ]) {
      expect(parseMilvusInsertKey(key)).toBeNull();
    }
    expect(parseMilvusDeltaKey('files/delta_log/1/-2/3/4')).toBeNull();
    expect(parseMilvusDeltaKey('files/delta_log/1/2/3')).toBeNull();
  });
});

describe('staging', () => {
  test('keeps the layout below another prefix', () => {
    const staging = stagingPrefix('restore_2026', 'default', 'rich_recover');
    expect(staging).toBe('restore-temp-restore_2026-default-rich_recover/');
    const key = insertLogKey(backupPrefix('backup', 'b1'), { ...rich, field: 100n, log: 5n });
    const staged = stagedKey(staging, 'backup', 'b1', key);
    expect(staged).toBe(insertLogKey(staging, { ...rich, field: 100n, log: 5n }));
  });

  test('refuses what would leave its place', () => {
    expect(() => stagedKey('t/', 'backup', 'b1', 'backup/b2/x')).toThrow(
      expect.objectContaining({ code: 'INVALID_KEY' }),
    );
    expect(() => stagedKey('t/', 'backup', 'b1', 'backup/b1/../b2/x')).toThrow(
      expect.objectContaining({ code: 'INVALID_KEY' }),
    );
    expect(() => stagingPrefix('a/../..', 'd', 'c')).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
