import { describe, expect, test } from 'vitest';
import { BackupError } from '../../src/errors/index.js';
import type { CheckItem } from '../../src/service-types.js';
import { lineOf, makeCheckBench, troubles } from './bench.js';

const denied = (): never => {
  throw new BackupError({ code: 'STORAGE_AUTH', message: 'denied', remedy: 'grant it' });
};

describe('check', () => {
  test('is all well, and leaves nothing behind', async () => {
    const bench = await makeCheckBench();
    await bench.milvus.add('books', 3, 4);
    await bench.milvus.add('films', 5);
    const before = await bench.keys();
    const told: CheckItem[] = [];
    const ended: string[] = [];
    const report = await bench.run({
      onItem: (item) => told.push(item),
      onGroupEnd: (group) => ended.push(group),
    });
    expect(troubles(report)).toEqual({ 'plan.space': 'skipped' });
    expect(report.milvusVersion).toBe('v2.3.5');
    expect(report.milvusStorage).toMatchObject({ bucket: 'a-bucket', rootPath: 'files' });
    // Two files a segment, of as many bytes as it has rows.
    const totals = { collections: 2, segments: 3, objects: 6, bytes: 24 };
    expect(report.plan).toEqual({
      ...totals,
      databases: [{ name: 'default', ...totals }],
      complete: true,
      freeBytes: null,
    });
    expect(await bench.keys()).toEqual(before);
    expect(told.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(
      report.items.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    );
    expect(ended.toSorted()).toEqual([
      'backup-storage',
      'clean-up',
      'copy',
      'milvus',
      'milvus-storage',
      'plan',
    ]);
    for (const item of report.items)
      expect(item.remedy === '').toBe(item.status === 'ok' || item.status === 'skipped');
    expect(new Set(report.items.map((item) => item.name)).size).toBe(report.items.length);
  });

  test('a Milvus that cannot be reached does not keep the stores from being tried', async () => {
    const bench = await makeCheckBench({
      milvus: {
        serverInfo: () =>
          Promise.reject(new BackupError({ code: 'MILVUS_UNREACHABLE', message: 'no', remedy: 'start it' })),
      },
    });
    const report = await bench.run();
    expect(report.milvusVersion).toBe('');
    expect(lineOf(report, 'milvus.connection')).toMatchObject({
      status: 'failed',
      message: 'no',
      remedy: 'start it',
    });
    expect(lineOf(report, 'milvus-storage.root-path').status).toBe('skipped');
    expect(lineOf(report, 'backup-storage.conditional-put').status).toBe('ok');
    expect(report.plan).toBeNull();
  });

  test('wrong credentials of Milvus are told as such', async () => {
    const bench = await makeCheckBench({
      milvus: {
        serverInfo: () =>
          Promise.reject(new BackupError({ code: 'MILVUS_AUTH', message: 'who?', remedy: 'log in' })),
      },
    });
    const report = await bench.run();
    expect(lineOf(report, 'milvus.connection').status).toBe('ok');
    expect(lineOf(report, 'milvus.credentials')).toMatchObject({ status: 'failed', message: 'who?' });
  });

  test('denied calls are named: of a backup they are a failure, of a restore a warning', async () => {
    const refuse = () => Promise.reject(new BackupError({ code: 'MILVUS_AUTH', message: 'permission deny' }));
    const bench = await makeCheckBench({
      milvus: { flush: refuse, createIndex: refuse, startImport: refuse, backupRbac: refuse },
    });
    await bench.milvus.add('books', 3);
    const report = await bench.run();
    expect(lineOf(report, 'milvus.privileges-backup')).toMatchObject({
      status: 'failed',
      message: 'Milvus denies Flush, which a backup needs',
    });
    expect(lineOf(report, 'milvus.privileges-restore')).toMatchObject({
      status: 'warning',
      message: 'Milvus denies CreateIndex, Import, which a restore needs',
    });
    expect(lineOf(report, 'milvus.privileges-rbac').status).toBe('warning');
  });

  test('leaves no collection in Milvus', async () => {
    const bench = await makeCheckBench();
    await bench.milvus.add('books', 3);
    await bench.run();
    expect([...bench.milvus.collections.keys()]).toEqual(['books']);
  });

  test('an empty root path of Milvus is a warning that says where else to look', async () => {
    const bench = await makeCheckBench();
    const line = lineOf(await bench.run(), 'milvus-storage.root-path');
    expect(line.status).toBe('warning');
    expect(line.message).toContain('Milvus root path is empty');
    expect(line.remedy).toContain('a-bucket and files');
  });

  test.each([
    ['file', ['a-bucket', 'backups'], 'set milvus.storage.rootPath to "files"'],
    ['', ['a-bucket', 'backups'], 'set milvus.storage.rootPath to "files"'],
    ['files/deep', ['a-bucket', 'backups'], 'set milvus.storage.rootPath to "files"'],
    ['files', ['milvus-bucket', 'a-bucket', 'backups'], 'set milvus.storage.bucketName to "milvus-bucket"'],
    [
      'file',
      ['milvus-bucket', 'backups'],
      'set milvus.storage.bucketName to "milvus-bucket" and milvus.storage.rootPath to "files"',
    ],
  ])('a wrong place "%s" of %j: %s', async (rootPath, buckets, remedy) => {
    const bench = await makeCheckBench({ buckets, set: [`milvus.storage.rootPath=${rootPath}`] });
    await bench.milvus.add('books', 3);
    const line = lineOf(await bench.run(), 'milvus-storage.root-path');
    expect(line.status).toBe('failed');
    expect(line.message).toContain('default.books');
    expect(line.remedy).toBe(`${remedy}: the files of Milvus lie there`);
  });

  test('the bucket of the backups is made when that is asked for', async () => {
    const bench = await makeCheckBench({ buckets: ['a-bucket'] });
    const first = await bench.run();
    expect(lineOf(first, 'backup-storage.bucket').status).toBe('warning');
    expect(lineOf(first, 'backup-storage.write').status).toBe('skipped');
    expect(await bench.open('backups').bucketExists()).toBe(false);
    const second = await bench.run({ createBucket: true });
    expect(lineOf(second, 'backup-storage.bucket').status).toBe('ok');
    expect(lineOf(second, 'backup-storage.write').status).toBe('ok');
  });

  test('the bucket of Milvus is needed', async () => {
    const bench = await makeCheckBench({ buckets: ['backups'] });
    const report = await bench.run({ createBucket: true });
    expect(lineOf(report, 'milvus-storage.bucket').status).toBe('failed');
    expect(await bench.open('a-bucket').bucketExists()).toBe(false);
  });

  test('a Milvus store that can only be read is enough for a backup', async () => {
    const bench = await makeCheckBench({ milvusStore: () => ({ put: denied }) });
    await bench.milvus.add('books', 3);
    const report = await bench.run();
    expect(lineOf(report, 'milvus-storage.write').status).toBe('warning');
    expect(lineOf(report, 'milvus-storage.read').status).toBe('ok');
    expect(lineOf(report, 'milvus-storage.ranged-read').status).toBe('ok');
    expect(lineOf(report, 'copy.to-backup').status).toBe('ok');
    expect(lineOf(report, 'copy.to-milvus').status).toBe('skipped');
    expect(report.items.filter((item) => item.status === 'failed')).toEqual([]);
  });

  test('a store of backups that can only be read is not', async () => {
    const bench = await makeCheckBench({ backupStore: () => ({ put: denied }) });
    const report = await bench.run();
    expect(lineOf(report, 'backup-storage.write')).toMatchObject({ status: 'failed', remedy: 'grant it' });
    expect(lineOf(report, 'backup-storage.conditional-put').status).toBe('skipped');
  });

  test('a directory tells how much room it has', async () => {
    const set = [
      'backup.storage.provider=local',
      'backup.storage.rootPath=/backups',
      'backup.storage.bucketName=backups',
    ];
    const bench = await makeCheckBench({ set, input: { freeSpace: async () => 5 } });
    await bench.milvus.add('books', 3);
    const report = await bench.run();
    expect(lineOf(report, 'plan.space')).toMatchObject({
      status: 'failed',
      message: '5 B free in /backups, 6 B needed',
    });
    expect(report.plan?.freeBytes).toBe(5);
  });
});
