import { describe, expect, test } from 'vitest';
import { parseRestorePlan } from '../../src/restore/parse-plan.js';
import { thrownBy } from '../driver/thrown-by.js';

const plan = {
  mapping: [
    {
      source: 'db1',
      target: 'db2',
      withProp: true,
      colls: [{ source: 'a', target: 'b', override: { shardNum: 2, description: 'made by a plan' } }],
    },
  ],
  filter: { db2: { colls: ['b'] }, db3: { colls: ['*'] } },
};

describe('a plan in a file', () => {
  test.each([
    ['JSON', JSON.stringify(plan)],
    ['the body of a request', JSON.stringify({ restorePlan: plan })],
    [
      'YAML',
      'mapping:\n- {source: db1, target: db2, withProp: true, colls: [{source: a, target: b, override: {shardNum: 2, description: made by a plan}}]}\nfilter: {db2: {colls: [b]}, db3: {colls: ["*"]}}\n',
    ],
  ])('%s', (_what, text) => {
    const collections = [{ source: 'a', target: 'b', shardNum: 2, description: 'made by a plan' }];
    expect(parseRestorePlan(text, 'plan')).toEqual({
      plan: [{ source: 'db1', target: 'db2', withProperties: true, collections }],
      targetFilter: {
        databases: new Map<string, 'all' | Set<string>>([
          ['db2', new Set(['b'])],
          ['db3', 'all'],
        ]),
      },
    });
  });

  test('without a filter chooses nothing', () => {
    expect(parseRestorePlan('{"mapping":[]}', 'plan')).toEqual({
      plan: [],
      targetFilter: { databases: new Map() },
    });
  });

  test.each([
    ['{"mapping":', /^plan\.json is neither JSON nor YAML/],
    ['{"mapping":[{"source":"a"}]}', /mapping\.0\.target/],
    ['{"maping":[]}', /maping/],
    ['[]', /is no restore plan/],
    ['', /is no restore plan/],
  ])('%s is refused', async (text, message) => {
    const error = await thrownBy(() => parseRestorePlan(text, 'plan.json'));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(message);
  });
});
