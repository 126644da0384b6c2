import { describe, expect, test } from 'vitest';
import { BackupError } from '../../src/errors/index.js';
import { parseFilter, parseRename } from '../../src/filter/index.js';
import type { LoadExtras } from '../../src/meta/extras.js';
import { type CollectionMeta, makeBackup, makeDatabase, makeSchema } from '../../src/meta/index.js';
import type { CreateCollectionInput } from '../../src/milvus/gateway.js';
import { featuresOf } from '../../src/milvus/index.js';
import { thrownBy } from '../driver/thrown-by.js';
import { planBackup } from './backups.js';
import { bookOf, makeRestoreBench, schema } from './restore-bench.js';

const ttl = { key: 'collection.ttl.seconds', value: '60' };
const mmap = { key: 'mmap.enabled', value: 'true' };
const everything: Partial<CollectionMeta> = {
  properties: [ttl, mmap, { key: 'cipher.key', value: 'k' }, { key: 'replicate.id', value: 'r' }],
  aliases: ['reading'],
  load_state: 'Loaded',
};
const meta = planBackup([bookOf([], everything)], ['default']);
const refused = (milvusCode: number, message = 'no') =>
  new BackupError({ code: 'MILVUS_ERROR', message, details: { milvusCode } });

async function created(request: Parameters<Awaited<ReturnType<typeof makeRestoreBench>>['restore']>[0]) {
  const bench = await makeRestoreBench(meta);
  const inputs: CreateCollectionInput[] = [];
  await bench.restore(request, {
    createCollection: async (at, input) => {
      inputs.push(input);
      bench.present.set(`${at.database}.${at.collection}`, schema);
    },
  });
  return { properties: inputs[0]?.properties, changes: bench.changes };
}

describe('by default', () => {
  test('properties, aliases and loading come back, the time to live once the rows are proven', async () => {
    const { properties, changes } = await created({});
    expect(properties).toEqual([mmap]);
    expect(changes).toEqual([
      'alter default.books collection.ttl.seconds=60',
      'alias reading default.books',
      'load default.books [] 0 []',
    ]);
  });

  test.each([
    ['skipProperties', { skipProperties: true }, [], ['alias', 'load']],
    ['skipAliases', { skipAliases: true }, [mmap], ['alter', 'load']],
    ['skipLoad', { skipLoad: true }, [mmap], ['alter', 'alias']],
    ['compat', { compat: true }, [], []],
    ['one property', { skipParams: { collectionProperties: [ttl.key] } }, [mmap], ['alias', 'load']],
  ])('not what is left out: %s', async (_what, request, want, changes) => {
    const made = await created(request);
    expect(made.properties).toEqual(want);
    expect(made.changes.map((one) => one.split(' ')[0])).toEqual(changes);
  });

  test('a target that was there keeps its properties, and what is loaded there stays so', async () => {
    const bench = await makeRestoreBench(meta);
    bench.present.set('default.books', schema);
    await bench.restore({ skipCreateCollection: true }, { loadState: async () => 'Loaded' });
    expect(bench.changes).toEqual(['alias reading default.books']);
    await bench.restore({ skipCreateCollection: true }, { loadState: async () => 'NotLoad' });
    expect(bench.changes.slice(1)).toEqual(['alias reading default.books', 'load default.books [] 0 []']);
  });

  test('compat restores properties of the schema, as the Go tool', async () => {
    const old = bookOf([], { ...everything, schema: makeSchema({ ...schema, properties: [mmap, ttl] }) });
    const bench = await makeRestoreBench(planBackup([old], ['default']));
    const inputs: CreateCollectionInput[] = [];
    const createCollection = async (_at: object, input: CreateCollectionInput) => {
      inputs.push(input);
      bench.present.set('default.books', schema);
    };
    await bench.restore(
      { compat: true, skipParams: { collectionProperties: [mmap.key] } },
      { createCollection },
    );
    bench.present.clear();
    await bench.restore({}, { createCollection });
    expect(inputs.map(({ properties, schema: own }) => [properties, own.properties])).toEqual([
      [[ttl], [mmap, ttl]],
      [[mmap], [mmap]],
    ]);
  });
});

describe('aliases', () => {
  test('one that is taken stays where it is, and the outcome says so', async () => {
    const bench = await makeRestoreBench(meta);
    const view = await bench.restore(
      { suffix: '_2' },
      { createAlias: () => Promise.reject(refused(1602, 'alias of books')) },
    );
    expect(view.warnings).toHaveLength(1);
    expect(view.warnings?.[0]).toMatch(/^alias reading was not given to default\.books_2: .*AlterAlias$/);
    expect(bench.changes).toContain('load default.books_2 [] 0 []');
  });

  test('of two targets of one collection the first gets them', async () => {
    const bench = await makeRestoreBench(meta);
    const collections = ['one', 'two'].map((target) => ({ source: 'books', target }));
    const view = await bench.restore({ plan: [{ source: 'default', target: 'default', collections }] });
    expect(bench.changes.filter((one) => one.startsWith('alias'))).toEqual(['alias reading default.one']);
    expect(view.warnings?.join()).toContain('alias reading is not given to default.two');
  });

  test('one that this restore needs as a name of a collection is none', async () => {
    const bench = await makeRestoreBench(meta);
    const view = await bench.restore({ rename: parseRename('books:reading') });
    expect(bench.changes.join()).not.toContain('alias');
    expect(view.warnings?.join()).toContain('alias reading is not given');
  });

  test('those of a collection that is replaced go over to the new one', async () => {
    const bench = await makeRestoreBench(planBackup([bookOf([])], ['default']));
    bench.present.set('default.books', schema);
    let aliases = ['kept'];
    const described = {
      collectionId: 1n,
      databaseId: 0n,
      databaseName: 'default',
      name: 'books',
      schema,
      shardsNum: 1,
      consistencyLevel: 0,
      properties: [],
      createdTimestamp: 1n,
      virtualChannels: [],
      physicalChannels: [],
    };
    await bench.restore(
      { dropExistCollection: true },
      {
        describeCollection: async () => ({ ...described, aliases }),
        dropAlias: async (_database, alias) => {
          aliases = [];
          bench.changes.push(`drop alias ${alias}`);
        },
      },
    );
    expect(bench.changes).toEqual([
      'drop alias kept',
      'drop default.books',
      'create default.books',
      'alias kept default.books',
    ]);
  });
});

describe('loading', () => {
  const loadedAs = (how: Partial<LoadExtras>) => ({
    loaded: new Map([['default.books', { database: 'default', collection: 'books', replicas: [], ...how }]]),
  });
  const only = { skipAliases: true, skipProperties: true };

  test.each([
    [{ replicas: ['__default_resource_group'] }, '[] 1 []'],
    [{ replicas: ['a', 'a'] }, '[] 2 [a]'],
    [{ replicas: ['a', 'b'] }, '[] 2 [a,b]'],
    [{ replicas: ['a', 'b', 'b'] }, '[] 3 []'],
    [{ partitions: ['_default', 'gone'] }, '[_default] 0 []'],
  ])('as it was: %j', async (how, want) => {
    const bench = await makeRestoreBench(meta);
    await bench.restore(only, {}, loadedAs(how));
    expect(bench.changes.at(-1)).toBe(`load default.books ${want}`);
  });

  test('fewer replicas where Milvus cannot hold as many', async () => {
    const bench = await makeRestoreBench(meta);
    const asked: number[] = [];
    const view = await bench.restore(
      only,
      {
        load: async (_at, { replicas }) => {
          asked.push(replicas);
          if (replicas > 1) throw refused(65_535, 'nodes not enough');
        },
      },
      loadedAs({ replicas: ['a', 'a'] }),
    );
    expect(asked).toEqual([2, 0]);
    expect(view.warnings?.[0]).toMatch(/default replicas: the 2 of the backup in a were refused \(nodes not/);
  });

  test('without an index, and where it fails, is a warning', async () => {
    const bench = await makeRestoreBench(meta);
    const none = await bench.restore(only, { load: () => Promise.reject(refused(700)) });
    expect(none.warnings?.[0]).toMatch(/it has no index; its data is restored; .*--rebuild_index/);
    bench.present.clear();
    const failed = await bench.restore(only, { loadProgress: () => Promise.reject(refused(1, 'no memory')) });
    expect(failed.warnings?.[0]).toMatch(/is not loaded again: no memory; its data is restored/);
  });

  test('is waited for while it goes on, and no longer', async () => {
    const bench = await makeRestoreBench(meta);
    let percent = 0;
    await bench.restore(only, { loadProgress: async () => (percent += 20) });
    expect(percent).toBe(100);
    bench.present.clear();
    const view = await bench.restore(only, { loadProgress: async () => 40 });
    expect(view.warnings?.[0]).toMatch(/still loading, at 40 % for ten minutes/);
  });
});

describe('properties of databases', () => {
  const limit = { key: 'database.max.collections', value: '9' };
  const held = makeBackup({
    ...planBackup([bookOf([])], []),
    database_backups: [
      makeDatabase({ db_name: 'shop', properties: [limit, { key: 'cipher.key', value: 'k' }] }),
    ],
  });
  const newer = { serverInfo: async () => ({ version: 'v2.5.0', features: featuresOf('2.5.0', true) }) };
  const database = (
    properties: readonly { key: string; value: string }[],
    collections: readonly string[],
  ) => ({
    ...newer,
    listDatabases: async () => ['default', 'shop'],
    describeDatabase: async () => makeDatabase({ db_name: 'shop', properties: [...properties] }),
    listCollections: async () => collections,
  });
  const run = async (
    answers: Parameters<Awaited<ReturnType<typeof makeRestoreBench>>['restore']>[1],
    request = {},
  ) => {
    const bench = await makeRestoreBench(held);
    const set: string[] = [];
    const view = await bench.restore(request, {
      createDatabase: async () => {},
      describeDatabase: async () => makeDatabase({}),
      alterDatabase: async (name, properties) =>
        void set.push(`${name} ${properties.map(({ key, value }) => `${key}=${value}`).join()}`),
      ...answers,
    });
    return { set, warnings: view.warnings ?? [] };
  };
  const want = ['shop database.max.collections=9'];

  test('come to a new one, to an empty one, and not to one in use', async () => {
    expect(await run(newer)).toEqual({ set: want, warnings: [] });
    expect(await run(database([], []))).toEqual({ set: want, warnings: [] });
    const inUse = await run(database([], ['orders']));
    expect(inUse).toMatchObject({ set: [], warnings: [expect.stringContaining('keeps its own properties')] });
    const other = await run(database([{ ...limit, value: '1' }], []));
    expect(other).toMatchObject({ set: [], warnings: [expect.stringContaining('withProp')] });
    expect(await run(database([limit], ['orders']))).toEqual({ set: [], warnings: [] });
  });

  test('come to any where the plan says so', async () => {
    const plan = [{ source: 'shop', target: 'shop', withProperties: true, collections: [] }];
    expect(await run(database([], ['orders']), { plan })).toEqual({ set: want, warnings: [] });
  });

  test('are left out when asked for, and told where Milvus has none', async () => {
    expect(await run(newer, { skipProperties: true })).toEqual({ set: [], warnings: [] });
    expect(await run(newer, { compat: true })).toEqual({ set: [], warnings: [] });
    const old = await run({});
    expect(old).toMatchObject({ set: [], warnings: [expect.stringContaining('keeps no properties')] });
    const failed = await run({ ...newer, alterDatabase: () => Promise.reject(refused(1, 'bad value')) });
    expect(failed.warnings[0]).toMatch(/^properties of database shop could not be set: bad value/);
  });
});

describe('filters that choose nothing', () => {
  const two = planBackup([bookOf([]), bookOf([], { db_name: 'shop' })], ['default', 'shop', 'empty']);

  test.each([
    ['target', { targetFilter: parseFilter('nosuch') }, /^nothing would be restored: the filters choose no/],
    ['source', { sourceFilter: parseFilter('shop.nosuch') }, /^nothing would be restored/],
    ['database', { sourceFilter: parseFilter('nosuch.*') }, /^nothing would be restored/],
    ['empty', { targetFilter: { databases: new Map() } }, /the filter is empty$/],
    [
      'plan',
      { plan: [], targetFilter: { databases: new Map() } },
      /restorePlan has no filter, or an empty one$/,
    ],
  ])('%s: an error, and nothing is done', async (_what, request, message) => {
    const bench = await makeRestoreBench(two);
    const error = await thrownBy(() => bench.restore(request));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(message);
    expect(error.remedy).toContain('--compat');
    expect(bench.changes).toEqual([]);
    const view = await bench.restore({ ...request, compat: true }, { createDatabase: async () => {} });
    expect(view.warnings).toBeUndefined();
  });

  test('the remedy tells the names that there are', async () => {
    const bench = await makeRestoreBench(two);
    const error = await thrownBy(() => bench.restore({ suffix: '_2', targetFilter: parseFilter('books') }));
    expect(error.remedy).toContain('by target names there is default.books_2, shop.books_2');
  });

  test('a database alone is something', async () => {
    const bench = await makeRestoreBench(two);
    const made: string[] = [];
    await bench.restore(
      { targetFilter: parseFilter('empty.') },
      { createDatabase: async (name) => void made.push(name) },
    );
    expect(made).toEqual(['empty']);
  });

  test('one name that is not there, of several, is a warning', async () => {
    const bench = await makeRestoreBench(two);
    const view = await bench.restore(
      { targetFilter: parseFilter('books,shop.typo') },
      { createDatabase: async () => {} },
    );
    expect(view.warnings).toEqual([expect.stringContaining('does not have: shop.typo')]);
  });
});
