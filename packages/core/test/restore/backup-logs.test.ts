import { describe, expect, test } from 'vitest';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { listBackupLogs, sortLogs } from '../../src/restore/backup-logs.js';
import { thrownBy } from '../driver/thrown-by.js';
import { logsOf, planCollection } from './backups.js';

const collection = planCollection([
  { id: 1n, deletes: true },
  { id: 2n, group: 0n },
  { id: 9n, isL0: true, partition: -1n, group: 0n },
]);

test('what a backup holds is listed as it was written', async () => {
  const driver = createMemoryDriver();
  const logs = logsOf(collection);
  for (const log of logs) await driver.put(log.key, new Uint8Array(log.size));
  await driver.put('backup/b/binlogs/insert_log/6/50/1/1/0/1', new Uint8Array(1));
  await driver.put('backup/b/binlogs/insert_log/5/50/1/1/0/note.txt', new Uint8Array(1));
  const found = await listBackupLogs(driver, 'backup', 'b', 5n, new AbortController().signal);
  const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1);
  expect([...found].sort(byKey)).toEqual([...logs].sort(byKey));
});

describe('sortLogs', () => {
  test('parts the known from the foreign', () => {
    const logs = logsOf(collection);
    const [stray] = logsOf(planCollection([{ id: 77n }]));
    if (!stray) throw new Error('no log');
    const sorted = sortLogs(collection, [stray, ...logs]);
    expect(new Set(sorted.known)).toEqual(new Set(logs));
    expect(sorted.foreign).toEqual([stray]);
  });

  test('a log under another partition is not the one that is wanted', async () => {
    const logs = logsOf(collection).map((log) => (log.segment === 1n ? { ...log, partition: 51n } : log));
    expect(await thrownBy(() => sortLogs(collection, logs))).toMatchObject({ code: 'VERIFY_FAILED' });
    const twin = logsOf(collection).map((log) => ({ ...log, partition: 51n }));
    expect(sortLogs(collection, [...logsOf(collection), ...twin]).foreign).toEqual(twin);
  });

  test.each([
    [0, /^insert log 100 \(field 0\) of segment 1, default\.books is missing in the backup$/],
    [2, /^delta log 109 \(field 0\) of segment 1, default\.books is missing in the backup$/],
    [5, /^delta log 909 \(field 0\) of segment 9, default\.books is missing in the backup$/],
  ])('names what is missing', async (place, message) => {
    const logs = logsOf(collection).filter((_, index) => index !== place);
    const error = await thrownBy(() => sortLogs(collection, logs));
    expect(error.code).toBe('VERIFY_FAILED');
    expect(error.message).toMatch(message);
    expect(error.remedy).toContain('restore another backup');
  });

  test('names what has another size', async () => {
    const logs = logsOf(collection).map((log) => (log.log === 201n ? { ...log, size: 11 } : log));
    const error = await thrownBy(() => sortLogs(collection, logs));
    expect(error.message).toContain("has 11 bytes, the backup's metadata says 10");
    const shorter = logsOf(collection).map((log) => (log.log === 200n ? { ...log, size: 0 } : log));
    expect(await thrownBy(() => sortLogs(collection, shorter))).toMatchObject({ code: 'VERIFY_FAILED' });
  });

  test('a backup of 0.4 names logs by their paths alone', () => {
    const logs = logsOf(collection);
    const old = {
      ...collection,
      partition_backups: collection.partition_backups.map((partition) => ({
        ...partition,
        segment_backups: partition.segment_backups.map((segment) => ({
          ...segment,
          binlogs: segment.binlogs.map((field) => ({
            ...field,
            binlogs: field.binlogs.map((log) => ({
              ...log,
              log_id: 0n,
              log_path: `files/insert_log/5/50/${segment.segment_id}/${field.fieldID}/${log.log_id}`,
            })),
          })),
        })),
      })),
    };
    expect(sortLogs(old, logs).foreign).toEqual([]);
  });
});
