import { expect, test } from 'vitest';
import { allFixtures, countLiveRows } from '../src/index.js';

test('rows depend on seed and number only', () => {
  const [first, again, other] = [1, 1, 2].map((seed) => allFixtures({ rows: 20, seed }));
  for (const [index, fixture] of (first ?? []).entries()) {
    expect(again?.[index]?.row(7)).toEqual(fixture.row(7));
    if (fixture.rows > 0) expect(other?.[index]?.row(7)).not.toEqual(fixture.row(7));
  }
});

test('keys grow with the row number and exceed 2^53', () => {
  for (const fixture of allFixtures({ rows: 3 })) {
    const key = fixture.fields.find((field) => field.is_primary_key && !field.autoID)?.name;
    if (key === undefined) continue;
    const [one, two] = [9, 10].map((index) => String(fixture.row(index)[key]));
    if (one === undefined || two === undefined) throw new Error('no key');
    expect(one < two).toBe(true);
    if (key === 'id') expect(BigInt(one)).toBeGreaterThan(2n ** 53n);
  }
});

test('counts what is left after the deletes', () => {
  const counts = Object.fromEntries(
    allFixtures({ rows: 1_000 }).map((one) => [`${one.db}.${one.collection}`, countLiveRows(one)]),
  );
  expect(counts).toEqual({
    'default.scalars': 950,
    'default.documents': 900,
    'default.partitioned': 960,
    'default.keyed': 933,
    'default.generated': 1_000,
    'default.expiring': 1_000,
    'default.empty': 0,
    'second.scalars': 950,
  });
});
