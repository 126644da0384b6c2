import { writeInsertLog } from '../../../../test/support/src/milvus-sim/binlog.js';
import { int64Kind, textKind } from '../../../../test/support/src/milvus-sim/parquet-file.js';
import { type DeleteRecord, readDeletes, writeDeleteLog } from '../../src/binlog/index.js';
import { loadConfig } from '../../src/config/index.js';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver, type MemoryStore } from '../../src/driver/memory-driver.js';
import { BackupError } from '../../src/errors/index.js';
import { silentLogger } from '../../src/log.js';
import {
  type BackupMeta,
  makeBackup,
  makeBinlog,
  makeCollection,
  makeField,
  makeFieldBinlog,
  makePartition,
  makeSchema,
  makeSegment,
  type SegmentMeta,
  writeBackupMeta,
} from '../../src/meta/index.js';
import { createBackupService } from '../../src/service/index.js';
import type { BackupService } from '../../src/service-types.js';
import { makeGateway } from '../service/gateway.js';
import { makeManagement } from '../service/management.js';
import { makeHost } from '../task/runs-of.js';

export type Key = bigint | string;

export interface DataSegment {
  readonly id: bigint;
  readonly partition: bigint;
  readonly channel: string;
  readonly rows: readonly (readonly [key: Key, ts: bigint])[];
  readonly storageVersion?: bigint;
  readonly group?: bigint;
}

export interface LevelZeroSegment {
  readonly id: bigint;
  /** -1: all. */
  readonly partition: bigint;
  readonly channel: string;
  readonly deletes: readonly DeleteRecord[];
}

export const collectionId = 5n;
const pkField = 100n;
const base = 'backup/b/';

export interface Bench {
  readonly driver: StorageDriver;
  /** A process of its own; `failAt` names the call to the store that fails, from 1, after it was carried out when it is `done`. */
  open(options?: { failAt?: number; done?: boolean; onPut?: (key: string) => void }): Promise<BackupService>;
  keys(): Promise<string[]>;
  /** Calls to the store of the service that was opened last. */
  calls(): number;
  /** The delta logs of a backup by key, with what they hold. */
  deltas(name: string): Promise<Map<string, DeleteRecord[]>>;
}

/** A store in memory with a backup `b` of one collection. */
export async function makeBench(
  data: readonly DataSegment[],
  l0: readonly LevelZeroSegment[],
): Promise<Bench> {
  const store: MemoryStore = new Map();
  const driver = createMemoryDriver({ store });
  await writeBackup(driver, data, l0);
  const host = makeHost();
  let pid = 100;
  let calls = 0;
  return {
    driver,
    calls: () => calls,
    async open({ failAt = 0, done = false, onPut } = {}) {
      calls = 0;
      host.alive.clear();
      pid += 1;
      const config = await loadConfig({
        path: '',
        env: {},
        cwd: '/',
        set: ['backup.storage.rootPath=backup'],
      });
      const call = async <T>(work: () => Promise<T>): Promise<T> => {
        calls += 1;
        const struck = calls === failAt;
        const failure = new BackupError({ code: 'STORAGE_ERROR', message: 'planned failure' });
        if (struck && !done) throw failure;
        const result = await work();
        if (struck) throw failure;
        return result;
      };
      const makeId = `id-${pid}`;
      return createBackupService({
        config,
        logger: silentLogger,
        identity: host.process(pid),
        openDriver: async () => watch(driver, call, onPut),
        openMilvus: () => makeGateway({}),
        openManagement: () => makeManagement(),
        makeId: () => makeId,
        nanoseconds: () => 5,
      } as Parameters<typeof createBackupService>[0]);
    },
    async keys() {
      const found: string[] = [];
      for await (const entry of driver.list('')) if (entry.type === 'object') found.push(entry.key);
      return found;
    },
    async deltas(name) {
      const found = new Map<string, DeleteRecord[]>();
      for await (const entry of driver.list(`backup/${name}/binlogs/delta_log/`)) {
        if (entry.type !== 'object') continue;
        const { body } = await driver.get(entry.key);
        const bytes = Buffer.concat(await body.toArray());
        found.set(entry.key.slice(`backup/${name}/binlogs/delta_log/`.length), [
          ...(await readDeletes(bytes)),
        ]);
      }
      return found;
    },
  };
}

function watch(
  driver: StorageDriver,
  call: <T>(work: () => Promise<T>) => Promise<T>,
  onPut: ((key: string) => void) | undefined,
): StorageDriver {
  return {
    name: driver.name,
    capabilities: driver.capabilities,
    head: (...given) => call(() => driver.head(...given)),
    get: (...given) => call(() => driver.get(...given)),
    put: (...given) =>
      call(async () => {
        onPut?.(given[0]);
        return await driver.put(...given);
      }),
    copyFrom: (_source, ...given) => call(() => driver.copyFrom(driver, ...given)),
    delete: (...given) => call(() => driver.delete(...given)),
    async *list(...given) {
      await call(async () => {});
      yield* driver.list(...given);
    },
    bucketExists: (...given) => driver.bucketExists(...given),
    createBucket: (...given) => driver.createBucket(...given),
    close: async () => {},
  };
}

async function writeBackup(
  driver: StorageDriver,
  data: readonly DataSegment[],
  l0: readonly LevelZeroSegment[],
): Promise<void> {
  const segments: SegmentMeta[] = [];
  for (const one of data) segments.push(await writeData(driver, one));
  const zero: SegmentMeta[] = [];
  for (const one of l0) zero.push(await writeLevelZero(driver, one));
  const isText = typeof data[0]?.rows[0]?.[0] === 'string';
  const partitions = [...new Set(data.map(({ partition }) => partition))].map((id) => {
    const own = [...segments, ...zero].filter(({ partition_id }) => partition_id === id);
    return makePartition({
      partition_id: id,
      partition_name: `p${id}`,
      collection_id: collectionId,
      segment_backups: own,
      size: sum(own),
    });
  });
  const everywhere = zero.filter(({ partition_id }) => partition_id === -1n);
  const collection = makeCollection({
    id: 'old',
    collection_id: collectionId,
    db_name: 'default',
    collection_name: 'books',
    schema: makeSchema({
      name: 'books',
      fields: [makeField({ fieldID: pkField, name: 'pk', is_primary_key: true, data_type: isText ? 21 : 5 })],
    }),
    partition_backups: partitions,
    l0_segments: everywhere,
    size: sum([...segments, ...zero]),
  });
  const meta: BackupMeta = makeBackup({
    id: 'old',
    name: 'b',
    collection_backups: [collection],
    size: collection.size,
    milvus_version: 'v2.5.0',
  });
  await writeBackupMeta(driver, 'backup', 'b', meta);
}

const sum = (segments: readonly SegmentMeta[]): number => segments.reduce((all, { size }) => all + size, 0);

async function writeData(driver: StorageDriver, one: DataSegment): Promise<SegmentMeta> {
  const { id, partition, channel, rows, group = id } = one;
  const text = typeof rows[0]?.[0] === 'string';
  const columns = [
    [1n, 5, int64Kind, rows.map(([, ts]) => ts)],
    [pkField, text ? 21 : 5, text ? textKind : int64Kind, rows.map(([key]) => key)],
  ] as const;
  const binlogs = [];
  let size = 0;
  for (const [field, dataType, kind, values] of columns) {
    const facts = {
      collection: collectionId,
      partition,
      segment: id,
      field,
      dataType,
      startTs: 1n,
      endTs: 2n,
    };
    const bytes = writeInsertLog(facts, { name: 'val', kind, nullable: false, values: [...values] });
    const log = id * 1000n + field;
    const level = group === 0n ? '' : `${group}/`;
    await driver.put(
      `${base}binlogs/insert_log/${collectionId}/${partition}/${level}${id}/${field}/${log}`,
      bytes,
    );
    size += bytes.length;
    binlogs.push(
      makeFieldBinlog({
        fieldID: field,
        binlogs: [makeBinlog({ log_path: `files/${log}`, log_size: bytes.length, log_id: log })],
      }),
    );
  }
  return makeSegment({
    segment_id: id,
    collection_id: collectionId,
    partition_id: partition,
    num_of_rows: rows.length,
    binlogs,
    size,
    group_id: group,
    v_channel: channel,
    storage_version: one.storageVersion ?? 0n,
  });
}

async function writeLevelZero(
  driver: StorageDriver,
  { id, partition, channel, deletes }: LevelZeroSegment,
): Promise<SegmentMeta> {
  const bytes = await writeDeleteLog({ collection: collectionId, partition, segment: id, deletes });
  const log = id * 1000n;
  const level = partition === -1n ? '' : `${id}/`;
  await driver.put(`${base}binlogs/delta_log/${collectionId}/${partition}/${level}${id}/${log}`, bytes);
  const binlog = makeBinlog({ log_path: `files/${log}`, log_size: bytes.length, log_id: log });
  return makeSegment({
    segment_id: id,
    collection_id: collectionId,
    partition_id: partition,
    deltalogs: [makeFieldBinlog({ binlogs: [binlog] })],
    size: bytes.length,
    group_id: partition === -1n ? 0n : id,
    is_l0: true,
    v_channel: channel,
  });
}
