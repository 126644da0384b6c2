import type { BackupService, RestoreRequest } from '@milvus-backup/core';
import { parseFilter, parseRename } from '@milvus-backup/core';
import {
  connectMilvus,
  countRows,
  createFixture,
  digestCollection,
  expiringFixture,
  type Fixture,
  flushCollection,
  generatedFixture,
  keyedFixture,
  partitionedFixture,
  readRows,
  type Stack,
  scalarsFixture,
  startStack,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openFrom, recordingLogger } from './harness/open.js';
import { expectSameRows } from './harness/rows.js';
import { shapeOf } from './harness/shape.js';

/** Every option of a restore against one backup. Without data where data is not the point: an import takes two seconds. */
describe('options of a restore', () => {
  let dir: TempDir;
  let stack: Stack;
  let client: MilvusClient;
  let service: BackupService;
  const logger = recordingLogger();

  const size = { rows: 120, seed: 21 };
  const scalars = scalarsFixture(size);
  const partitioned = partitionedFixture(size);
  const keyed = keyedFixture(size);
  const expiring = expiringFixture(size);
  const generated = generatedFixture(size);
  const otherScalars: Fixture = { ...scalarsFixture({ ...size, db: 'second', seed: 22 }), aliases: [] };
  const all = [scalars, partitioned, keyed, expiring, generated, otherScalars];

  beforeAll(async () => {
    dir = await tempDir();
    stack = await startStack();
    client = await connectMilvus(stack.milvus);
    for (const fixture of all) await createFixture(client, fixture);
    for (const { db, collection } of [scalars, otherScalars, partitioned]) {
      // Stays loaded: it is compared with again and again.
      await client.loadCollectionSync({ db_name: db, collection_name: collection });
    }
    service = await openFrom(await writeBackupYaml(dir.path, stack), [], logger);
    await service.create({ name: 'b1' });
  });

  afterAll(async () => {
    await service?.close();
    await client?.closeConnection();
    await stack?.stop();
    await dir?.remove();
  });

  /** Collections that a test made go away again, and databases with them. */
  beforeEach(async () => {
    const known = new Set(all.map((fixture) => `${fixture.db}.${fixture.collection}`));
    logger.warnings.length = 0;
    for (const name of await listAll()) {
      if (known.has(name)) continue;
      const [db = '', collection = ''] = name.split('.');
      await client.dropCollection({ db_name: db, collection_name: collection });
    }
    for (const db of (await client.listDatabases()).db_names) {
      if (db !== 'default' && db !== 'second') await client.dropDatabase({ db_name: db });
    }
  });

  async function listAll(): Promise<string[]> {
    const { db_names: databases } = await client.listDatabases();
    const names = await Promise.all(
      databases.map(async (db) => {
        const { data } = await client.showCollections({ db_name: db });
        return data.map((one) => `${db}.${one.name}`);
      }),
    );
    return names.flat().sort();
  }

  /** Restores and gives the targets as they were told, each of which must be there. */
  async function restore(request: Omit<RestoreRequest, 'name'>): Promise<string[]> {
    const view = await service.restore({ name: 'b1', ...request });
    expect(view.state).toBe('success');
    const targets = view.collections.map((one) => `${one.database}.${one.collection}`).sort();
    expect(await listAll()).toEqual(expect.arrayContaining(targets));
    return targets;
  }

  const only = (text: string): Pick<RestoreRequest, 'sourceFilter'> => ({ sourceFilter: parseFilter(text) });
  const metaOnly = { metaOnly: true };
  const ref = (collection: string, db = 'default') => ({ client, db, collection });

  describe('names', () => {
    it('renames a collection, and moves another into a database that is not there yet, rows and all', async () => {
      const targets = await restore({
        rename: parseRename('scalars:renamed,second.scalars:third.moved'),
        targetFilter: parseFilter('renamed,third.moved'),
      });
      expect(targets).toEqual(['default.renamed', 'third.moved']);
      await expectSameRows(ref('scalars'), ref('renamed'));
      await expectSameRows(ref('scalars', 'second'), ref('moved', 'third'));
    });

    it('renames a whole database', async () => {
      const targets = await restore({
        ...metaOnly,
        rename: parseRename('default.*:fourth.*,second.*:fifth.*'),
      });
      const sources = all.map((one) => `${one.db === 'second' ? 'fifth' : 'fourth'}.${one.collection}`);
      expect(targets).toEqual(sources.sort());
    });

    it('a rule for a collection wins over the rule for its database', async () => {
      const targets = await restore({
        ...metaOnly,
        ...only('scalars,expiring'),
        rename: parseRename('default.*:fourth.*,default.scalars:fifth.own'),
      });
      expect(targets).toEqual(['fifth.own', 'fourth.expiring']);
    });

    it('adds a suffix in every database', async () => {
      const targets = await restore({ ...metaOnly, suffix: '_2' });
      expect(targets).toEqual(all.map((one) => `${one.db}.${one.collection}_2`).sort());
    });

    it('filters by source, then by target name', async () => {
      expect(await restore({ ...metaOnly, ...only('second.*'), suffix: '_a' })).toEqual(['second.scalars_a']);
      const rename = parseRename('default.scalars:sixth.x,default.expiring:sixth.y');
      const targetFilter = parseFilter('sixth.y');
      expect(await restore({ ...metaOnly, rename, targetFilter })).toEqual(['sixth.y']);
      const none = { name: 'b1', ...metaOnly, rename, targetFilter: parseFilter('nothing') };
      await expect(service.restore(none)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(await restore({ ...none, compat: true })).toEqual([]);
      expect(logger.warnings.join()).toContain('nothing is restored');
    });

    it('follows a plan: one source into two targets, with other shards and another description', async () => {
      const targets = await restore({
        ...metaOnly,
        ...only('scalars'),
        plan: [
          {
            source: 'default',
            target: 'planned',
            collections: [
              { source: 'scalars', target: 'one', shardNum: 1, description: 'made by a plan' },
              { source: 'scalars', target: 'two' },
            ],
          },
          { source: 'default', target: 'twin', collections: [{ source: 'scalars', target: 'scalars' }] },
        ],
      });
      expect(targets).toEqual(['planned.one', 'planned.two', 'twin.scalars']);
      const source = await shapeOf(client, ref('scalars'));
      const [one, two, three] = await Promise.all([
        shapeOf(client, ref('one', 'planned')),
        shapeOf(client, ref('two', 'planned')),
        shapeOf(client, ref('scalars', 'twin')),
      ]);
      expect(source).toMatchObject({ shards: 2, description: 'fixture scalars' });
      expect(one).toEqual({ ...source, shards: 1, description: 'made by a plan', indexes: {} });
      expect(two).toEqual({ ...source, indexes: {} });
      expect(three).toEqual(two);
    });

    it('refuses two sources for one target before it makes any', async () => {
      const before = await listAll();
      const request = { name: 'b1', ...metaOnly, rename: parseRename('scalars:same,expiring:same') };
      await expect(service.restore(request)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      const half = { name: 'b1', ...metaOnly, rename: parseRename('scalars:fresh') };
      await expect(service.restore(half)).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
      expect(await listAll()).toEqual(before);
    });
  });

  describe('targets that are there', () => {
    const other = (collection: string): Fixture => ({
      ...scalarsFixture({ rows: 50, seed: 23 }),
      collection,
      aliases: [],
    });

    it('are refused, dropped or asked for', async () => {
      await expect(service.restore({ name: 'b1', ...only('scalars') })).rejects.toMatchObject({
        code: 'TARGET_EXISTS',
        message: 'collection already exist, database default collection scalars',
      });
      await expect(
        service.restore({ name: 'b1', ...only('scalars'), suffix: '_no', skipCreateCollection: true }),
      ).rejects.toMatchObject({ code: 'TARGET_MISSING' });
      await expect(
        service.restore({ name: 'b1', dropExistCollection: true, skipCreateCollection: true }),
      ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    });

    it('drop: only the rows of the backup are there afterwards', async () => {
      await createFixture(client, other('replaced'));
      const rename = parseRename('scalars:replaced');
      await restore({ ...only('scalars'), rename, dropExistCollection: true });
      await expectSameRows(ref('scalars'), ref('replaced'));
    });

    it('skip create: rows of the backup come to those that are there', async () => {
      const target: Fixture = { ...generatedFixture({ rows: 70, seed: 24 }), collection: 'filled' };
      await createFixture(client, target);
      await flushCollection(client, target);
      const before = await digestCollection(client, target);
      const rename = parseRename('generated:filled');
      await restore({ ...only('generated'), rename, skipCreateCollection: true });
      const [added, sum] = [
        await digestCollection(client, ref('generated')),
        await digestCollection(client, target),
      ];
      const parts = BigInt(`0x${before.digest}`) + BigInt(`0x${added.digest}`);
      expect(sum).toEqual({ rows: before.rows + added.rows, digest: (parts % 2n ** 256n).toString(16) });
    });

    it('skip create: a collection of another schema is refused and left as it was', async () => {
      const rename = parseRename('scalars:expiring');
      const request = { name: 'b1', ...only('scalars'), rename, skipCreateCollection: true };
      await expect(service.restore(request)).rejects.toMatchObject({ code: 'TARGET_MISMATCH' });
      expect(await countRows(client, expiring)).toBe(expiring.rows);
    });

    it('drop index: only those of the backup are there afterwards', async () => {
      const shifted = {
        ...other('indexed'),
        indexes: [
          { field_name: 'vector', index_name: 'old_one', index_type: 'FLAT', metric_type: 'IP' },
          { field_name: 'medium', index_name: 'old_two', index_type: 'STL_SORT' },
        ],
      };
      await createFixture(client, shifted);
      const rename = parseRename('scalars:indexed');
      const request = { ...only('scalars'), rename, ...metaOnly, skipCreateCollection: true };
      await restore({ ...request, dropExistIndex: true });
      expect((await shapeOf(client, shifted)).indexes).toEqual({});
      await restore({ ...request, rebuildIndex: true });
      expect((await shapeOf(client, shifted)).indexes).toEqual((await shapeOf(client, scalars)).indexes);
    });
  });

  describe('structure', () => {
    it('comes back with indexes, partitions, partition keys, dynamic fields and shards', async () => {
      await restore({ ...metaOnly, suffix: '_full', rebuildIndex: true });
      for (const { db, collection } of all) {
        const source = await shapeOf(client, ref(collection, db));
        const target = await shapeOf(client, ref(`${collection}_full`, db));
        expect(target, `${db}.${collection}`).toEqual(source);
        const where = { db_name: db, collection_name: `${collection}_full` };
        expect(Number((await client.getCollectionStatistics(where)).data.row_count)).toBe(0);
      }
    });

    it('without asking, no index is made', async () => {
      await restore({ ...metaOnly, suffix: '_bare' });
      for (const { db, collection } of all) {
        expect((await shapeOf(client, ref(`${collection}_bare`, db))).indexes).toEqual({});
      }
    });

    it('auto index keeps the metric and the scalar indexes', async () => {
      const auto = { rebuildIndex: true, useAutoIndex: true };
      await restore({ ...metaOnly, ...only('scalars,keyed'), suffix: '_auto', ...auto });
      const { indexes } = await shapeOf(client, ref('scalars_auto'));
      const before = (await shapeOf(client, scalars)).indexes;
      expect(indexes.by_vector?.params).toMatchObject({ index_type: 'AUTOINDEX', metric_type: 'L2' });
      expect(indexes.by_large).toEqual(before.by_large);
      expect(indexes.by_text).toEqual(before.by_text);
      const keyedAuto = await shapeOf(client, ref('keyed_auto'));
      expect(keyedAuto.indexes.by_vector?.params).toMatchObject({ metric_type: 'COSINE' });
    });

    it('bounds the shards', async () => {
      await restore({ ...metaOnly, ...only('scalars,expiring'), suffix: '_less', maxShardNum: 1 });
      expect((await shapeOf(client, ref('scalars_less'))).shards).toBe(1);
      await restore({ ...metaOnly, ...only('scalars'), suffix: '_more', maxShardNum: 5 });
      expect((await shapeOf(client, ref('scalars_more'))).shards).toBe(2);
    });

    it('leaves parameters out of indexes and fields', async () => {
      const request = { name: 'b1', ...metaOnly, ...only('partitioned'), rebuildIndex: true };
      // Milvus can do without neither of these, and says so: it did not get them.
      const indexParams = { skipParams: { indexParams: ['metric_type'] }, suffix: '_less' };
      await expect(service.restore({ ...request, ...indexParams })).rejects.toMatchObject({
        message: expect.stringContaining('CreateIndex of collection default.partitioned_less: metric type'),
      });
      const fieldTypeParams = { skipParams: { fieldTypeParams: ['max_length'] }, suffix: '_lesser' };
      await expect(service.restore({ ...request, ...fieldTypeParams })).rejects.toMatchObject({
        message: expect.stringContaining('max_length'),
      });
    });

    it('rows come back into their partitions', async () => {
      await restore({ ...only('partitioned'), suffix: '_rows', rebuildIndex: true });
      const target = ref('partitioned_rows');
      await client.loadCollectionSync({ collection_name: target.collection });
      await expectSameRows(ref(partitioned.collection), target);
      const shape = await shapeOf(client, target);
      expect(shape.partitions).toEqual(['_default', 'north', 'south', 'vacant']);
      for (const partition of ['_default', 'north', 'south']) {
        const want = await rowsIn(partitioned.collection, partition);
        const got = await rowsIn(target.collection, partition);
        expect(got, partition).toBe(want);
        expect(got, partition).toBeGreaterThan(0);
      }
    });

    async function rowsIn(collection: string, partition: string): Promise<number> {
      let rows = 0;
      for await (const _ of readRows(client, { collection }, { partition })) rows++;
      return rows;
    }
  });
});
