import { describe, expect, test } from 'vitest';
import type { UnfinishedUpload } from '../../src/driver/driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { BackupError } from '../../src/errors/index.js';
import { writeBackupMeta } from '../../src/meta/index.js';
import { toRecord } from '../../src/task/record.js';
import { restoreKey, runKey } from '../../src/task/record-keys.js';
import { encodeRecord } from '../../src/task/record-store.js';
import { planBackup } from '../restore/backups.js';
import { makeView } from '../task/runs-of.js';
import { hour, keysOf, section, startCleanBench, withEverything } from './clean-bench.js';

describe('list --all', () => {
  test('says what every folder is', async () => {
    const { folders } = await withEverything();
    expect(await folders()).toEqual({
      whole: 'committed',
      dead: 'interrupted',
      gone: 'delete-interrupted',
      go: 'foreign',
      files: 'foreign',
      young: 'interrupted',
      live: 'writing',
    });
  });

  test('a live delete, and metadata that cannot be read', async () => {
    const { folders, log, leave, backups } = startCleanBench();
    await log('going');
    await leave('going', { kind: 'delete' });
    await backups.put('backup/broken/meta/backup_meta.json', Buffer.from('{'));
    await backups.put('backup/broken/meta/full_meta.json', Buffer.from('{'));
    expect(await folders()).toEqual({ going: 'deleting', broken: 'foreign' });
  });
});

describe('cleanup', () => {
  test('by default only tells what would go', async () => {
    const { clean, backups, data } = await withEverything();
    const before = [await keysOf(backups), await keysOf(data)];
    const { items, applied } = await clean();
    expect(applied).toBe(false);
    expect(items.map(({ kind, path, outcome }) => `${kind} ${path} ${outcome}`).sort()).toEqual([
      'interrupted-delete backup/gone/ found',
      'interrupted-run backup/dead/ found',
      'probe backup/milvus_backup_check/ found',
      'probe restore-temp-milvus_backup_check/ found',
      'staging restore-temp-ended-default-books/ found',
      'staging restore-temp-unknown-default-books/ found',
      'unfinished-backup backup/go/ found',
    ]);
    expect([await keysOf(backups), await keysOf(data)]).toEqual(before);
  });

  test('applied, removes just that, and has nothing left to do', async () => {
    const { clean, backups, data, folders } = await withEverything();
    const { items } = await clean({ apply: true });
    expect(new Set(items.map((item) => item.outcome))).toEqual(new Set(['removed']));
    expect(await folders()).toEqual({
      whole: 'committed',
      files: 'foreign',
      young: 'interrupted',
      live: 'writing',
    });
    expect(await keysOf(data)).toEqual(['files/insert_log/1/2']);
    expect(
      (await keysOf(backups)).filter((key) => /\/(dead|gone|go|milvus_backup_check)\//.test(key)),
    ).toEqual([]);
    expect((await clean({ apply: true })).items).toEqual([]);
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16])(
    'cut short after %i calls that change the stores, it is finished by the next',
    async (calls) => {
      const bench = await withEverything();
      let left = calls;
      const undo: (() => void)[] = [];
      for (const driver of [bench.backups, bench.data]) {
        for (const name of ['put', 'delete'] as const) {
          const call = driver[name].bind(driver) as (...args: unknown[]) => Promise<never>;
          const guarded = async (...args: unknown[]): Promise<never> => {
            if (left-- <= 0) throw new BackupError({ code: 'STORAGE_UNREACHABLE', message: 'gone' });
            return await call(...args);
          };
          Object.assign(driver, { [name]: guarded });
          undo.push(() => Object.assign(driver, { [name]: call }));
        }
      }
      const { items } = await bench.clean({ apply: true });
      expect(items.some((item) => item.outcome === 'failed')).toBe(left < 0);
      for (const repair of undo) repair();
      expect((await bench.folders()).whole).toBe('committed');
      // What the first one held runs out.
      bench.host.time += 2 * 60_000;
      await bench.clean({ apply: true, olderThan: 0 });
      expect(Object.keys(await bench.folders()).sort()).toEqual(['files', 'whole']);
    },
  );

  test('leaves what is taken up between the look and the removal', async () => {
    const bench = await withEverything();
    const [dead] = (await bench.clean()).items;
    expect(dead?.path).toBe('backup/dead/');
    // Somebody goes on with it as soon as it was found.
    const list = bench.backups.list.bind(bench.backups);
    let taken = false;
    const report = bench.clean({
      apply: true,
      onItem: () => {},
    });
    bench.backups.list = (prefix, options) => {
      if (prefix === 'backup/dead/' && !taken) {
        taken = true;
        const record = toRecord(
          makeView({ backupName: 'dead' }),
          bench.host.process(9).owner,
          bench.host.time,
        );
        void bench.backups.put(runKey('backup', 'dead'), encodeRecord(record));
      }
      return list(prefix, options);
    };
    const { items } = await report;
    expect(taken).toBe(true);
    expect(items.find((item) => item.path === 'backup/dead/')?.outcome).toBe('changed');
    expect((await bench.folders()).dead).toBe('writing');
  });

  test('staged copies of a live restore stay, however old; those of one with a like name go', async () => {
    const { clean, leave, staged, host, data, backups, die } = startCleanBench();
    await leave(
      'b',
      { id: 'a', kind: 'restore', state: 'success', endedAt: 5 },
      restoreKey('backup', 'b', 'a'),
    );
    die();
    await staged('a-default-books');
    await staged('a-b-default-books');
    host.time += 100 * hour;
    const live = toRecord(makeView({ id: 'a-b', kind: 'restore' }), host.process(9).owner, host.time);
    await backups.put(restoreKey('backup', 'b', 'a-b'), encodeRecord(live));
    await clean({ apply: true, olderThan: 0 });
    expect(await keysOf(data)).toEqual(['restore-temp-a-b-default-books/binlogs/insert_log/1']);
  });

  test('staged copies stay with keepTempFiles, and while Milvus may import for a restore that died', async () => {
    const { clean, leave, staged, data, backups, die } = startCleanBench();
    const ended = { kind: 'restore', state: 'success', endedAt: 5 } as const;
    await leave('b', { id: 'kept', ...ended }, restoreKey('backup', 'b', 'kept'));
    await leave('b', { id: 'died', kind: 'restore' }, restoreKey('backup', 'b', 'died'));
    die();
    const state = { version: 1, database: 'default', collection: 'books', state: 'filling' };
    const job = { ...state, collectionId: '1', made: true, rows: 0, jobs: { unit: '5' } };
    await backups.put('backup/b/meta/ts/restore-journal/died/1.json', Buffer.from(JSON.stringify(job)));
    await staged('kept-default-books');
    await staged('died-default-books');
    await clean({ apply: true }, { keepTempFiles: true });
    expect(await keysOf(data)).toHaveLength(2);
    await clean({ apply: true, olderThan: 0 });
    expect(await keysOf(data)).toEqual([]);
  });

  test('old uploads go, but not those of live runs, young ones, or of anybody else', async () => {
    const { clean, backups, host } = startCleanBench('');
    await backups.put('live/binlogs/insert_log/1', Buffer.from('1'));
    host.time += 50 * hour;
    await backups.put(
      runKey('', 'live'),
      encodeRecord(toRecord(makeView({ backupName: 'live' }), host.process(9).owner, host.time)),
    );
    const upload = (key: string, age = 48): UnfinishedUpload => ({
      key,
      id: key,
      changedAt: new Date(host.time - age * hour),
    });
    const uploads = new Map(
      [
        upload('b/binlogs/insert_log/1'),
        upload('b/binlogs/insert_log/2', 1),
        upload('live/binlogs/insert_log/1'),
        upload('files/insert_log/1/2'),
        upload('insert_log/1/2'),
      ].map((one) => [one.key, one]),
    );
    backups.uploads = async function* (prefix) {
      for (const one of uploads.values()) if (one.key.startsWith(prefix)) yield one;
    };
    backups.abortUpload = async ({ key }) => void uploads.delete(key);
    const { items } = await clean({ apply: true });
    expect(items.map(({ path, outcome }) => [path, outcome])).toEqual([
      ['b/binlogs/insert_log/1', 'removed'],
    ]);
    expect(uploads.size).toBe(4);
  });

  test('records and journals that a commit has left go, and a link of a takeover with them', async () => {
    const { clean, backups, leave, die, host } = startCleanBench();
    await writeBackupMeta(backups, 'backup', 'b', { ...planBackup([], []), name: 'b' });
    await leave('b', { id: 'b' });
    await leave('b', { id: 'taker' }, `${runKey('backup', 'b')}.after-other-5`);
    await backups.put('backup/b/meta/ts/journal/1/x.ndjson', Buffer.from('1'));
    const before = (await keysOf(backups)).filter((key) => !key.includes('/ts/'));
    die();
    host.time += 25 * hour;
    await clean({ apply: true });
    expect(await keysOf(backups)).toEqual(before);
    expect((await clean({ apply: true })).items).toEqual([]);
  });

  test('further stores are cleaned, each under its name, and Milvus once', async () => {
    const bench = await withEverything();
    const far = createMemoryDriver({ now: () => new Date(0) });
    await far.put('deep/dead/binlogs/insert_log/1', Buffer.from('1'));
    const record = toRecord(makeView({ backupName: 'dead' }), bench.host.process(7, 'x').owner, 5);
    await far.put(runKey('deep', 'dead'), encodeRecord(record));
    bench.die();
    const store = { driver: far, section: section('deep') };
    const { items } = await bench.clean({ apply: true }, {}, { more: [{ label: 'offsite', store }] });
    expect(items.filter((item) => item.store === 'offsite')).toMatchObject([
      { kind: 'interrupted-run', path: 'deep/dead/', outcome: 'removed' },
    ]);
    expect(items.filter((item) => item.store === 'milvus')).toHaveLength(3);
    expect(await keysOf(far)).toEqual([]);
  });

  test('is cancelled between two of its steps', async () => {
    const { clean, folders } = await withEverything();
    const stop = new AbortController();
    await expect(
      clean({ apply: true, signal: stop.signal, onItem: () => stop.abort() }),
    ).rejects.toMatchObject({ code: 'CANCELLED' });
    expect((await folders()).whole).toBe('committed');
  });
});
