import type { CollectionSchemaMeta, IndexMeta } from '../meta/types.js';
import type { CreateIndexInput } from '../milvus/gateway.js';

/** schemapb.DataType of the vector types that carry an index of their own. */
const vectorTypes = new Set([100, 101, 102, 103, 104, 105, 106]);

/**
 * The indexes to make, vectors first: Milvus takes scalar ones in any order, but a collection is usable as soon
 * as its vectors are indexed.
 * @param autoIndex vector indexes become AUTOINDEX with the metric they had
 * @param skipped parameter keys to leave out
 */
export function planIndexes(
  schema: CollectionSchemaMeta,
  indexes: readonly IndexMeta[],
  autoIndex: boolean,
  skipped: readonly string[],
): CreateIndexInput[] {
  const vectors = new Set(
    schema.fields.filter((one) => vectorTypes.has(one.data_type)).map((one) => one.name),
  );
  const inputs = indexes.map((index) =>
    vectors.has(index.field_name) ? vectorIndex(index, autoIndex) : scalarIndex(index),
  );
  const rank = (input: CreateIndexInput): number => (vectors.has(input.fieldName) ? 0 : 1);
  return inputs
    .sort((a, b) => rank(a) - rank(b))
    .map((input) => ({ ...input, params: without(input.params, skipped) }));
}

function vectorIndex(index: IndexMeta, autoIndex: boolean): CreateIndexInput {
  const { params } = index;
  const metric = params.metric_type;
  if (autoIndex) {
    return {
      fieldName: index.field_name,
      indexName: index.index_name,
      params: { index_type: 'AUTOINDEX', ...(metric === undefined ? {} : { metric_type: metric }) },
    };
  }
  // The name of this index in Milvus before 2.3.
  const type = params.index_type === 'marisa-trie' ? { index_type: 'Trie' } : {};
  return { fieldName: index.field_name, indexName: index.index_name, params: { ...params, ...type } };
}

/** Milvus makes up names with slashes for JSON paths, and takes none back: such a one is sent empty. */
function scalarIndex(index: IndexMeta): CreateIndexInput {
  const named = /^[A-Za-z_][A-Za-z0-9_]*$/.test(index.index_name);
  return { fieldName: index.field_name, indexName: named ? index.index_name : '', params: index.params };
}

function without(params: Readonly<Record<string, string>>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(params).filter(([key]) => !keys.includes(key)));
}
