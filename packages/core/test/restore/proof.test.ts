import { describe, expect, test } from 'vitest';
import { sortLogs } from '../../src/restore/backup-logs.js';
import { planImports } from '../../src/restore/import-units.js';
import { assertRows, expectCollection, expectRows } from '../../src/restore/proof.js';
import { thrownBy } from '../driver/thrown-by.js';
import { logsOf, planCollection } from './backups.js';

const at = { database: 'default', collection: 'books' };

function unitOfRows(...rows: number[]) {
  const collection = planCollection(rows.map((count, index) => ({ id: BigInt(index + 1), rows: count })));
  const [unit] = planImports({
    collection,
    logs: sortLogs(collection, logsOf(collection)),
    root: 'backup',
    name: 'b',
    stagingBase: 'stage/',
    inPlace: true,
    readsTree: true,
    mayMerge: true,
    maxSegments: 10,
    maxBytes: 1_000,
  }).data;
  if (!unit) throw new Error('no import');
  return unit;
}

describe('the proof', () => {
  test('knows the rows exactly where deletes are counted, and within bounds where not', () => {
    const unit = unitOfRows(10, 20);
    expect(expectRows(unit, { rows: 0, exact: true })).toEqual({ min: 30, max: 30 });
    expect(expectRows(unit, { rows: 4, exact: true })).toEqual({ min: 26, max: 26 });
    expect(expectRows(unit, { rows: 4, exact: false })).toEqual({ min: 26, max: 30 });
  });

  test('of the whole collection is that of its imports; deletes that came later leave only an upper bound', () => {
    const parts = [
      { min: 1, max: 2 },
      { min: 10, max: 10 },
    ];
    expect(expectCollection(parts, false)).toEqual({ min: 11, max: 12 });
    expect(expectCollection(parts, true)).toEqual({ min: 0, max: 12 });
    expect(expectCollection([], false)).toEqual({ min: 0, max: 0 });
  });

  test.each([
    [{ min: 3, max: 3 }, 2, 'the backup holds 3'],
    [{ min: 3, max: 3 }, 4, 'the backup holds 3'],
    [{ min: 3, max: 5 }, 2, 'the backup holds 3 to 5'],
    [{ min: 3, max: 5 }, 0, 'the backup holds 3 to 5'],
  ])('%o is not %i', async (expected, got, text) => {
    const error = await thrownBy(() => assertRows(at, 'the restored collection', expected, got));
    expect(error).toMatchObject({ code: 'PROOF_FAILED', details: { got, ...expected } });
    expect(error.message).toBe(`default.books: the restored collection has ${got} rows, ${text}`);
    expect(error.remedy).toContain('drop it and restore again');
  });

  test.each([3, 4, 5])('%i is within', (got) => {
    expect(() => assertRows(at, 'it', { min: 3, max: 5 }, got)).not.toThrow();
  });
});
