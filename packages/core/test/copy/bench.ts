import { createHash } from 'node:crypto';
import { loadConfig } from '../../src/config/index.js';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver, type MemoryStore } from '../../src/driver/memory-driver.js';
import { BackupError } from '../../src/errors/index.js';
import { silentLogger } from '../../src/log.js';
import { type BackupMeta, writeBackupMeta } from '../../src/meta/index.js';
import { createBackupService } from '../../src/service/index.js';
import type { BackupService } from '../../src/service-types.js';
import { logsOf, planBackup, planCollection } from '../restore/backups.js';
import { makeGateway } from '../service/gateway.js';
import { makeManagement } from '../service/management.js';
import { makeHost } from '../task/runs-of.js';

export interface Fault {
  /** Which call fails, from 1; of both stores together. */
  readonly at: number;
  /** Whether the store has done what was asked, and only its answer is lost. */
  readonly done: boolean;
}

export interface CopyBench {
  readonly near: StorageDriver;
  readonly far: StorageDriver;
  readonly host: ReturnType<typeof makeHost>;
  /** Calls of the service opened last that reached a store. */
  calls(): number;
  /** Keys and bytes of the objects that the service opened last put. */
  readonly puts: string[];
  /** As another process would open it. */
  open(options?: OpenOptions): BackupService;
  /** The content of a folder by keys below it; our own files left out. */
  content(driver: StorageDriver, folder: string): Promise<Map<string, string>>;
}

export interface OpenOptions {
  readonly fault?: Fault;
  readonly set?: readonly string[];
  /** In the place of the far store. */
  readonly far?: StorageDriver;
  /** Called before each put at the far store. */
  readonly onPut?: (key: string) => void | Promise<void>;
}

export const meta: BackupMeta = planBackup(
  [planCollection([{ id: 1n, deletes: true }, { id: 2n }, { id: -3n + 10n, partition: -1n, isL0: true }])],
  ['default'],
);

/** Two stores in memory, of which the near one holds the backup `b`; its objects have etags like those of S3. */
export async function makeCopyBench(): Promise<CopyBench> {
  const stores: readonly MemoryStore[] = [new Map(), new Map()];
  const [near, far] = stores.map((store, at) =>
    createMemoryDriver({ store, bucket: ['near', 'far'][at] ?? '' }),
  );
  if (!near || !far) throw new Error('two stores');
  await writeSource(near, 'backup', 'b');
  const host = makeHost();
  let count = 0;
  let pid = 100;
  const puts: string[] = [];
  return {
    near,
    far,
    host,
    puts,
    calls: () => count,
    open({ fault, set = [], far: other = far, onPut } = {}) {
      count = 0;
      puts.length = 0;
      host.alive.clear();
      pid += 1;
      const strike = (): boolean => {
        count += 1;
        return count === fault?.at;
      };
      const wrap = (driver: StorageDriver, isFar: boolean): StorageDriver =>
        wrapDriver(driver, strike, fault?.done ?? false, async (key) => {
          if (!isFar) return;
          puts.push(key);
          await onPut?.(key);
        });
      const identity = host.process(pid);
      let service: BackupService | undefined;
      const opening = loadConfig({
        path: '',
        env: {},
        cwd: '/',
        set: [
          'backup.storage.bucketName=near',
          'storages.offsite.bucketName=far',
          'storages.offsite.rootPath=deep/copies',
          'storages.alias.bucketName=near',
          'storages.alias.address=another-name',
          'transfer.mode=streaming',
          'transfer.concurrency=3',
          ...set,
        ],
      }).then((config) =>
        createBackupService({
          config,
          logger: silentLogger,
          identity,
          openDriver: async (section) =>
            section.bucketName === 'far' ? wrap(other, true) : wrap(near, section.path !== 'backup.storage'),
          openMilvus: () => makeGateway({}),
          openManagement: () => makeManagement(),
          makeId: () => `id-${pid}`,
          nanoseconds: () => 5,
        }),
      );
      const ready = async (): Promise<BackupService> => {
        service ??= await opening;
        return service;
      };
      // Only what these tests call: the configuration is read behind the first of them.
      return {
        copy: async (...call: Parameters<BackupService['copy']>) => (await ready()).copy(...call),
        startCopy: async (...call: Parameters<BackupService['startCopy']>) =>
          (await ready()).startCopy(...call),
        findCopy: async (...call: Parameters<BackupService['findCopy']>) => (await ready()).findCopy(...call),
        close: async () => (await ready()).close(),
      } as BackupService;
    },
    async content(driver, folder) {
      const found = new Map<string, string>();
      for await (const entry of driver.list(folder)) {
        if (entry.type !== 'object' || entry.key.startsWith(`${folder}meta/ts/`)) continue;
        const { body } = await driver.get(entry.key);
        const parts: Uint8Array[] = [];
        for await (const part of body) parts.push(part as Uint8Array);
        found.set(entry.key.slice(folder.length), Buffer.concat(parts).toString('utf8'));
      }
      return found;
    },
  };
}

async function writeSource(driver: StorageDriver, root: string, name: string): Promise<void> {
  const base = `${root}/${name}/`;
  for (const collection of meta.collection_backups) {
    for (const { key, size } of logsOf(collection, base)) {
      await driver.put(key, Buffer.from(key.slice(-size).padStart(size, '.')));
    }
  }
  await driver.put(`${base}meta/channel_cp_meta.json`, Buffer.from('{"books":[]}'));
  await driver.put(`${base}meta/ts/restore/r1.json`, Buffer.from('{"of":"this store"}'));
  await writeBackupMeta(driver, root, name, meta);
}

/** Gives etags that are the MD5 of the bytes, and fails when told to. */
function wrapDriver(
  driver: StorageDriver,
  strike: () => boolean,
  done: boolean,
  onPut: (key: string) => Promise<void>,
): StorageDriver {
  const failure = (): BackupError => new BackupError({ code: 'STORAGE_ERROR', message: 'planned failure' });
  const etags = new Map<string, string>();
  const md5 = async <T extends { readonly key: string; readonly size: number }>(info: T): Promise<T> => {
    const known = etags.get(info.key);
    if (known !== undefined) return { ...info, etag: known };
    const hash = createHash('md5');
    for await (const chunk of (await driver.get(info.key)).body) hash.update(chunk as Uint8Array);
    return { ...info, etag: hash.digest('hex') };
  };
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    const struck = strike();
    if (struck && !done) throw failure();
    const result = await work();
    if (struck) throw failure();
    return result;
  };
  return {
    name: driver.name,
    capabilities: driver.capabilities,
    head: (key, options) =>
      call(async () => {
        const info = await driver.head(key, options);
        return info && (await md5(info));
      }),
    get: (key, options) =>
      call(async () => {
        const { body, info } = await driver.get(key, options);
        return { body, info: await md5(info) };
      }),
    put: (key, body, options) =>
      call(async () => {
        await onPut(key);
        return md5(await driver.put(key, body, options));
      }),
    copyFrom: (source, ...rest) => call(() => driver.copyFrom(source, ...rest)),
    delete: (keys, options) => call(() => driver.delete(keys, options)),
    async *list(...args) {
      if (strike()) throw failure();
      for await (const entry of driver.list(...args))
        yield entry.type === 'object' ? await md5(entry) : entry;
    },
    bucketExists: (options) => call(() => driver.bucketExists(options)),
    createBucket: (options) => call(() => driver.createBucket(options)),
    close: async () => {},
  };
}
