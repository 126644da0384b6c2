import { createHash } from 'node:crypto';
import { readColumn } from '../../src/binlog/index.js';
import { parseBinlog } from '../../src/binlog/parse-binlog.js';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { encodeManifest, type ManifestItem } from '../../src/manifest/index.js';
import {
  type BackupMeta,
  encodeMetaFiles,
  type FieldBinlogMeta,
  makeBackup,
  makeBinlog,
  makeCollection,
  makeFieldBinlog,
  makePartition,
  makeSegment,
  type SegmentMeta,
} from '../../src/meta/index.js';
import type { VerifyReport, VerifyRequest } from '../../src/verify/types.js';
import { verifyBackup } from '../../src/verify/verify-backup.js';
import { fixtureLogs } from '../binlog/fixtures.js';

export interface VerifyBench {
  readonly driver: StorageDriver;
  readonly meta: BackupMeta;
  /** Keys of the binlogs below the backup's folder. */
  readonly paths: readonly string[];
  read(path: string): Promise<Buffer>;
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Changes bytes behind the store's back: what it tells of the object stays as it was. */
  rot(path: string, bytes: Uint8Array): Promise<void>;
  verify(request?: Partial<VerifyRequest>, signal?: AbortSignal): Promise<VerifyReport>;
}

export const root = 'backup';
export const base = 'backup/b/';

/** How a store describes its objects. */
export type Etags = 'md5' | 'opaque';

/**
 * A backup in memory of two segments that Milvus wrote, the second being the first with another id: their objects have equal
 * sizes, so that only content tells them apart.
 */
export async function makeVerifyBench({
  manifest = true,
  etags = 'md5' as Etags,
} = {}): Promise<VerifyBench> {
  const plain = createMemoryDriver();
  const driver = describeBy(plain, etags);
  const items: ManifestItem[] = [];
  const paths: string[] = [];
  const fixtures = fixtureLogs('rich');
  const [any] = fixtures;
  if (!any) throw new Error('no fixtures');
  const ids = parseBinlog(any.bytes);
  const write = async (path: string, bytes: Uint8Array): Promise<void> => {
    await driver.put(base + path, bytes);
  };
  const put = async (path: string, bytes: Uint8Array): Promise<void> => {
    const { size, etag } = await driver.put(base + path, bytes);
    paths.push(path);
    items.push({
      type: 'object',
      key: path,
      size,
      ...(etag ? { etag } : {}),
      from: { key: `files/${path}` },
    });
  };
  const segments: SegmentMeta[] = [];
  for (const segment of [ids.segment, ids.segment + 1n]) {
    let rows = 0;
    let size = 0;
    const made: Record<'insert' | 'delta', FieldBinlogMeta[]> = { insert: [], delta: [] };
    for (const log of fixtures) {
      const bytes = withSegment(log.bytes, segment);
      const id = BigInt(/\d+$/.exec(log.key)?.[0] ?? '0');
      const inner = log.kind === 'insert' ? `${log.field}/` : '';
      const path = `binlogs/${log.kind}_log/${ids.collection}/${ids.partition}/${segment}/${segment}/${inner}${id}`;
      await put(path, bytes);
      size += bytes.length;
      const entry = makeBinlog({ log_id: id, log_size: bytes.length });
      made[log.kind].push(makeFieldBinlog({ fieldID: log.field, binlogs: [entry] }));
      if (log.kind === 'insert' && log.field === 1n) {
        for (const { payload } of parseBinlog(bytes).events)
          rows += (await readColumn(payload)).values.length;
      }
    }
    segments.push(
      makeSegment({
        segment_id: segment,
        collection_id: ids.collection,
        partition_id: ids.partition,
        group_id: segment,
        num_of_rows: rows,
        binlogs: made.insert,
        deltalogs: made.delta,
        size,
      }),
    );
    items.push({
      type: 'segment',
      collection: String(ids.collection),
      partition: String(ids.partition),
      segment: String(segment),
      rows,
    });
  }
  const size = segments.reduce((sum, one) => sum + one.size, 0);
  const meta = makeBackup({
    id: 'id-1',
    state_code: 2,
    name: 'b',
    milvus_version: 'v2.3.5',
    size,
    collection_backups: [
      makeCollection({
        collection_id: ids.collection,
        db_name: 'default',
        collection_name: 'rich',
        size,
        partition_backups: [
          makePartition({
            partition_id: ids.partition,
            partition_name: '_default',
            collection_id: ids.collection,
            segment_backups: segments,
            size,
          }),
        ],
      }),
    ],
  });
  const files = encodeMetaFiles(meta);
  for (const { name, bytes } of files) await write(`meta/${name}`, bytes);
  if (manifest) {
    const told = files.map(({ name, bytes }): ManifestItem => {
      const value = createHash('sha256').update(bytes).digest('base64');
      const checksum = { algorithm: 'sha256', value } as const;
      return { type: 'object', key: `meta/${name}`, size: bytes.length, checksum };
    });
    await driver.put(`${base}meta/ts/manifest.ndjson`, encodeManifest('id-1', [...told, ...items]));
  }
  return {
    driver,
    meta,
    paths,
    write,
    async read(path) {
      const { body } = await driver.get(base + path);
      const parts: Uint8Array[] = [];
      for await (const part of body) parts.push(part as Uint8Array);
      return Buffer.concat(parts);
    },
    rot: async (path, bytes) => void (await plain.put(base + path, bytes)),
    verify: (request = {}, signal = new AbortController().signal) =>
      verifyBackup({
        request: { name: 'b', ...request },
        driver,
        root,
        from: 'backup',
        concurrency: 4,
        now: () => 1,
        signal,
      }),
  };
}

/** The same binlog as if it had been written for another segment. */
function withSegment(bytes: Uint8Array, segment: bigint): Uint8Array {
  const copy = Buffer.from(bytes);
  // Behind the magic number, the header of the first event, the collection and the partition.
  copy.writeBigInt64LE(segment, 4 + 17 + 8 + 8);
  return copy;
}

/** The store in memory has etags of its own kind; most stores have the MD5 of the bytes. */
function describeBy(driver: StorageDriver, etags: Etags): StorageDriver {
  if (etags === 'opaque') return driver;
  const known = new Map<string, string>();
  const sum = async <T extends { readonly key: string }>(info: T): Promise<T> => ({
    ...info,
    etag: known.get(info.key) ?? '',
  });
  return {
    ...driver,
    name: driver.name,
    capabilities: driver.capabilities,
    head: async (key, options) => {
      const info = await driver.head(key, options);
      return info && (await sum(info));
    },
    get: async (key, options) => {
      const { body, info } = await driver.get(key, options);
      return { body, info: await sum(info) };
    },
    async put(key, body, options) {
      const parts: Uint8Array[] = [];
      if (body instanceof Uint8Array) parts.push(body);
      else for await (const part of body) parts.push(part);
      const bytes = Buffer.concat(parts);
      known.set(key, createHash('md5').update(bytes).digest('hex'));
      return await sum(await driver.put(key, bytes, options));
    },
    delete: (keys, options) => driver.delete(keys, options),
    copyFrom: (...call) => driver.copyFrom(...call),
    async *list(...call) {
      for await (const entry of driver.list(...call))
        yield entry.type === 'object' ? await sum(entry) : entry;
    },
    bucketExists: (options) => driver.bucketExists(options),
    createBucket: (options) => driver.createBucket(options),
    close: () => driver.close(),
  };
}
