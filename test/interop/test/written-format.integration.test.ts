import type { S3Client } from '@aws-sdk/client-s3';
import { type BackupService, type CreateRequest, parseFilter } from '@milvus-backup/core';
import {
  connectMilvus,
  flushCollection,
  readRows,
  type Stack,
  startStack,
  type TempDir,
  tempDir,
} from '@milvus-backup/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bucket, openBucket, uploadBackup } from './harness/bucket.js';
import { compareMeta, shapeOf, withoutSegments } from './harness/compare-meta.js';
import type { Client } from './harness/describe-target.js';
import { checkOrder, readLikeGo } from './harness/go-reader.js';
import { type Golden, objectOf, readGolden } from './harness/golden.js';
import { decodeRows } from './harness/golden-rows.js';
import { parseMeta, writeLikeGo } from './harness/meta-json.js';
import { collectionOf, type GoldenBackup, nameOf } from './harness/meta-shapes.js';
import { openOver } from './harness/open.js';
import {
  copiedLogs,
  downloadBackup,
  keyShapes,
  type StoredBackup,
  segmentsOf,
} from './harness/our-backup.js';
import { type MetaFile, metaFiles } from './harness/proto-table.js';

/**
 * Collections of the golden backups are restored and backed up here: what we write must be what the Go tool wrote of the
 * same collections, but for ids, times and sizes.
 */

type Name = 'b1' | 'e1' | 'mo';
const names: readonly Name[] = ['b1', 'e1', 'mo'];
/** What the Go tool does not write; `extras.json` only where the backup has something that its files have no place for. */
const ownFiles: Readonly<Record<Name, readonly string[]>> = {
  b1: ['meta/ts/manifest.ndjson'],
  e1: ['meta/ts/extras.json', 'meta/ts/manifest.ndjson'],
  mo: ['meta/ts/extras.json', 'meta/ts/manifest.ndjson'],
};
const root = 'backup';
const files = Object.keys(metaFiles) as MetaFile[];

let stack: Stack;
let dir: TempDir;
let client: Client;
let s3: S3Client;
let service: BackupService;
let bucket: Bucket;
let milvusBucket: Bucket;
const goldens = new Map<Name, Golden>();
const ours = new Map<Name, StoredBackup>();

beforeAll(async () => {
  dir = await tempDir();
  // Compaction would replace the segments whose logs are compared.
  stack = await startStack({ config: { dataCoord: { enableCompaction: false } } });
  client = await connectMilvus(stack.milvus);
  s3 = stack.s3.createClient();
  milvusBucket = openBucket(s3, 'a-bucket');
  bucket = openBucket(s3, 'backup-bucket');
  for (const name of names) goldens.set(name, await readGolden(name));
  for (const name of ['b1', 'e1'] as const)
    await uploadBackup(milvusBucket, 'golden', name, goldenOf(name).objects);
  const source = await openOver(stack, dir.path, { bucket: 'a-bucket', root: 'golden' });
  service = await openOver(stack, dir.path, { bucket: 'backup-bucket', root });
  try {
    await source.restore({ name: 'e1', rebuildIndex: true });
    await addWhatIsNotRestored();
    await takeOurs('e1', {});
    await takeOurs('mo', { strategy: 'meta_only', filter: parseFilter('props_coll') });
    await source.restore({ name: 'b1', rebuildIndex: true });
    await rewriteRows();
    await takeOurs('b1', { filter: parseFilter('rich,parts,hello_milvus') });
  } finally {
    await source.close();
  }
});

afterAll(async () => {
  await service?.close();
  s3?.destroy();
  await client?.closeConnection();
  await stack?.stop();
  await dir?.remove();
});

describe.each(names)('the files that we write of the collections of %s', (name) => {
  it.each(files)('%s is written by the rules of the Go tool, which reads it', (file) => {
    const bytes = objectOf(oursOf(name).objects, `meta/${file}`);
    expect(writeLikeGo(parseMeta(bytes))).toBe(bytes.toString('utf8'));
    expect(checkOrder(file, bytes)).toEqual([]);
    readLikeGo(file, bytes);
  });

  it.each(files)('%s has the same keys, types and values as the one of the Go tool', (file) => {
    const key = `meta/${file}`;
    const [golden, own] = [goldenOf(name), oursOf(name)].map(({ objects }) =>
      parseMeta(objectOf(objects, key)),
    );
    if (file === 'partition_meta.json' || file === 'segment_meta.json') {
      // Flat lists, whose elements are compared at their places in full_meta.json below.
      expect(shapeOf(own)).toBe(shapeOf(golden));
    } else {
      expect(compareMeta(withoutSegments(golden), withoutSegments(own))).toEqual([]);
    }
  });

  it('the levelled files are the parts of full_meta.json', () => {
    for (const { objects, meta } of [goldenOf(name), oursOf(name)]) {
      const read = (file: MetaFile): unknown => parseMeta(objectOf(objects, `meta/${file}`));
      expect(read('collection_meta.json')).toEqual(listed(meta.collection_backups.map(stripSegments)));
      const partitions = meta.collection_backups.flatMap((collection) => collection.partition_backups);
      expect(read('partition_meta.json')).toEqual(
        listed(partitions.map(({ segment_backups: _, ...partition }) => partition)),
      );
      expect(read('segment_meta.json')).toEqual(listed(segmentsOf(meta)));
    }
  });

  it('segments have the same shapes, each in a group of its own, and sizes that add up', () => {
    const shapes = (meta: GoldenBackup): Set<string> => new Set(segmentsOf(meta).map(shapeOf));
    const { meta } = oursOf(name);
    expect(shapes(meta)).toEqual(shapes(goldenOf(name).meta));
    for (const segment of segmentsOf(meta)) expect(segment.group_id).toBe(segment.segment_id);
    expect(meta.size).toBe(copiedLogs(meta).reduce((sum, log) => sum + log.size, 0n));
  });

  it('nothing else lies in the folder of the backup but what is ours, below meta/ts', () => {
    const wanted = [...keyShapes(goldenOf(name).objects), ...ownFiles[name]];
    expect(keyShapes(oursOf(name).objects)).toEqual(wanted.sort());
  });

  it('every log that the metadata names is there, byte for byte as in the bucket of Milvus', async () => {
    const { objects, meta } = oursOf(name);
    const logs = copiedLogs(meta);
    const stored = [...objects.keys()].filter((key) => key.startsWith('binlogs/'));
    expect(logs.map((log) => log.copy).sort()).toEqual(stored.sort());
    for (const { source, size, copy } of logs) {
      const original = await milvusBucket.get(source);
      expect(BigInt(original.byteLength), source).toBe(size);
      expect(original.equals(objectOf(objects, copy)), source).toBe(true);
    }
  });

  it('its logs hold the rows of the golden backup', async () => {
    const golden = goldenOf(name);
    const own = oursOf(name);
    for (const collection of golden.meta.collection_backups) {
      const wanted = await decodeRows(golden, collection);
      const found = await decodeRows(own, collectionOf(own.meta, nameOf(collection)));
      expect(found.partitions, nameOf(collection)).toEqual(wanted.partitions);
    }
  });
});

it('the root of the backups holds them and nothing else', async () => {
  const folders = [...(await bucket.list('')).keys()].map((key) => key.split('/').slice(0, 2).join('/'));
  expect([...new Set(folders)].sort()).toEqual(names.map((name) => `${root}/${name}`));
});

function goldenOf(name: Name): Golden {
  const golden = goldens.get(name);
  if (golden === undefined) throw new Error(`${name} was not read`);
  return golden;
}

function oursOf(name: Name): StoredBackup {
  const backup = ours.get(name);
  if (backup === undefined) throw new Error(`${name} was not made`);
  return backup;
}

async function takeOurs(name: Name, request: CreateRequest): Promise<void> {
  await service.create({ ...request, name });
  ours.set(name, await downloadBackup(bucket, root, name));
}

/** An empty list is left out. */
function listed(infos: readonly unknown[]): object {
  return infos.length === 0 ? {} : { infos };
}

function stripSegments(collection: GoldenBackup['collection_backups'][number]): object {
  return {
    ...collection,
    partition_backups: collection.partition_backups.map(({ segment_backups: _, ...partition }) => partition),
  };
}

/** Aliases, properties and load state are in a backup, but neither tool restores them. */
async function addWhatIsNotRestored(): Promise<void> {
  for (const collection of goldenOf('e1').meta.collection_backups) {
    const { db_name, collection_name, aliases = [], properties = [], load_state } = collection;
    const where = { db_name, collection_name };
    for (const alias of aliases) expectDone(await client.createAlias({ ...where, alias }));
    if (properties.length > 0) {
      const values = Object.fromEntries(properties.map(({ key, value }) => [key, value]));
      expectDone(await client.alterCollectionProperties({ ...where, properties: values }));
    }
    if (load_state === 'Loaded') expectDone(await client.loadCollectionSync(where));
  }
}

/**
 * Writes a few rows once more as they are, so that their old versions are deleted: delete logs beside the insert
 * logs, and the same rows as before. Import has applied the golden backup's own deletes.
 */
async function rewriteRows(): Promise<void> {
  const target = { db: 'default', collection: 'hello_milvus' };
  const rows = [];
  for await (const row of readRows(client, target)) {
    if (rows.length < 3) rows.push(row);
  }
  const answer = await client.upsert({
    db_name: target.db,
    collection_name: target.collection,
    data: rows.map((row) => ({ ...row })) as never,
  });
  expectDone(answer.status);
  await flushCollection(client, target);
}

function expectDone(status: { readonly error_code: string | number; readonly reason: string }): void {
  expect(status).toMatchObject({ error_code: 'Success' });
}
