import type { BackupService, RestoreRequest, TaskView } from '@milvus-backup/core';
import { parseFilter, parseRename } from '@milvus-backup/core';
import {
  callRaw,
  connectMilvus,
  createFixture,
  emptyFixture,
  type Fixture,
  partitionedFixture,
  type Stack,
  scalarsFixture,
  startStack,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openFrom } from './harness/open.js';

interface Found {
  readonly properties: Readonly<Record<string, string>>;
  readonly aliases: readonly string[];
  /** Partitions in memory. */
  readonly loaded: readonly string[];
}

/** What the Go tool loses: properties, aliases and what was loaded, on a real server. */
describe('beside the data', () => {
  let dir: TempDir;
  let stack: Stack;
  let client: MilvusClient;
  let service: BackupService;

  const size = { rows: 60, seed: 31 };
  /** Loaded whole, with an alias. */
  const scalars = scalarsFixture(size);
  /** One partition loaded, with properties. */
  const partitioned: Fixture = { ...partitionedFixture(size), aliases: ['places'] };
  /** Not loaded. */
  const empty = emptyFixture(size);
  const properties = { 'collection.ttl.seconds': '864000', 'mmap.enabled': 'true' };
  const originals = new Set([scalars, partitioned, empty].map((one) => one.collection));

  beforeAll(async () => {
    dir = await tempDir();
    stack = await startStack();
    client = await connectMilvus(stack.milvus);
    for (const fixture of [scalars, partitioned, empty]) await createFixture(client, fixture);
    await client.alterCollectionProperties({ collection_name: partitioned.collection, properties });
    await client.loadCollectionSync({ collection_name: scalars.collection });
    await client.loadPartitions({ collection_name: partitioned.collection, partition_names: ['north'] });
    await vi.waitFor(async () => expect(await loadedOf(partitioned.collection)).toEqual(['north']), {
      timeout: 30_000,
    });
    service = await openFrom(await writeBackupYaml(dir.path, stack));
    await service.create({ name: 'b1' });
  });

  afterAll(async () => {
    await service?.close();
    await client?.closeConnection();
    await stack?.stop();
    await dir?.remove();
  });

  /** Only the originals are there. */
  beforeEach(async () => {
    for (const { name } of (await client.showCollections()).data) {
      if (!originals.has(name)) await client.dropCollection({ collection_name: name });
    }
  });

  async function loadedOf(collection: string): Promise<string[]> {
    const at = { db_name: 'default', collection_name: collection };
    const { partition_names: names } = await callRaw<{ readonly partition_names: readonly string[] }>(
      client,
      'ShowPartitions',
      at,
    );
    const loaded: string[] = [];
    for (const name of names) {
      const request = { ...at, partition_names: [name] };
      const { state } = await callRaw<{ readonly state: string }>(client, 'GetLoadState', request);
      if (state === 'LoadStateLoaded') loaded.push(name);
    }
    return loaded.sort();
  }

  async function find(collection: string): Promise<Found> {
    const described = await callRaw<{
      readonly properties: readonly { readonly key: string; readonly value: string }[];
      readonly aliases: readonly string[];
    }>(client, 'DescribeCollection', { db_name: 'default', collection_name: collection });
    return {
      properties: Object.fromEntries(described.properties.map(({ key, value }) => [key, value])),
      aliases: [...described.aliases],
      loaded: await loadedOf(collection),
    };
  }

  const nothing: Found = { properties: {}, aliases: [], loaded: [] };
  const restore = (request: Omit<RestoreRequest, 'name'>): Promise<TaskView> =>
    service.restore({ name: 'b1', rebuildIndex: true, ...request });
  const shape = { metaOnly: true, suffix: '_2' };

  it('comes back with the rows: a free alias, all loaded or one partition of it', async () => {
    await client.dropAlias({ alias: 'places' });
    const view = await restore({ suffix: '_2' });
    expect(await find('partitioned_2')).toEqual({ properties, aliases: ['places'], loaded: ['north'] });
    expect(await find('scalars_2')).toEqual({ properties: {}, aliases: [], loaded: ['_default'] });
    expect(await find('empty_2')).toEqual(nothing);
    // It still serves the original.
    expect((await find(scalars.collection)).aliases).toEqual(['scalars_alias']);
    expect(view.warnings).toEqual([
      expect.stringMatching(/^alias scalars_alias was not given to default\.scalars_2: .*AlterAlias$/),
    ]);
    await client.dropAlias({ alias: 'places' });
    await client.createAlias({ collection_name: partitioned.collection, alias: 'places' });
  });

  it('replaces a collection in place, and the names that lead to it stay', async () => {
    await client.createCollection({
      collection_name: 'other',
      fields: scalars.fields.map((one) => ({ ...one })),
    });
    await client.createAlias({ collection_name: 'other', alias: 'door' });
    const rename = parseRename('scalars:other');
    const only = { sourceFilter: parseFilter('scalars') };
    await restore({ ...only, rename, metaOnly: true, dropExistCollection: true });
    expect(await find('other')).toEqual({ properties: {}, aliases: ['door'], loaded: ['_default'] });
  });

  it.each<[string, Partial<RestoreRequest>, Found]>([
    ['properties', { skipProperties: true }, { ...nothing, loaded: ['north'] }],
    [
      'one property',
      { skipParams: { collectionProperties: ['mmap.enabled'] } },
      { properties: { 'collection.ttl.seconds': '864000' }, aliases: [], loaded: ['north'] },
    ],
    ['loading', { skipLoad: true }, { ...nothing, properties }],
    ['all, as the Go tool', { compat: true }, nothing],
  ])('is left out when asked for: %s', async (_what, options, want) => {
    await restore({ ...shape, ...options });
    expect(await find('partitioned_2')).toEqual(want);
  });

  it('aliases are left out when asked for', async () => {
    await client.dropAlias({ alias: 'places' });
    for (const options of [{ skipAliases: true }, { compat: true }]) {
      const only = { sourceFilter: parseFilter('partitioned'), dropExistCollection: true };
      const view = await restore({ ...shape, ...only, skipLoad: true, ...options });
      expect(await find('partitioned_2')).toMatchObject({ aliases: [] });
      expect(view.warnings).toBeUndefined();
    }
  });

  it('loading without an index is a warning, and the rest is done', async () => {
    const only = { sourceFilter: parseFilter('scalars') };
    const view = await restore({ ...shape, ...only, rebuildIndex: false, skipAliases: true });
    expect(view.state).toBe('success');
    expect(view.warnings).toEqual([expect.stringMatching(/it has no index; .*--rebuild_index/)]);
  });

  it('a filter that chooses nothing is refused, and makes nothing', async () => {
    for (const choice of [
      { targetFilter: parseFilter('nosuch') },
      { plan: [], targetFilter: { databases: new Map() } },
    ]) {
      await expect(service.restore({ name: 'b1', ...choice })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/^nothing would be restored/),
      });
      expect(await service.restore({ name: 'b1', ...choice, compat: true })).toMatchObject({
        state: 'success',
        collections: [],
      });
    }
    const create = { name: 'none', filter: { databases: new Map() } };
    await expect(service.create(create)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect((await client.showCollections()).data.map((one) => one.name).sort()).toEqual(
      [...originals].sort(),
    );
  });
});
