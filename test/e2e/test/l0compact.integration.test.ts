import type { S3Client } from '@aws-sdk/client-s3';
import { type BackupMeta, type BackupService, isBackupError } from '@milvus-backup/core';
import {
  allFixtures,
  connectMilvus,
  createFixture,
  type Fixture,
  type MilvusSim,
  type S3Server,
  type Stack,
  startMilvusSim,
  startS3,
  startStack,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import { DataType, type MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDeleteLog } from '../../../packages/core/src/binlog/index.js';
import {
  decodeFullMeta,
  encodeMetaFile,
  makeBinlog,
  makeFieldBinlog,
  makeSegment,
  metaWriteOrder,
} from '../../../packages/core/src/meta/index.js';
import { startCommand } from './harness/binary.js';
import { type Bucket, openBucket } from './harness/buckets.js';
import { openFrom } from './harness/open.js';
import { expectSameRows } from './harness/rows.js';

const createJob = '/v2/vectordb/jobs/import/create';

/** Deletes as newer versions keep them: beside the rows' segments, for all partitions. 2.6 packs the rows in column groups. */
describe.each([{ version: '2.5.20' }, { version: '2.6.11' }])('l0compact, Milvus $version', ({ version }) => {
  let s3: S3Server;
  let dir: TempDir;
  let sim: MilvusSim;
  let client: MilvusClient;
  let service: BackupService;
  let bucket: Bucket;
  let s3Client: S3Client;
  let fixtures: Fixture[];
  let file: string;

  beforeAll(async () => {
    [s3, dir] = await Promise.all([startS3({ buckets: [] }), tempDir()]);
    sim = await startMilvusSim({ version, storage: { s3, bucket: 'a-bucket' } });
    client = await connectMilvus(sim);
    fixtures = allFixtures({ rows: 200, seed: 11 });
    for (const fixture of fixtures) await createFixture(client, fixture);
    file = await writeBackupYaml(dir.path, { milvus: sim });
    service = await openFrom(file);
    s3Client = s3.createClient();
    bucket = openBucket(s3Client, 'a-bucket');
    await service.create({ name: 'b1' });
  });

  afterAll(async () => {
    await service?.close();
    await client?.closeConnection();
    await sim?.stop();
    s3Client?.destroy();
    await s3?.stop();
    await dir?.remove();
  });

  it('puts the deletes beside the rows that they hit', async () => {
    const { meta: before } = await service.get({ name: 'b1' });
    expect(levelZero(before)).toBeGreaterThan(0);
    const { exitCode, stdout, stderr } = await startCommand(
      { cwd: dir.path },
      'l0compact',
      '-n',
      'b1',
      '--config',
      file,
    );
    expect([exitCode, stdout], stderr).toEqual([0, 'l0compact done: b1 -> b1_l0compacted']);
    const { meta } = await service.get({ name: 'b1_l0compacted' });
    expect(meta.id).not.toBe(before.id);
    expect(levelZero(meta)).toBe(0);
    const report = await service.verify({ name: 'b1_l0compacted', level: 'decode' });
    expect(report).toMatchObject({ ok: true, problems: [], warnings: [], manifest: 'present' });
    expect(report.counts.objectsDecoded).toBe(report.counts.objects);
    expect(report.counts.objectsProven).toBe(report.counts.objects);
    const logs = [...(await bucket.list('backup/b1_l0compacted/binlogs/')).values()];
    expect(logs.reduce((sum, size) => sum + size, 0)).toBe(meta.size);
    expect(await service.verify({ name: 'b1', level: 'read' })).toMatchObject({ ok: true });
  });

  it('is restored without L0 imports, with the same rows', async () => {
    sim.calls.length = 0;
    const view = await service.restore({ name: 'b1_l0compacted', suffix: '_flat', prove: 'full' });
    expect(view.state).toBe('success');
    for (const { db, collection, rows } of fixtures) {
      if (rows === 0) continue;
      await expectSameRows({ client, db, collection }, { client, db, collection: `${collection}_flat` });
    }
    const jobs = sim.calls.filter(({ method }) => method === createJob);
    expect(jobs.length).toBeGreaterThan(0);
    expect(JSON.stringify(jobs)).not.toContain('l0_import');
  });
});

/** What this tool writes as a delta log is what a real Milvus reads at import. */
describe('l0compact, a real Milvus 2.3.5', () => {
  let stack: Stack;
  let dir: TempDir;
  let client: MilvusClient;
  let service: BackupService;
  let bucket: Bucket;
  let s3Client: S3Client;
  let file: string;

  beforeAll(async () => {
    [stack, dir] = await Promise.all([startStack(), tempDir()]);
    client = await connectMilvus(stack.milvus);
    s3Client = stack.s3.createClient();
    bucket = openBucket(s3Client, 'a-bucket');
    file = await writeBackupYaml(dir.path, { milvus: stack.milvus });
    service = await openFrom(file);
  });

  afterAll(async () => {
    await service?.close();
    await client?.closeConnection();
    s3Client?.destroy();
    await stack?.stop();
    await dir?.remove();
  });

  it.each([
    {
      name: 'long_keys',
      type: DataType.Int64,
      keyOf: (index: number) => 9_007_199_254_740_993n + BigInt(index),
    },
    { name: 'text_keys', type: DataType.VarChar, keyOf: (index: number) => `ключ <"${index}">\n&` },
  ])('restores no row that its deletes hit, $name', async ({ name, type, keyOf }) => {
    const text = type === DataType.VarChar ? { max_length: 64 } : {};
    await client.createCollection({
      collection_name: name,
      fields: [
        { name: 'pk', data_type: type, is_primary_key: true, ...text },
        { name: 'version', data_type: DataType.Int64 },
        { name: 'vector', data_type: DataType.FloatVector, dim: 4 },
      ],
    });
    const data = Array.from({ length: 50 }, (_, index) => ({
      pk: typeof keyOf(index) === 'bigint' ? String(keyOf(index)) : keyOf(index),
      version: String(index),
      vector: [index, 0, 0, 1],
    }));
    const inserted = await client.insert({ collection_name: name, data } as never);
    expect(inserted.status.error_code).toBe('Success');
    const filter = { databases: new Map([['default', new Set([name])]]) };
    await service.create({ name, filter });

    const gone = [0, 7, 49];
    const newer = (BigInt(Date.now()) + 3_600_000n) << 18n;
    await addLevelZero(name, [
      // Of one partition, and of all; the last one is older than its row.
      { everywhere: false, deletes: gone.slice(0, 1).map((index) => ({ pk: keyOf(index), ts: newer })) },
      { everywhere: true, deletes: gone.slice(1).map((index) => ({ pk: keyOf(index), ts: newer })) },
      { everywhere: true, deletes: [{ pk: keyOf(20), ts: 1n << 18n }] },
    ]);
    await service.l0compact({ name, output: `${name}_flat` });
    expect(await service.verify({ name: `${name}_flat`, level: 'decode' })).toMatchObject({
      ok: true,
      warnings: [],
    });
    const view = await service.restore({ name: `${name}_flat`, suffix: '_flat', prove: 'full' });
    expect(view.state).toBe('success');
    expect(view.collections[0]?.rows).toBe(50 - gone.length);
    expect(await versionsOf(`${name}_flat`)).toEqual(
      data.map((_, index) => index).filter((index) => !gone.includes(index)),
    );
  });

  it('takes no name that is taken, unless it is told to', async () => {
    const again = { name: 'long_keys', output: 'long_keys_flat' };
    const error = await service.l0compact(again).catch((cause: unknown) => cause);
    expect(isBackupError(error) && [error.code, error.message]).toEqual([
      'BACKUP_EXISTS',
      'destination backup long_keys_flat is not empty, use --force to clear it',
    ]);
    expect((await service.l0compact({ ...again, force: true })).state).toBe('success');
    expect(await service.verify({ name: 'long_keys_flat', level: 'decode' })).toMatchObject({ ok: true });
  });

  it('lets one of two win', async () => {
    const both = await Promise.allSettled(
      [1, 2].map(async () => {
        const own = await openFrom(file);
        try {
          return await own.l0compact({ name: 'long_keys', output: 'contended' });
        } finally {
          await own.close();
        }
      }),
    );
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await service.verify({ name: 'contended', level: 'decode' })).toMatchObject({ ok: true });
  });

  async function versionsOf(collection: string): Promise<number[]> {
    await client.createIndex({
      collection_name: collection,
      field_name: 'vector',
      index_type: 'FLAT',
      metric_type: 'L2',
    });
    await client.loadCollectionSync({ collection_name: collection });
    const { data } = await client.query({
      collection_name: collection,
      filter: 'version >= 0',
      output_fields: ['version'],
    });
    return data.map(({ version }) => Number(version)).sort((a, b) => a - b);
  }

  /** Makes of a backup one of a newer Milvus: adds L0 segments, of the first partition or of all. */
  async function addLevelZero(
    name: string,
    segments: readonly {
      readonly everywhere: boolean;
      readonly deletes: readonly { readonly pk: bigint | string; readonly ts: bigint }[];
    }[],
  ): Promise<void> {
    const base = `backup/${name}/`;
    const meta = decodeFullMeta((await bucket.get(`${base}meta/full_meta.json`)).toString('utf8'));
    const [collection] = meta.collection_backups;
    const [partition] = collection?.partition_backups ?? [];
    if (!collection || !partition) throw new Error('no collection');
    const added = {
      here: [] as ReturnType<typeof makeSegment>[],
      everywhere: [] as ReturnType<typeof makeSegment>[],
    };
    for (const [index, { everywhere, deletes }] of segments.entries()) {
      const id = 471_000_000_000_000_000n + BigInt(index);
      const place = everywhere ? -1n : partition.partition_id;
      const ids = { collection: collection.collection_id, partition: place, segment: id };
      const bytes = await writeDeleteLog({ ...ids, deletes });
      const group = everywhere ? '' : `${id}/`;
      await bucket.put(
        `${base}binlogs/delta_log/${collection.collection_id}/${place}/${group}${id}/${id + 100n}`,
        bytes,
      );
      const log = makeBinlog({ log_path: `files/x/${id + 100n}`, log_size: bytes.length, log_id: id + 100n });
      const segment = makeSegment({
        segment_id: id,
        collection_id: collection.collection_id,
        partition_id: place,
        deltalogs: [makeFieldBinlog({ binlogs: [log] })],
        size: bytes.length,
        group_id: everywhere ? 0n : id,
        is_l0: true,
      });
      (everywhere ? added.everywhere : added.here).push(segment);
    }
    const changed: BackupMeta = {
      ...meta,
      collection_backups: [
        {
          ...collection,
          l0_segments: added.everywhere,
          partition_backups: collection.partition_backups.map((one) =>
            one === partition ? { ...one, segment_backups: [...one.segment_backups, ...added.here] } : one,
          ),
        },
      ],
    };
    for (const one of metaWriteOrder) await bucket.put(`${base}meta/${one}`, encodeMetaFile(changed, one));
    // It would call that damage.
    await bucket.remove([`${base}meta/ts/manifest.ndjson`]);
  }
});

const levelZero = (meta: BackupMeta): number =>
  meta.collection_backups
    .flatMap((one) => [...one.l0_segments, ...one.partition_backups.flatMap((p) => p.segment_backups)])
    .filter(({ is_l0 }) => is_l0).length;
