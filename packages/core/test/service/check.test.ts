import { describe, expect, test } from 'vitest';
import { BackupError } from '../../src/errors/index.js';
import { makeServiceBench } from './bench.js';

const statuses = (items: readonly { readonly name: string; readonly status: string }[]) =>
  Object.fromEntries(items.map((item) => [item.name, item.status]));

describe('check', () => {
  test('tries every part, and leaves nothing behind', async () => {
    const bench = await makeServiceBench();
    await bench.milvus.add('books', 3);
    await bench.driver('backups').createBucket();
    const before = [await bench.keys('a-bucket'), await bench.keys('backups')];
    const report = await bench.open().check();
    expect(report).toMatchObject({
      milvusVersion: 'v2.3.5',
      milvusStorage: { bucket: 'a-bucket', rootPath: 'files' },
      backupStorage: { bucket: 'backups', rootPath: 'backup' },
    });
    expect(statuses(report.items)).toEqual({
      milvus: 'ok',
      'milvus-storage': 'ok',
      'backup-storage': 'ok',
      'write-and-copy': 'ok',
    });
    expect([await bench.keys('a-bucket'), await bench.keys('backups')]).toEqual(before);
  });

  test('goes on after a part that fails, and says what to do', async () => {
    const bench = await makeServiceBench();
    const serverInfo = () =>
      Promise.reject(new BackupError({ code: 'MILVUS_UNREACHABLE', message: 'no', remedy: 'start it' }));
    const report = await bench.open(7, { ...bench.milvus.gateway, serverInfo }).check();
    expect(report.milvusVersion).toBe('');
    expect(report.items[0]).toEqual({ name: 'milvus', status: 'failed', message: 'no', remedy: 'start it' });
    expect(statuses(report.items)).toMatchObject({
      'milvus-storage': 'warning',
      'backup-storage': 'warning',
      'write-and-copy': 'ok',
    });
    const storage = report.items.find((item) => item.name === 'milvus-storage');
    expect(storage?.message).toContain('root path files in bucket a-bucket is empty');
    expect(storage?.remedy).toContain('a-bucket and files');
  });
});
