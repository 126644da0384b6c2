import type { BackupError, BackupService, CollectionMeta } from '@milvus-backup/core';
import { createMemoryDriver } from '@milvus-backup/core/driver';
import {
  connectMilvus,
  createFixture,
  documentsFixture,
  flushCollection,
  generatedFixture,
  partitionedFixture,
  type Stack,
  scalarsFixture,
  startStack,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../packages/core/src/log.js';
import { createMilvusGateway } from '../../../packages/core/src/milvus/index.js';
import { proveCollection } from '../../../packages/core/src/prove/prove-collection.js';
import { type Bucket, openBucket } from './harness/buckets.js';
import { openFrom } from './harness/open.js';

const vectorOf = ({ schema }: CollectionMeta): string =>
  schema.fields.find((field) => field.data_type === 101)?.name ?? '';

/** What Milvus 2.3 writes passes every level; damage in a real store is named; restores are proven row by row. */
describe('verify, prove and drill', () => {
  let dir: TempDir;
  let stack: Stack;
  let client: MilvusClient;
  let service: BackupService;
  let bucket: Bucket;
  let s3: ReturnType<Stack['s3']['createClient']>;
  let file: string;
  const size = { rows: 60, seed: 5 };
  const fixtures = [
    scalarsFixture(size),
    documentsFixture(size),
    partitionedFixture(size),
    generatedFixture({ ...size, db: 'second' }),
  ];

  beforeAll(async () => {
    dir = await tempDir();
    stack = await startStack();
    client = await connectMilvus(stack.milvus);
    for (const fixture of fixtures) await createFixture(client, fixture);
    const [first] = fixtures;
    if (!first) throw new Error('no fixtures');
    const { ids } = await keysOf(first.db, first.collection);
    await client.delete({
      db_name: first.db,
      collection_name: first.collection,
      filter: `${ids.name} in [${ids.values.slice(0, 3).join(',')}]`,
    });
    await flushCollection(client, first);
    s3 = stack.s3.createClient();
    file = await writeBackupYaml(dir.path, stack);
    service = await openFrom(file);
    bucket = openBucket(s3, service.config.value.backup.storage.bucketName);
    await service.create({ name: 'b1' });
  });

  afterAll(async () => {
    await service?.close();
    s3?.destroy();
    await client?.closeConnection();
    await stack?.stop();
    await dir?.remove();
  });

  async function keysOf(db: string, collection: string) {
    const where = { db_name: db, collection_name: collection };
    const { schema } = await client.describeCollection(where);
    const key = schema.fields.find((field) => field.is_primary_key)?.name ?? '';
    await client.loadCollectionSync(where);
    const { data } = await client.query({
      ...where,
      filter: '',
      limit: 50,
      output_fields: [key],
      consistency_level: 'Strong' as never,
    });
    await client.releaseCollection(where);
    const values = data.map((row) =>
      typeof row[key] === 'string' && !/^\d+$/.test(row[key]) ? JSON.stringify(row[key]) : row[key],
    );
    return { ids: { name: key, values } };
  }

  it('finds a backup whole at every level, also one of what was imported', async () => {
    const report = await service.verify({ name: 'b1', level: 'decode' });
    expect(report).toMatchObject({ ok: true, problems: [], warnings: [], manifest: 'present' });
    const { counts } = report;
    expect(counts.collections).toBe(fixtures.length);
    expect(counts.objectsDecoded).toBe(counts.objects);
    expect(counts.objectsProven).toBe(counts.objects);
    const quick = await service.verify({ name: 'b1' });
    expect(quick.counts).toMatchObject({ checksums: counts.objects, objectsRead: 0 });
  });

  it('proves a restore row by row, leaves nothing loaded, and what was imported is a whole backup, too', async () => {
    const view = await service.restore({
      name: 'b1',
      suffix: '_r',
      prove: 'full',
      skipAliases: true,
      skipLoad: true,
    });
    expect(view).toMatchObject({ state: 'success' });
    for (const { db, collection } of fixtures) {
      const where = { db_name: db, collection_name: `${collection}_r` };
      expect((await client.getLoadState(where)).state).toBe('LoadStateNotLoad');
      expect((await client.describeIndex(where)).index_descriptions ?? []).toEqual([]);
    }
    await service.create({ name: 'b2' });
    expect(await service.verify({ name: 'b2', level: 'decode' })).toMatchObject({ ok: true, problems: [] });
  });

  it('sees a row that is gone, one too many, and one with another value', async () => {
    const [first] = fixtures;
    const source = (await service.get({ name: 'b1' })).meta.collection_backups.find(
      (one) => one.collection_name === first?.collection,
    );
    if (!first || !source) throw new Error('no collection');
    const driver = createMemoryDriver();
    for (const key of (await bucket.list('backup/b1/')).keys()) await driver.put(key, await bucket.get(key));
    const gateway = createMilvusGateway(
      {
        user: '',
        password: '',
        grpc: {
          address: stack.milvus.address,
          port: stack.milvus.port,
          tlsMode: 'disabled',
          caCertPath: '',
          serverName: '',
          mtlsCertPath: '',
          mtlsKeyPath: '',
        },
      },
      {
        logger: silentLogger,
        identity: { user: 'tester', host: 'here' },
        version: '0.0.0',
        readFile: async () => Buffer.alloc(0),
      },
    );
    onTestFinished(() => gateway.close());
    const at = { database: first.db, collection: `${first.collection}_r` };
    const where = { db_name: at.database, collection_name: at.collection };
    const prove = () =>
      proveCollection({
        milvus: gateway,
        driver,
        root: 'backup',
        name: 'b1',
        collection: source,
        at,
        exact: true,
        signal: new AbortController().signal,
      });
    const { rows, skipped } = await prove();
    expect(rows).toBeGreaterThan(size.rows / 2);
    expect(skipped).toEqual([]);

    const key = source.schema.fields.find((field) => field.is_primary_key)?.name ?? '';
    for (const { name } of await gateway.listPartitions(at)) expect(name).toBe('_default');
    const index = { ...where, field_name: vectorOf(source), index_type: 'FLAT', metric_type: 'L2' };
    await client.createIndex(index as never);
    await client.loadCollectionSync(where);
    const { data } = await client.query({ ...where, filter: '', limit: 2, output_fields: ['*'] });
    const [one, two] = data;
    if (!one || !two) throw new Error('no rows');
    const text = (value: unknown): string =>
      typeof value === 'string' && !/^-?\d+$/.test(value) ? JSON.stringify(value) : String(value);
    const failure = async () =>
      await prove().then(
        () => null,
        (error: BackupError) => error,
      );

    await client.delete({ ...where, filter: `${key} in [${text(one[key])}]` });
    expect(await failure()).toMatchObject({ code: 'PROOF_FAILED', details: { keys: String(one[key]) } });
    await client.insert({ ...where, data: [one] });
    expect(await failure()).toBeNull();
    await client.insert({
      ...where,
      data: [
        { ...one, [key]: typeof one[key] === 'string' && !/^-?\d+$/.test(one[key]) ? 'more' : '987654321' },
      ],
    });
    expect(await failure()).toMatchObject({
      code: 'PROOF_FAILED',
      message: expect.stringContaining(`has ${rows + 1} rows instead of ${rows}`),
    });
    const vector = vectorOf(source);
    const changed = [...(two[vector] as number[])];
    changed[0] = (changed[0] ?? 0) + 1e-3;
    await client.upsert({ ...where, data: [{ ...two, [vector]: changed }] });
    expect(await failure()).toMatchObject({ code: 'PROOF_FAILED', details: { keys: String(two[key]) } });
    expect(await gateway.loadState(at)).toBe('Loaded');
  });

  it('drills: restores, compares, leaves nothing, and drops what a dead drill has left', async () => {
    const databases = async () => [...(await client.listDatabases()).db_names].sort();
    const before = await databases();
    const dead = 'drill_20260102_030405_0badcafe';
    await client.createDatabase({ db_name: dead });
    await client.createDatabase({ db_name: 'drill_of_the_user' });
    const { address, port } = stack.milvus;
    const note = { version: 1, database: dead, milvus: `${address}:${port}` };
    await bucket.put('backup/b1/meta/ts/drill-scratch.json', Buffer.from(JSON.stringify(note)));
    const report = await service.drill({ name: 'b1', sample: '2' });
    expect(report).toMatchObject({ proven: true, collections: 2, collectionsTotal: 4, kept: false });
    expect(await databases()).toEqual([...before, 'drill_of_the_user'].sort());
    const entry = (await service.list()).find(({ name }) => name === 'b1');
    expect(entry?.provenAt).toBe(report.at);
    expect((await service.get({ name: 'b1' })).drill).toMatchObject({
      last: { id: report.id, proven: true },
    });
    await expect(service.drill({ name: 'b1', into: 'drill_of_the_user' })).rejects.toMatchObject({
      code: 'TARGET_EXISTS',
    });
    await client.dropDatabase({ db_name: 'drill_of_the_user' });
    expect(await service.verify({ name: 'b1' })).toMatchObject({ ok: true, warnings: [] });
  });

  it('names what is damaged, and restores none of it', async () => {
    await service.create({ name: 'b3' });
    const keys = [...(await bucket.list('backup/b3/binlogs/insert_log/')).keys()];
    const [one = ''] = keys;
    const bytes = await bucket.get(one);
    const at = bytes.indexOf(Buffer.from('28b52ffd', 'hex')) + 12;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await bucket.put(one, bytes);
    const path = one.slice('backup/b3/'.length);
    for (const level of ['checksum', 'read', 'decode'] as const) {
      const report = await service.verify({ name: 'b3', level });
      expect(report.problems.map(({ key }) => key)).toEqual([path]);
    }
    const before = await client.showCollections();
    await expect(service.restore({ name: 'b3', suffix: '_x' })).rejects.toMatchObject({
      code: 'VERIFY_FAILED',
      details: { key: path },
    });
    expect((await client.showCollections()).data.length).toBe(before.data.length);
  });
});
