import { type CheckInput, check } from '../../src/check/check.js';
import { loadConfig } from '../../src/config/index.js';
import type { BackupConfig, StorageSection } from '../../src/config/types.js';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createManagedDriver } from '../../src/driver/managed-driver.js';
import { createMemoryDriver, type MemoryStore } from '../../src/driver/memory-driver.js';
import { silentLogger } from '../../src/log.js';
import type { MilvusGateway } from '../../src/milvus/gateway.js';
import type { CheckItem, CheckOptions, CheckReport } from '../../src/service-types.js';
import { createTransfer } from '../../src/transfer/transfer.js';
import { FakeMilvus } from '../service/fake-milvus.js';

/** Changes what a sound driver does; `undefined` leaves a method as it is. */
export type Misbehaviour = (sound: StorageDriver) => Partial<StorageDriver>;

export interface CheckBenchOptions {
  readonly milvusStore?: Misbehaviour;
  readonly backupStore?: Misbehaviour;
  readonly milvus?: Partial<MilvusGateway>;
  readonly set?: readonly string[];
  /** Buckets that are there. */
  readonly buckets?: readonly string[];
  readonly input?: Partial<CheckInput>;
}

/** A check over stores in memory, each of which may misbehave; the clock of the stores is ours unless changed. */
export async function makeCheckBench(options: CheckBenchOptions = {}) {
  const store: MemoryStore = new Map();
  const open = (bucket: string): StorageDriver =>
    createMemoryDriver({ store, bucket, createBucket: false, now: () => new Date(1_795_000_000_000) });
  for (const bucket of options.buckets ?? ['a-bucket', 'backups']) await open(bucket).createBucket();
  const milvus = new FakeMilvus(open(options.buckets?.[0] ?? 'a-bucket'));
  const config = await loadConfig({
    path: '',
    env: {},
    cwd: '/',
    set: [
      'milvus.storage.bucketName=a-bucket',
      'milvus.storage.rootPath=files',
      'backup.storage.bucketName=backups',
      'backup.storage.rootPath=backup',
      ...(options.set ?? []),
    ],
  });
  const value: BackupConfig = config.value;
  const openSection = (section: StorageSection, misbehave?: Misbehaviour): StorageDriver => {
    const sound = open(section.bucketName);
    const driver = replaceMethods(sound, misbehave?.(sound) ?? {});
    return createManagedDriver(driver, { retry: { retries: 0 } });
  };
  const data = openSection(value.milvus.storage, options.milvusStore);
  const backups = openSection(value.backup.storage, options.backupStore);
  return {
    milvus,
    open,
    run: (also: CheckOptions = {}): Promise<CheckReport> =>
      check({
        milvus: { ...milvus.gateway, ...options.milvus },
        milvusStore: async () => ({ section: value.milvus.storage, driver: data }),
        backupStore: async () => ({ section: value.backup.storage, driver: backups }),
        openDriver: async (section) => openSection(section),
        transfer: (from, to) => createTransfer(from, to, value.transfer, silentLogger),
        config: value,
        id: 'id-1',
        now: () => 1_795_000_000_000,
        timeout: 1_000,
        ...options.input,
        ...also,
      }),
    async keys(): Promise<string[]> {
      return [...store]
        .flatMap(([bucket, objects]) => [...objects.keys()].map((key) => `${bucket}/${key}`))
        .sort();
    },
  };
}

/** Drivers in memory copy from each other only, not from what is wrapped around them. */
const soundOf = new WeakMap<StorageDriver, StorageDriver>();

function replaceMethods(sound: StorageDriver, changed: Partial<StorageDriver>): StorageDriver {
  const driver: StorageDriver = {
    name: sound.name,
    capabilities: sound.capabilities,
    head: (...call) => sound.head(...call),
    get: (...call) => sound.get(...call),
    put: (...call) => sound.put(...call),
    copyFrom: (source, ...call) => sound.copyFrom(soundOf.get(source) ?? source, ...call),
    delete: (...call) => sound.delete(...call),
    list: (...call) => sound.list(...call),
    bucketExists: (...call) => sound.bucketExists(...call),
    createBucket: (...call) => sound.createBucket(...call),
    close: () => sound.close(),
    ...changed,
  };
  soundOf.set(driver, sound);
  return driver;
}

/** The line of a probe. */
export function lineOf(report: CheckReport, name: string): CheckItem {
  const found = report.items.find((item) => item.name === name);
  if (found) return found;
  throw new Error(`no line ${name} among ${report.items.map((item) => item.name).join(', ')}`);
}

/** Names of the lines that are not ok, with their status. */
export function troubles(report: CheckReport): Record<string, string> {
  return Object.fromEntries(
    report.items.filter(({ status }) => status !== 'ok').map(({ name, status }) => [name, status]),
  );
}
