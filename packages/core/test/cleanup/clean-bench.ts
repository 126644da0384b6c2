import type { CleanRun } from '../../src/cleanup/clean-run.js';
import { cleanup } from '../../src/cleanup/cleanup.js';
import type { CleanupOptions } from '../../src/cleanup/types.js';
import { loadConfig } from '../../src/config/index.js';
import type { StorageSection } from '../../src/config/types.js';
import { tombstoneKey } from '../../src/delete/delete-backup.js';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { listAll } from '../../src/inspect/list-all.js';
import { silentLogger } from '../../src/log.js';
import { writeBackupMeta } from '../../src/meta/index.js';
import { toRecord } from '../../src/task/record.js';
import { restoreKey, runKey } from '../../src/task/record-keys.js';
import { encodeRecord } from '../../src/task/record-store.js';
import type { TaskView } from '../../src/task/types.js';
import { planBackup } from '../restore/backups.js';
import { makeHost, makeView } from '../task/runs-of.js';

export const hour = 3_600_000;
const config = (await loadConfig({ path: '', env: {}, cwd: '/', set: [] })).value;
export const section = (rootPath: string): StorageSection => ({ ...config.backup.storage, rootPath });

/** Two memory stores, and processes of one host. */
export function startCleanBench(root = 'backup') {
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

export async function keysOf(driver: StorageDriver): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of driver.list('')) if (entry.type === 'object') keys.push(entry.key);
  return keys;
}

export type CleanBench = ReturnType<typeof startCleanBench>;

/** One folder of each state. */
export async function withEverything(): Promise<CleanBench> {
  const bench = startCleanBench();
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
