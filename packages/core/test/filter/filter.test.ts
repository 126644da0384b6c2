import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBackupError } from '../../src/errors/index.js';
import {
  applyRename,
  type CollectionFilter,
  checkSuffix,
  filterFromRequest,
  parseCollectionName,
  parseCollectionNames,
  parseDatabaseNames,
  parseDbCollections,
  parseFilter,
  parseRename,
  selects,
  selectsDatabase,
} from '../../src/filter/index.js';

/** A filter as plain values: `true` is all of a database. */
function show(filter: CollectionFilter | undefined): unknown {
  if (!filter) return 'everything';
  return Object.fromEntries(
    [...filter.databases].map(([database, chosen]) => [database, chosen === 'all' ? true : [...chosen]]),
  );
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!isBackupError(error)) throw error;
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.remedy).toBeTruthy();
    return error.message;
  }
  throw new Error('nothing was refused');
}

describe('--filter', () => {
  test.each([
    ['', 'everything'],
    ['db1.*', { db1: true }],
    ['db1.c1', { db1: ['c1'] }],
    ['c1', { default: ['c1'] }],
    ['db1.', { db1: [] }],
    ['c1,default.c2,c1', { default: ['c1', 'c2'] }],
    ['db1.c1,db1.*', { db1: true }],
    ['db1.*,db1.c1', { db1: true }],
    ['db1.,db1.c1', { db1: ['c1'] }],
    ['db1.c1,db1.', { db1: [] }],
    ['db1.*,db1.', { db1: [] }],
    ['db2.*,db1.a_1', { db2: true, db1: ['a_1'] }],
  ])('%j', (text, expected) => {
    expect(show(parseFilter(text))).toEqual(expected);
  });

  test.each(['a.b.c', '*', 'a-b', 'a b', 'a, b', 'a,', '.', '.c', '.*', 'db.**', 'é'])(
    '%j is refused',
    (text) => {
      expect(refusal(() => parseFilter(text))).toMatch(/^filter: invalid filter rule: /);
    },
  );

  test('names the rule', () => {
    expect(refusal(() => parseFilter('ok,a.b.c'))).toBe('filter: invalid filter rule: a.b.c');
  });
});

describe('--rename', () => {
  const rename = (rules: string | Record<string, string>, database: string, collection: string): string => {
    const to = applyRename(parseRename(rules), { database, collection });
    return `${to.database}.${to.collection}`;
  };

  test('rules by shape', () => {
    expect(rename('a:b', 'default', 'a')).toBe('default.b');
    expect(rename('a:b', '', 'a')).toBe('default.b');
    expect(rename('a:b', 'db1', 'a')).toBe('db1.a');
    expect(rename('db1.a:db2.b', 'db1', 'a')).toBe('db2.b');
    expect(rename('db1.*:db2.*', 'db1', 'a')).toBe('db2.a');
    expect(rename('db1.:db2.', 'db1', 'a')).toBe('db1.a');
    expect(rename('', 'db1', 'a')).toBe('db1.a');
  });

  test('the exact rule wins over the database, the last over the first', () => {
    expect(rename('db1.a:db3.x,db1.*:db2.*', 'db1', 'a')).toBe('db3.x');
    expect(rename('db1.*:db2.*,db1.a:db3.x', 'db1', 'b')).toBe('db2.b');
    expect(rename('a:b,default.a:default.c', 'default', 'a')).toBe('default.c');
  });

  test('a map, as REST gives it', () => {
    expect(rename({ 'db1.a': 'db2.b' }, 'db1', 'a')).toBe('db2.b');
    expect(rename({ ['__proto__']: 'b' }, 'default', 'x')).toBe('default.x');
  });

  test('what follows a second colon is ignored', () => {
    expect(rename('a:b:c', 'default', 'a')).toBe('default.b');
  });

  test('errors', () => {
    expect(refusal(() => parseRename('ab'))).toBe('rename collection format error: ab');
    expect(refusal(() => parseRename('a:db.b'))).toBe('filter: invalid mapper rule: a -> db.b');
    expect(refusal(() => parseRename({ a: 'db.b' }))).toBe('filter: invalid mapper rule: a -> db.b');
    for (const rule of ['a:', ':b', 'a-b:c', 'db.*:x', 'db.*:db.', '*:*', 'a: b']) {
      expect(refusal(() => parseRename(rule))).toMatch(/^filter: invalid mapper rule: /);
    }
  });
});

describe('names and suffixes', () => {
  test('collection names', () => {
    expect(parseCollectionName('c')).toEqual({ database: 'default', collection: 'c' });
    expect(parseCollectionName('db.c')).toEqual({ database: 'db', collection: 'c' });
    expect(parseCollectionName('.c')).toEqual({ database: 'default', collection: 'c' });
    for (const text of ['', 'a.b.c', 'a.', '.']) {
      expect(refusal(() => parseCollectionName(text))).toBe(
        `invalid collection name ${text}: namespace format is invalid`,
      );
    }
  });

  test('suffix', () => {
    checkSuffix('');
    checkSuffix('_recover1');
    for (const suffix of ['-recover', 'a b', 'é', '../x', 'a\n']) {
      expect(refusal(() => checkSuffix(suffix))).toBe(
        'only alphanumeric characters and underscores are allowed in collection suffix',
      );
    }
  });
});

describe('selectors of requests', () => {
  test('collection_names', () => {
    expect(show(parseCollectionNames([]))).toBe('everything');
    expect(show(parseCollectionNames(['a', 'db.b', 'default.a']))).toEqual({ default: ['a'], db: ['b'] });
  });

  test('databases', () => {
    expect(show(parseDatabaseNames([]))).toBe('everything');
    expect(show(parseDatabaseNames(['a', 'b']))).toEqual({ a: true, b: true });
    expect(refusal(() => parseDatabaseNames(['a', '']))).toContain('empty');
  });

  test('db_collections, as an object and as text', () => {
    const value = { db1: ['a', 'b'], '': ['c'], db2: [], db3: null };
    const expected = { db1: ['a', 'b'], default: ['c'], db2: true, db3: true };
    expect(show(parseDbCollections(value))).toEqual(expected);
    expect(show(parseDbCollections(JSON.stringify(value)))).toEqual(expected);
    for (const nothing of ['', '{}', {}, 'null', null, undefined]) {
      expect(show(parseDbCollections(nothing))).toBe('everything');
    }
    for (const wrong of ['{', '[]', 7, ['a'], { a: 'b' }, { a: [1] }, { a: [''] }, true]) {
      expect(refusal(() => parseDbCollections(wrong))).toMatch(/^db_collections/);
    }
  });

  test('filter', () => {
    expect(show(filterFromRequest(undefined))).toBe('everything');
    expect(show(filterFromRequest({}))).toEqual({});
    expect(
      show(filterFromRequest({ a: { colls: ['*'] }, b: { colls: [] }, c: { colls: ['x'] }, d: {}, e: null })),
    ).toEqual({ a: true, b: [], c: ['x'], d: [], e: [] });
    for (const wrong of [[], 'a', { a: [] }, { a: { colls: 'x' } }, { a: { colls: [1] } }]) {
      expect(refusal(() => filterFromRequest(wrong))).toMatch(/^filter/);
    }
  });
});

describe('selection', () => {
  test('by database and name', () => {
    const filter = parseFilter('db1.*,c1,db2.') ?? { databases: new Map() };
    expect(selects(filter, { database: 'db1', collection: 'x' })).toBe(true);
    expect(selects(filter, { database: 'default', collection: 'c1' })).toBe(true);
    expect(selects(filter, { database: '', collection: 'c1' })).toBe(true);
    expect(selects(filter, { database: 'default', collection: 'c2' })).toBe(false);
    expect(selects(filter, { database: 'db2', collection: 'x' })).toBe(false);
    expect(selectsDatabase(filter, 'db2')).toBe(true);
    expect(selectsDatabase(filter, '')).toBe(true);
    expect(selectsDatabase(filter, 'db3')).toBe(false);
  });

  test('whatever the input, nothing but a BackupError is thrown', () => {
    const rule = fc.stringMatching(/^[\w.*:,\- ]{0,12}$/);
    const texts = fc.oneof(rule, fc.string({ unit: 'binary' }));
    const parsers: readonly ((input: string) => unknown)[] = [
      parseFilter,
      parseRename,
      parseCollectionName,
      checkSuffix,
      parseDbCollections,
      (input) => parseCollectionNames([input]),
      (input) => parseRename({ [input]: input }),
    ];
    fc.assert(
      fc.property(texts, fc.constantFrom(...parsers), (input, parse) => {
        const error = attempt(() => parse(input));
        expect(error === null || isBackupError(error)).toBe(true);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (input) => {
        for (const parse of [parseDbCollections, filterFromRequest]) {
          const error = attempt(() => parse(input));
          expect(error === null || isBackupError(error)).toBe(true);
        }
      }),
    );
  });

  test('a named collection is selected, whatever stands around it, unless its database is replaced later', () => {
    const name = fc.stringMatching(/^\w{1,3}$/);
    const rule = fc.oneof(
      fc.tuple(name, name).map(([db, coll]) => `${db}.${coll}`),
      name.map((db) => `${db}.*`),
      name,
    );
    fc.assert(
      fc.property(fc.array(rule), name, name, (before, database, collection) => {
        const filter = parseFilter([...before, `${database}.${collection}`].join(','));
        expect(filter && selects(filter, { database, collection })).toBe(true);
      }),
    );
  });
});

function attempt(run: () => unknown): unknown {
  try {
    run();
    return null;
  } catch (error) {
    return error;
  }
}
