import { describe, expect, test } from 'vitest';
import { parseFilter, parseRename } from '../../src/filter/index.js';
import type { RestoreRequest } from '../../src/requests.js';
import { planTargets } from '../../src/restore/plan-targets.js';
import { thrownBy } from '../driver/thrown-by.js';
import { planBackup, planCollection } from './backups.js';

const collection = (database: string, name: string) =>
  planCollection([], { db_name: database, collection_name: name });

/** Two databases, one of which old backups leave without a name, and one that is empty. */
const meta = planBackup(
  [
    collection('', 'books'),
    collection('', 'users'),
    collection('shop', 'books'),
    collection('shop', 'orders'),
  ],
  ['default', 'shop', 'empty'],
);

function plan(request: Omit<RestoreRequest, 'name'>) {
  const { databases, targets } = planTargets(meta, { name: 'b', ...request });
  return {
    databases,
    targets: targets.map(({ source, at }) => {
      const from = `${source.db_name || 'default'}.${source.collection_name}`;
      return `${from} → ${at.database}.${at.collection}`;
    }),
  };
}

describe('where collections go', () => {
  test('to where they were', () => {
    expect(plan({})).toEqual({
      databases: ['default', 'shop', 'empty'],
      targets: [
        'default.books → default.books',
        'default.users → default.users',
        'shop.books → shop.books',
        'shop.orders → shop.orders',
      ],
    });
  });

  test('under a suffix', () => {
    expect(plan({ suffix: '_new' }).targets).toContain('shop.orders → shop.orders_new');
  });

  test('only those that are asked for by their old names', () => {
    const { databases, targets } = plan({ sourceFilter: parseFilter('shop.books'), suffix: '_new' });
    expect(targets).toEqual(['shop.books → shop.books_new']);
    expect(databases).toEqual(['shop']);
  });

  test('only those that are asked for by their new names', () => {
    expect(plan({ targetFilter: parseFilter('books_new'), suffix: '_new' })).toEqual({
      databases: ['default'],
      targets: ['default.books → default.books_new'],
    });
  });

  test('a database without collections is made when it is asked for', () => {
    expect(plan({ targetFilter: parseFilter('empty.') })).toEqual({ databases: ['empty'], targets: [] });
  });

  test('nothing fits: nothing is done', () => {
    expect(plan({ targetFilter: parseFilter('nosuch') })).toMatchObject({ targets: [] });
  });

  test('by rules of renaming, the exact one first', () => {
    const rename = parseRename('shop.*:store.*,shop.orders:archive.old,users:people');
    expect(plan({ rename })).toEqual({
      databases: ['default', 'store', 'empty', 'archive'],
      targets: [
        'default.books → default.books',
        'default.users → default.people',
        'shop.books → store.books',
        'shop.orders → archive.old',
      ],
    });
  });
});

describe('by a plan', () => {
  test('collections that are listed move, all others stay where they were', () => {
    const { databases, targets } = plan({
      plan: [
        {
          source: 'shop',
          target: 'store',
          collections: [
            { source: 'orders', target: 'sales' },
            { source: 'orders', target: 'sales_copy' },
          ],
        },
      ],
    });
    expect(targets).toEqual([
      'default.books → default.books',
      'default.users → default.users',
      'shop.books → shop.books',
      'shop.orders → store.sales',
      'shop.orders → store.sales_copy',
    ]);
    expect(databases).toEqual(['default', 'store', 'empty', 'shop']);
  });

  test('without any mapping, all that the filter takes keeps its name', () => {
    expect(plan({ plan: [], targetFilter: parseFilter('shop.*') })).toEqual({
      databases: ['shop'],
      targets: ['shop.books → shop.books', 'shop.orders → shop.orders'],
    });
  });

  test('a mapping without collections makes its database, and moves none into it', () => {
    const alone = [{ source: 'shop', target: 'store', collections: [] }];
    expect(plan({ plan: alone, targetFilter: parseFilter('store.*') })).toEqual({
      databases: ['store'],
      targets: [],
    });
  });

  test('an empty database name is the default one', () => {
    const collections = [{ source: 'books', target: 'novels' }];
    const { databases, targets } = plan({
      plan: [{ source: '', target: '', collections }],
      sourceFilter: parseFilter('books'),
    });
    expect(targets).toEqual(['default.books → default.novels']);
    expect(databases).toEqual(['default']);
  });

  test('one collection goes to two databases', () => {
    const collections = [{ source: 'books', target: 'books' }];
    const both = ['east', 'west'].map((target) => ({ source: 'shop', target, collections }));
    const { targets } = plan({ plan: both, sourceFilter: parseFilter('shop.books') });
    expect(targets).toEqual(['shop.books → east.books', 'shop.books → west.books']);
  });

  test('shards and description of one collection', () => {
    const one = { source: 'orders', target: 'sales', shardNum: 4, description: 'sold' };
    const { targets } = planTargets(meta, {
      name: 'b',
      plan: [{ source: 'shop', target: 'shop', collections: [one] }],
    });
    expect(targets.map(({ shardNum, description }) => [shardNum, description])).toEqual([
      [0, undefined],
      [0, undefined],
      [0, undefined],
      [4, 'sold'],
    ]);
  });
});

describe('what is refused', () => {
  test.each<[string, Omit<RestoreRequest, 'name'>, RegExp]>([
    [
      'drop and skip',
      { dropExistCollection: true, skipCreateCollection: true },
      /drop_exist_collection and skip_create_collection cannot be true/,
    ],
    ['a suffix that makes no name', { suffix: '-new' }, /only alphanumeric characters and underscores/],
    ['plan and suffix', { plan: [], suffix: 'x' }, /plan and collection suffix cannot be set/],
    [
      'plan and rename',
      { plan: [], rename: parseRename('a:b') },
      /plan and collection renames cannot be set/,
    ],
    [
      'two collections with one new name',
      { rename: parseRename('books:users') },
      /^default\.books and default\.users would both be restored as default\.users$/,
    ],
    [
      'two databases into one',
      { rename: parseRename('shop.*:default.*') },
      /^default\.books and shop\.books would both be restored as default\.books$/,
    ],
  ])('%s', async (_what, request, message) => {
    const error = await thrownBy(() => plan(request));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(message);
    expect(error.remedy).toBeTruthy();
  });

  test('two of one name that the filter leaves out are none of our business', () => {
    const rename = parseRename('books:users');
    expect(plan({ rename, targetFilter: parseFilter('shop.*') }).targets).toHaveLength(2);
  });
});
