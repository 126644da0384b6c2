import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { isBackupError } from '../../src/errors/index.js';
import { parseRestorePlan } from '../../src/restore/parse-plan.js';

const name = fc.stringMatching(/^[A-Za-z_]\w{0,5}$/);
const plan = fc.record({
  mapping: fc.array(
    fc.record({
      source: name,
      target: name,
      colls: fc.array(
        fc.record(
          {
            source: name,
            target: name,
            override: fc.record({ shardNum: fc.integer({ min: 1, max: 16 }), description: fc.string() }),
          },
          { requiredKeys: ['source', 'target'] },
        ),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 3 },
  ),
  filter: fc.dictionary(name, fc.record({ colls: fc.array(name, { minLength: 1, maxLength: 3 }) }), {
    maxKeys: 3,
  }),
});

test('a plan is the same in JSON and in YAML, and nothing of it is lost', () => {
  fc.assert(
    fc.property(plan, (given) => {
      const parsed = parseRestorePlan(JSON.stringify(given), 'plan');
      expect(parseRestorePlan(stringify(given), 'plan')).toEqual(parsed);
      expect(parsed.plan.map(({ source, target }) => [source, target])).toEqual(
        given.mapping.map(({ source, target }) => [source, target]),
      );
      const chosen = [...parsed.targetFilter.databases].map(([database, names]) => [
        database,
        [...names].sort(),
      ]);
      const asked = Object.entries(given.filter).map(([database, { colls }]) => [
        database,
        [...new Set(colls)].sort(),
      ]);
      expect(Object.fromEntries(chosen)).toEqual(Object.fromEntries(asked));
    }),
    { numRuns: 300 },
  );
});

test('any other text gives nothing but a BackupError', () => {
  const near = fc.tuple(plan, fc.nat(60), fc.string({ maxLength: 4 })).map(([given, at, put]) => {
    const text = JSON.stringify(given);
    return text.slice(0, at) + put + text.slice(at + put.length);
  });
  fc.assert(
    fc.property(fc.oneof(near, fc.json(), fc.string({ unit: 'binary' })), (text) => {
      try {
        parseRestorePlan(text, 'plan');
      } catch (error) {
        if (!isBackupError(error)) throw error;
        expect(error.remedy).toBeTruthy();
      }
    }),
    { numRuns: 500 },
  );
});
