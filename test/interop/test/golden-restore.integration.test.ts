import type { S3Client } from '@aws-sdk/client-s3';
import type { BackupService } from '@milvus-backup/core';
import { connectMilvus, type Stack, startStack, type TempDir, tempDir } from '@milvus-backup/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bucket, openBucket, uploadBackup } from './harness/bucket.js';
import { compareRows } from './harness/compare-rows.js';
import { type Client, describeTarget, structureOf } from './harness/describe-target.js';
import { type Golden, type GoldenName, readGolden } from './harness/golden.js';
import { decodeRows, type ExpectedRows } from './harness/golden-rows.js';
import { type GoldenCollection, nameOf } from './harness/meta-shapes.js';
import { type BackupPlace, openOver } from './harness/open.js';

/** Backups that the Go tool wrote, restored here, every row compared with those decoded from its files. */

const names: readonly GoldenName[] = ['b1', 'e1', 'mo', 'old4'];
interface Place extends BackupPlace {
  readonly title: string;
  readonly suffix: string;
  /** The others are restored in the other places. */
  readonly restored: readonly GoldenName[];
}

const places: readonly Place[] = [
  {
    title: "in Milvus's own bucket, imported in place",
    bucket: 'a-bucket',
    root: 'backup',
    suffix: '_here',
    restored: ['b1', 'mo', 'old4'],
  },
  {
    title: 'in another bucket, staged for the import',
    bucket: 'backup-bucket',
    root: 'deep/er',
    suffix: '_staged',
    restored: ['b1', 'e1', 'old4'],
  },
];

let stack: Stack;
let dir: TempDir;
let client: Client;
let s3: S3Client;
const goldens = new Map<GoldenName, Golden>();
const rowsOf = new Map<GoldenCollection, ExpectedRows>();

beforeAll(async () => {
  dir = await tempDir();
  stack = await startStack();
  client = await connectMilvus(stack.milvus);
  s3 = stack.s3.createClient();
  for (const name of names) {
    const golden = await readGolden(name);
    goldens.set(name, golden);
    for (const collection of golden.meta.collection_backups) {
      rowsOf.set(collection, await decodeRows(golden, collection));
    }
  }
});

afterAll(async () => {
  s3?.destroy();
  await client?.closeConnection();
  await stack?.stop();
  await dir?.remove();
});

describe.each(places)('backups of the Go tool $title', (place) => {
  let service: BackupService;
  let bucket: Bucket;
  let milvusBucket: Bucket;

  beforeAll(async () => {
    bucket = openBucket(s3, place.bucket);
    milvusBucket = openBucket(s3, 'a-bucket');
    for (const name of names) {
      await uploadBackup(bucket, place.root, name, goldenOf(name).objects);
    }
    service = await openOver(stack, dir.path, place);
  });

  afterAll(async () => {
    await service?.close();
  });

  it('are listed', async () => {
    const listed = await service.list();
    const wanted = names.map((name) => {
      const { id, size, milvus_version } = goldenOf(name).meta;
      return { id, name, size: Number(size), milvusVersion: milvus_version };
    });
    expect(listed).toEqual(wanted);
  });

  it.each(names)('%s is shown with all that it holds', async (name) => {
    const golden = goldenOf(name);
    const { meta, metaSize } = await service.get({ name });
    const bytesOfMeta = [...golden.objects]
      .filter(([key]) => key.startsWith('meta/'))
      .reduce((sum, [, bytes]) => sum + bytes.byteLength, 0);
    expect(metaSize).toBe(bytesOfMeta);
    expect(meta.database_backups.map((database) => database.db_name)).toEqual(
      (golden.meta.database_backups ?? []).map((database) => database.db_name),
    );
    const shown = meta.collection_backups.map((collection) => ({
      name: nameOf(collection),
      id: collection.collection_id,
      aliases: collection.aliases,
      properties: collection.properties,
      partitions: collection.partition_backups.map((partition) => partition.partition_id),
      segments: collection.partition_backups.flatMap((partition) =>
        partition.segment_backups.map((segment) => segment.segment_id),
      ),
    }));
    const wanted = golden.meta.collection_backups.map((collection) => ({
      name: nameOf(collection),
      id: collection.collection_id,
      aliases: collection.aliases ?? [],
      properties: collection.properties ?? [],
      partitions: collection.partition_backups.map((partition) => partition.partition_id),
      segments: collection.partition_backups.flatMap((partition) =>
        (partition.segment_backups ?? []).map((segment) => segment.segment_id),
      ),
    }));
    expect(shown).toEqual(wanted);
  });

  it.each(place.restored)('%s is restored with every row, and nothing is left behind', async (name) => {
    const suffix = `_${name}${place.suffix}`;
    const view = await service.restore({ name, suffix, rebuildIndex: true });
    expect(view).toMatchObject({ state: 'success', error: null });
    for (const collection of goldenOf(name).meta.collection_backups) {
      const target = { db: collection.db_name, collection: `${collection.collection_name}${suffix}` };
      await expectRestored(target, collection);
    }
    expect([...(await milvusBucket.list('restore-temp'))]).toEqual([]);
    await expectUnchanged(bucket, place, name);
  });
});

describe('a backup of the Go tool under its own names', () => {
  it('comes back with its databases, the empty one too', async () => {
    const service = await openOver(stack, dir.path, { bucket: 'a-bucket', root: 'backup' });
    try {
      const view = await service.restore({ name: 'e1', rebuildIndex: true });
      expect(view.state).toBe('success');
      expect((await client.listDatabases()).db_names).toEqual(
        expect.arrayContaining(['default', 'db1', 'emptydb']),
      );
      for (const collection of goldenOf('e1').meta.collection_backups) {
        await expectRestored({ db: collection.db_name, collection: collection.collection_name }, collection);
      }
    } finally {
      await service.close();
    }
  });
});

function goldenOf(name: GoldenName): Golden {
  const golden = goldens.get(name);
  if (golden === undefined) throw new Error(`${name} was not read`);
  return golden;
}

async function expectRestored(
  target: { readonly db: string; readonly collection: string },
  collection: GoldenCollection,
): Promise<void> {
  const expected = rowsOf.get(collection);
  if (expected === undefined) throw new Error(`${nameOf(collection)} was not decoded`);
  expect(await describeTarget(client, target)).toEqual(structureOf(collection));
  expect(await compareRows(client, target, collection, expected)).toEqual([]);
}

/** A restore reads a backup and adds nothing to it but our own record under `meta/ts/`. */
async function expectUnchanged(bucket: Bucket, place: BackupPlace, name: GoldenName): Promise<void> {
  const prefix = `${place.root}/${name}/`;
  const found = [...(await bucket.list(prefix))]
    .map(([key, size]) => [key.slice(prefix.length), size] as const)
    .filter(([key]) => !key.startsWith('meta/ts/'));
  const wanted = [...goldenOf(name).objects].map(([key, bytes]) => [key, bytes.byteLength] as const);
  expect(new Map(found)).toEqual(new Map(wanted));
}
