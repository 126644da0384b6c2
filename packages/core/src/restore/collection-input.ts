import type { FieldSchemaMeta, KeyValue } from '../meta/types.js';
import type { CreateCollectionInput } from '../milvus/gateway.js';
import type { RestoreRequest, SkipParams } from '../requests.js';
import type { RestoreTarget } from './plan-targets.js';

/** The collection to make for a target. */
export function planCollectionInput(target: RestoreTarget, request: RestoreRequest): CreateCollectionInput {
  const { source, at } = target;
  const { schema } = source;
  const hasPartitionKey = schema.fields.some((field) => field.is_partition_key);
  const limit = request.maxShardNum ?? 0;
  const shards = limit > 0 ? Math.min(source.shards_num, limit) : source.shards_num;
  return {
    schema: {
      ...schema,
      name: at.collection,
      description: target.description ?? schema.description,
      fields: schema.fields
        .filter((field) => !(schema.enable_dynamic_field && field.is_dynamic))
        .map((field) => withoutParams(field, request.skipParams)),
    },
    shardsNum: target.shardNum > 0 ? target.shardNum : shards,
    consistencyLevel: source.consistency_level,
    properties: leaveOut(schema.properties, request.skipParams?.collectionProperties),
    numPartitions: hasPartitionKey ? source.partition_backups.length : 0,
  };
}

function withoutParams(field: FieldSchemaMeta, skip: SkipParams | undefined): FieldSchemaMeta {
  return {
    ...field,
    type_params: leaveOut(field.type_params, skip?.fieldTypeParams),
    index_params: leaveOut(field.index_params, skip?.fieldIndexParams),
  };
}

function leaveOut(pairs: readonly KeyValue[], keys: readonly string[] | undefined): KeyValue[] {
  return pairs.filter((pair) => !keys?.includes(pair.key));
}
