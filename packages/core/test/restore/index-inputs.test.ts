import { describe, expect, test } from 'vitest';
import { makeField, makeIndex, makeSchema } from '../../src/meta/index.js';
import { planIndexes } from '../../src/restore/index-inputs.js';

const schema = makeSchema({
  fields: [
    makeField({ name: 'id', data_type: 5 }),
    makeField({ name: 'text', data_type: 21 }),
    makeField({ name: 'bits', data_type: 100 }),
    makeField({ name: 'vector', data_type: 101 }),
  ],
});
const index = (field: string, name: string, params: Record<string, string>) =>
  makeIndex({ field_name: field, index_name: name, params });
const indexes = [
  index('text', 'by_text', { index_type: 'Trie' }),
  index('vector', 'by_vector', { index_type: 'HNSW', metric_type: 'L2', M: '8' }),
  index('bits', 'by_bits', { index_type: 'BIN_FLAT' }),
];

describe('planIndexes', () => {
  test('vectors first, each as it was', () => {
    expect(planIndexes(schema, indexes, false, [])).toEqual([
      {
        fieldName: 'vector',
        indexName: 'by_vector',
        params: { index_type: 'HNSW', metric_type: 'L2', M: '8' },
      },
      { fieldName: 'bits', indexName: 'by_bits', params: { index_type: 'BIN_FLAT' } },
      { fieldName: 'text', indexName: 'by_text', params: { index_type: 'Trie' } },
    ]);
  });

  test('automatic indexes keep their metric, scalar ones stay', () => {
    expect(planIndexes(schema, indexes, true, []).map((input) => input.params)).toEqual([
      { index_type: 'AUTOINDEX', metric_type: 'L2' },
      { index_type: 'AUTOINDEX' },
      { index_type: 'Trie' },
    ]);
  });

  test('parameters that are to be left out', () => {
    const [vector] = planIndexes(schema, indexes, false, ['M', 'absent']);
    expect(vector?.params).toEqual({ index_type: 'HNSW', metric_type: 'L2' });
  });

  test('names and types that Milvus does not take back', () => {
    const odd = [
      index('text', 'doc/path', { index_type: 'INVERTED' }),
      index('vector', 'v', { index_type: 'marisa-trie' }),
    ];
    expect(
      planIndexes(schema, odd, false, []).map((input) => [input.indexName, input.params.index_type]),
    ).toEqual([
      ['v', 'Trie'],
      ['', 'INVERTED'],
    ]);
  });
});
