import { describe, expect, test } from 'vitest';
import type { CleanRun } from '../../src/cleanup/clean-run.js';
import { cleanup } from '../../src/cleanup/cleanup.js';
import type { CleanupOptions } from '../../src/cleanup/types.js';
import { loadConfig } from '../../src/config/index.js';
import type { StorageSection } from '../../src/config/types.js';
import { tombstoneKey } from '../../src/delete/delete-backup.js';
import { drillRunKey, noteScratch } from '../../src/drill/scratch.js';
import type { StorageDriver, UnfinishedUpload } from '../../src/driver/driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { BackupError } from '../../src/errors/index.js';
import { listAll } from '../../src/inspect/list-all.js';
import { silentLogger } from '../../src/log.js';
import { writeBackupMeta } from '../../src/meta/index.js';
import { toRecord } from '../../src/task/record.js';
import { restoreKey, runKey } from '../../src/task/record-keys.js';
import { encodeRecord } from '../../src/task/record-store.js';
import type { TaskView } from '../../src/task/types.js';
import { planBackup } from '../restore/backups.js';
import { makeGateway } from '../service/gateway.js';
import { makeHost, makeView } from '../task/runs-of.js';

const hour = 3_600_000;
const config = (await loadConfig({ path: '', env: {}, cwd: '/', set: [] })).value;
const section = (rootPath: string): StorageSection => ({ ...config.backup.storage, rootPath });

function start(root = 'backup') {
  let views = 0;
  const host = makeHost();
  const me = host.process(8);
  const now = (): Date => new Date(host.time);
  const backups = createMemoryDriver({ now });
  const data = createMemoryDriver({ now });
  const put = (driver: StorageDriver, key: string): Promise<unknown> => driver.put(key, Buffer.from('12345'));
  return {
    host,
    backups,
    data,
    log: (name: string) => put(backups, `backup/${name}/binlogs/insert_log/1/2/3/3/0/1`),
    staged: (folder: string) => put(data, `restore-temp-${folder}/binlogs/insert_log/1`),
    leave: async (name: string, changes: Partial<TaskView>, key = runKey('backup', name)) => {
      const record = toRecord(makeView({ backupName: name, ...changes }), host.process(7).owner, host.time);
      await backups.put(key, encodeRecord(record));
    },
    die: () => host.alive.delete(7),
    folders: async () => {
      const all = await listAll({ driver: backups, root, identity: me });
      return Object.fromEntries(all.map(({ name, state }) => [name, state]));
    },
    clean: async (
      options: CleanupOptions = {},
      changes: { readonly keepTempFiles?: boolean } = {},
      more: Partial<CleanRun> = {},
    ) =>
      await cleanup(
        {
          backups: { driver: backups, section: section(root) },
          label: 'backup',
          more: [],
          gateway: null,
          milvus: { driver: data, section: config.milvus.storage },
          others: [],
          config: { ...config, restore: { ...config.restore, ...changes } },
          identity: me,
          logger: silentLogger,
          olderThan: options.olderThan ?? 24 * hour,
          deleteView: (backupName) => makeView({ id: `cleanup-${++views}`, kind: 'delete', backupName }),
          signal: options.signal,
          ...more,
        },
        options,
      ),
  };
}

async function keysOf(driver: StorageDriver): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of driver.list('')) if (entry.type === 'object') keys.push(entry.key);
  return keys;
}

type Bench = ReturnType<typeof start>;

/** One folder of each state. */
async function withEverything(): Promise<Bench> {
  const bench = start();
  const { backups, log, leave, staged, data, host } = bench;
  await log('whole');
  await writeBackupMeta(backups, 'backup', 'whole', { ...planBackup([], []), name: 'whole' });
  for (const name of ['dead', 'gone', 'go']) await log(name);
  await leave('dead', { id: 'dead' });
  await leave('gone', { kind: 'delete' });
  await backups.put(tombstoneKey('backup', 'gone'), Buffer.from('{"version":1}'));
  await backups.put('backup/files/insert_log/1/2/3', Buffer.from('1'));
  await leave(
    'whole',
    { id: 'ended', kind: 'restore', state: 'fail', endedAt: 5 },
    restoreKey('backup', 'whole', 'ended'),
  );
  await staged('ended-default-books');
  await staged('unknown-default-books');
  await data.put('files/insert_log/1/2', Buffer.from('1'));
  await data.put('restore-temp-milvus_backup_check/0000000001000-x/probe', Buffer.from('1'));
  await backups.put('backup/milvus_backup_check/0000000001000-x/probe', Buffer.from('1'));
  bench.die();
  host.time += 25 * hour;
  await log('young');
  await leave('young', { id: 'young' });
  await log('live');
  await backups.put(
    runKey('backup', 'live'),
    encodeRecord(toRecord(makeView({ backupName: 'live' }), host.process(9).owner, host.time)),
  );
  bench.die();
  return bench;
}

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
    const { folders, log, leave, backups } = start();
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
    const { clean, leave, staged, host, data, backups, die } = start();
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
    const { clean, leave, staged, data, backups, die } = start();
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
    const { clean, backups, host } = start('');
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
    const { clean, backups, leave, die, host } = start();
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

  /** A Milvus with these databases, and a backup whose drill has noted one of them. */
  async function withScratch(noted: { readonly database: string; readonly milvus: string }) {
    const bench = start();
    const databases = new Map([
      ['default', ['books']],
      ['drill_20260102_030405_0badcafe', ['x', 'y']],
    ]);
    const gateway = makeGateway({
      listDatabases: async () => [...databases.keys()],
      listCollections: async (database) => databases.get(database) ?? [],
      async dropCollection({ database, collection }) {
        databases.set(
          database,
          (databases.get(database) ?? []).filter((one) => one !== collection),
        );
      },
      dropDatabase: async (name) => void databases.delete(name),
    });
    await writeBackupMeta(bench.backups, 'backup', 'b', { ...planBackup([], []), name: 'b' });
    await noteScratch(bench.backups, 'backup', 'b', noted);
    const reached = { gateway: { address: 'm:1', open: () => gateway } };
    return { ...bench, databases, sweep: (apply: boolean) => bench.clean({ apply }, {}, reached) };
  }

  test('the database of a drill that died goes, with its note', async () => {
    const { leave, die, sweep, databases, backups } = await withScratch({
      database: 'drill_20260102_030405_0badcafe',
      milvus: 'm:1',
    });
    await leave('b', { id: 'd', kind: 'drill' }, drillRunKey('backup', 'b'));
    expect((await sweep(true)).items).toEqual([]);
    die();
    expect((await sweep(false)).items).toMatchObject([
      {
        kind: 'scratch',
        store: 'milvus',
        path: 'drill_20260102_030405_0badcafe',
        backup: 'b',
        objects: 2,
        outcome: 'found',
      },
    ]);
    expect(databases.has('drill_20260102_030405_0badcafe')).toBe(true);
    expect((await sweep(true)).items).toMatchObject([{ kind: 'scratch', outcome: 'removed' }]);
    expect([...databases.keys()]).toEqual(['default']);
    expect((await keysOf(backups)).filter((key) => key.includes('drill'))).toEqual([]);
    expect((await sweep(true)).items).toEqual([]);
  });

  test('a drill that begins between the look and the removal keeps its database', async () => {
    const { sweep, databases, backups, host } = await withScratch({
      database: 'drill_20260102_030405_0badcafe',
      milvus: 'm:1',
    });
    const head = backups.head.bind(backups);
    backups.head = async (key, options) => {
      if (key === drillRunKey('backup', 'b')) {
        const record = toRecord(makeView({ id: 'new', kind: 'drill' }), host.process(9).owner, host.time);
        await backups.put(key, encodeRecord(record));
      }
      return head(key, options);
    };
    expect((await sweep(true)).items).toMatchObject([{ kind: 'scratch', outcome: 'changed' }]);
    expect(databases.has('drill_20260102_030405_0badcafe')).toBe(true);
  });

  test('a database whose name no drill has made up is only told of', async () => {
    const { sweep, databases } = await withScratch({ database: 'production', milvus: 'm:1' });
    databases.set('production', ['orders']);
    const { items, notes } = await sweep(true);
    expect(items).toEqual([]);
    expect(notes).toContainEqual(expect.stringContaining('production'));
    expect(databases.get('production')).toEqual(['orders']);
  });

  test('a database in another Milvus is only told of', async () => {
    const { sweep } = await withScratch({ database: 'drill_20260102_030405_0badcafe', milvus: 'far:1' });
    const { items, notes } = await sweep(true);
    expect(items).toEqual([]);
    expect(notes).toContainEqual(
      expect.stringContaining('drill_20260102_030405_0badcafe in the Milvus at far:1'),
    );
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
