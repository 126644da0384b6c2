import { describe, expect, test } from 'vitest';
import { BackupError } from '../../src/errors/index.js';
import { parseRename } from '../../src/filter/index.js';
import { makeField, makeIndex, makeSchema } from '../../src/meta/index.js';
import { thrownBy } from '../driver/thrown-by.js';
import { planBackup } from './backups.js';
import { bookOf, makeRestoreBench, schema } from './restore-bench.js';

const books = bookOf([{ id: 1n }]);
const meta = planBackup([books], ['default']);
const oneEach = ['restore.concurrency.importJobs=1'];

describe('a target', () => {
  test('that somebody made after the check is refused, for Milvus would take both creations for done', async () => {
    const bench = await makeRestoreBench(meta);
    let asked = 0;
    const error = await thrownBy(() => bench.restore({}, { hasCollection: async () => ++asked > 1 }));
    expect(error).toMatchObject({ code: 'TARGET_EXISTS', details: { collection: 'books' } });
    expect(bench.changes).toEqual([]);
  });

  test('is dropped when asked for, and only where it is there', async () => {
    const bench = await makeRestoreBench(meta, 'a-bucket');
    await bench.restore({ dropExistCollection: true });
    await bench.restore({ dropExistCollection: true });
    const made = ['create default.books', 'import default.books'];
    expect(bench.changes).toEqual([...made, 'drop default.books', ...made]);
  });
});

describe('before anything is dropped', () => {
  const shop = (fields: Parameters<typeof makeField>[0][], dynamic = false) =>
    bookOf([], {
      collection_name: 'shop',
      schema: makeSchema({
        fields: fields.map((field) => makeField({ data_type: 5, ...field })),
        enable_dynamic_field: dynamic,
      }),
    });
  const key = { name: 'id', fieldID: 100n };

  test.each([
    [
      'a default value is broken',
      shop([key, { name: 'price', fieldID: 101n, default_value_base64: 'MgVo' }]),
      'META_UNREADABLE',
      /^default\.shop: the stored default value of field "price" is no valid value$/,
    ],
    [
      'a field was lost',
      shop([key, { name: 'price', fieldID: 102n }]),
      'TARGET_MISMATCH',
      /^field price of default\.shop does not fit the backup: want id 102; in a new collection it would get 101$/,
    ],
    [
      'a later field was lost, behind the hidden dynamic one',
      shop([key, { name: 'late', fieldID: 103n }], true),
      'TARGET_MISMATCH',
      /^field late of default\.shop does not fit the backup: want id 103; in a new collection it would get 102$/,
    ],
    [
      'fields are in another order',
      shop([{ name: 'price', fieldID: 101n }, key]),
      'TARGET_MISMATCH',
      /^field price of default\.shop /,
    ],
  ])('%s: all targets stay', async (_what, broken, code, message) => {
    const bench = await makeRestoreBench(planBackup([books, broken], ['default']));
    bench.present.set('default.books', schema);
    const error = await thrownBy(() => bench.restore({ dropExistCollection: true }));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.remedy).toContain('--skip_create_collection');
    expect(bench.changes).toEqual([]);
  });

  test('a target of other fields is found before the first import', async () => {
    const both = planBackup([books, bookOf([{ id: 1n }], { collection_name: 'shop' })], ['default']);
    const bench = await makeRestoreBench(both);
    bench.present.set('default.books', schema);
    bench.present.set('default.shop', makeSchema({ fields: [makeField(key)] }));
    const error = await thrownBy(() => bench.restore({ skipCreateCollection: true }));
    expect(error).toMatchObject({ code: 'TARGET_MISMATCH', details: { collection: 'shop' } });
    expect(bench.changes).toEqual([]);
  });

  test('the hidden dynamic field itself is no gap', async () => {
    const hidden = shop([key, { name: '$meta', fieldID: 101n, is_dynamic: true }], true);
    const bench = await makeRestoreBench(planBackup([hidden], ['default']));
    await bench.restore();
    expect(bench.changes).toEqual(['create default.shop']);
  });
});

describe('a failure', () => {
  const failing = { status: 'failed', percent: 0, rows: 0, reason: 'no memory' } as const;

  test('starts no other import before its staged files are removed', async () => {
    const segments = [{ id: 1n }, { id: 2n, partition: 51n }, { id: 3n, partition: 52n }];
    const bench = await makeRestoreBench(planBackup([bookOf(segments)], ['default']), 'backups', oneEach);
    const milvus = {
      hasPartition: async (_at: unknown, name: string) => ['_default', 'p51', 'p52'].includes(name),
      importState: async () => failing,
    };
    expect(await thrownBy(() => bench.restore({}, milvus))).toMatchObject({ code: 'IMPORT_FAILED' });
    expect(bench.changes).toEqual(['create default.books', 'import default.books', 'remove 6']);
  });

  test('waits for the other imports of its collection to end, and is the one that is told', async () => {
    const segments = [{ id: 1n }, { id: 2n, partition: 51n }];
    const bench = await makeRestoreBench(planBackup([bookOf(segments)], ['default']));
    let ended = '';
    const error = await thrownBy(() =>
      bench.restore(
        {},
        {
          hasPartition: async (_at, name) => ['_default', 'p51'].includes(name),
          importState: (_at, id, call) =>
            id === '1'
              ? Promise.resolve(failing)
              : new Promise((_, reject) => {
                  const end = (): void => {
                    ended = bench.changes.join();
                    reject(new BackupError({ code: 'CANCELLED', message: 'stopped' }));
                  };
                  if (call?.signal?.aborted) end();
                  else call?.signal?.addEventListener('abort', end);
                }),
        },
      ),
    );
    expect(error.code).toBe('IMPORT_FAILED');
    expect(ended).not.toBe('');
    expect(ended).not.toContain('remove');
    expect(bench.changes.at(-1)).toBe('remove 4');
  });

  test('names what is left incomplete, and what was dropped, in remedy and log', async () => {
    const bench = await makeRestoreBench(meta, 'a-bucket');
    const failed = await thrownBy(() => bench.restore({}, { importState: async () => failing }));
    expect(failed).toMatchObject({ code: 'IMPORT_FAILED', details: { collection: 'books' } });
    expect(failed.remedy).toContain(
      'not whole, to be dropped or replaced with --drop_exist_collection: default.books',
    );
    expect(bench.warnings.join()).toContain('default.books');
    const refuse = new BackupError({ code: 'MILVUS_ERROR', message: 'no' });
    const dropped = await thrownBy(() =>
      bench.restore({ dropExistCollection: true }, { createCollection: () => Promise.reject(refuse) }),
    );
    expect(dropped).toMatchObject({ code: 'MILVUS_ERROR', message: 'no' });
    expect(dropped.remedy).toBe('dropped and not made again: default.books');
  });

  test('says nothing of collections that were there before', async () => {
    const bench = await makeRestoreBench(meta, 'a-bucket');
    bench.present.set('default.books', schema);
    const error = await thrownBy(() =>
      bench.restore({ skipCreateCollection: true }, { importState: async () => failing }),
    );
    expect(error.remedy).not.toContain('not whole');
  });
});

describe('the proof of the whole', () => {
  const l0 = { id: 9n, isL0: true, partition: -1n, group: 0n };

  test('comes before the deletes of L0, after which Milvus may take rows out of its counts', async () => {
    const deletes = planBackup([bookOf([{ id: 1n }, l0])], ['default']);
    for (const rows of [0, 2]) {
      const bench = await makeRestoreBench(deletes, 'a-bucket');
      const milvus = { rowCount: async () => rows };
      expect(await thrownBy(() => bench.restore({}, milvus))).toMatchObject({ code: 'PROOF_FAILED' });
      expect(bench.imports.map((one) => one.isL0)).toEqual([false]);
    }
    const bench = await makeRestoreBench(deletes, 'a-bucket');
    await bench.restore({}, { rowCount: async () => (bench.imports.some((one) => one.isL0) ? 0 : 1) });
    expect(bench.imports.map((one) => one.isL0)).toEqual([false, true]);
  });

  test('of an import is left to the counts of the collection where Milvus does not tell its rows', async () => {
    const untold = {
      importState: async () => ({ status: 'completed', percent: 100, rows: null, reason: '' }) as const,
    };
    const bench = await makeRestoreBench(meta, 'a-bucket');
    expect((await bench.restore({}, untold)).collections[0]?.rows).toBe(1);
    const short = { importState: async () => ({ ...(await untold.importState()), rows: 0 }) };
    bench.present.clear();
    expect(await thrownBy(() => bench.restore({}, short))).toMatchObject({ code: 'PROOF_FAILED' });
  });
});

describe('options', () => {
  const indexed = planBackup(
    [bookOf([], { index_infos: [makeIndex({ field_name: 'vector', index_name: 'v', params: {} })] })],
    ['default'],
  );

  test('automatic indexes are a way to rebuild, not a wish for it', async () => {
    const bench = await makeRestoreBench(indexed);
    await bench.restore({ useAutoIndex: true });
    expect(bench.changes).toEqual(['create default.books']);
    expect(bench.warnings.join()).toContain('none are made without rebuild_index');
    await bench.restore({ useAutoIndex: true, rebuildIndex: true, rename: parseRename('books:more') });
    expect(bench.changes.slice(1)).toEqual(['create default.more', 'index vector']);
  });
});
