import { describe, expect, it } from 'vitest';
import { type GoldenName, readGolden } from './harness/golden.js';
import { decodeRows } from './harness/golden-rows.js';
import { nameOf } from './harness/meta-shapes.js';

/** What the reader of the tests finds in the fixtures, so that the tests against servers rest on firm ground. */
describe('the golden backups', () => {
  const expected: Record<GoldenName, Record<string, { rows: number; deleted: number }>> = {
    b1: {
      'default.rich': { rows: 1997, deleted: 3 },
      'default.parts': { rows: 1000, deleted: 0 },
      'default.hello_milvus': { rows: 20_000, deleted: 0 },
    },
    e1: {
      'default.props_coll': { rows: 300, deleted: 0 },
      'default.auto_coll': { rows: 300, deleted: 0 },
      'default.empty_coll': { rows: 0, deleted: 0 },
      'db1.props_coll': { rows: 50, deleted: 0 },
    },
    mo: { 'default.props_coll': { rows: 0, deleted: 0 } },
    old4: { 'default.props_coll': { rows: 300, deleted: 0 } },
  };

  for (const name of ['b1', 'e1', 'mo', 'old4'] as const) {
    it(`${name}: every log can be decoded`, async () => {
      const golden = await readGolden(name);
      const found: Record<string, object> = {};
      for (const collection of golden.meta.collection_backups) {
        const { count, deleted } = await decodeRows(golden, collection);
        found[nameOf(collection)] = { rows: count, deleted };
      }
      expect(found).toEqual(expected[name]);
    });
  }

  it('rows hold every type that the fixtures have', async () => {
    const golden = await readGolden('b1');
    const [rich] = golden.meta.collection_backups;
    if (rich === undefined) throw new Error('b1 has no collection');
    const { partitions } = await decodeRows(golden, rich);
    const rows = [...partitions.values()].flatMap((partition) => [...partition.values()]);
    expect(rows.find((row) => row.id === 'k5')).toMatchObject({
      id: 'k5',
      tenant: expect.any(String),
      js: expect.stringMatching(/^\{.*\}$/),
      arr: expect.arrayContaining([expect.stringMatching(/^-?\d+$/)]),
      bin: expect.stringMatching(/^[0-9a-f]{16}$/),
      $meta: expect.stringMatching(/^\{.*\}$/),
    });
  });
});
