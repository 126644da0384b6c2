import { nameKey } from '../filter/index.js';
import type { BackupExtras } from '../meta/extras.js';
import type { FieldSchemaMeta, KeyValue } from '../meta/types.js';
import type { CreateCollectionInput } from '../milvus/gateway.js';
import type { RestoreRequest, SkipParams } from '../requests.js';
import { leaveOut, planProperties } from './collection-properties.js';
import { planFields } from './plan-fields.js';
import { type RestoreTarget, sourceName } from './plan-targets.js';

/** The collection to make for a target. @param extras what the backup says beyond the Go tool's files */
export function planCollectionInput(
  target: RestoreTarget,
  request: RestoreRequest,
  extras: BackupExtras,
): CreateCollectionInput {
  const { source, at } = target;
  const { schema } = source;
  const hasPartitionKey = schema.fields.some((field) => field.is_partition_key);
  const limit = request.maxShardNum ?? 0;
  const properties = planProperties(source, request).atCreation;
  const shards = limit > 0 ? Math.min(source.shards_num, limit) : source.shards_num;
  return {
    schema: {
      ...schema,
      name: at.collection,
      description: target.description ?? schema.description,
      properties: request.compat ? schema.properties : schemaProperties(schema.properties, properties),
      fields: planFields(schema).created.map((field) => withoutParams(field, request.skipParams)),
      struct_array_fields: schema.struct_array_fields.map((struct) => ({
        ...struct,
        fields: struct.fields.map((field) => withoutParams(field, request.skipParams)),
      })),
    },
    shardsNum: target.shardNum > 0 ? target.shardNum : shards,
    consistencyLevel: source.consistency_level,
    properties,
    fullSchema: request.compat ? undefined : extras.schemas?.get(nameKey(sourceName(source)))?.schema,
    numPartitions: hasPartitionKey ? source.partition_backups.length : 0,
  };
}

/** The fields to add to it, in this order. */
export function planAddedFields({ source }: RestoreTarget, request: RestoreRequest): FieldSchemaMeta[] {
  return planFields(source.schema).added.map((field) => withoutParams(field, request.skipParams));
}

/** Those of the schema that the collection gets as well: one left out there must not come back here. */
function schemaProperties(own: readonly KeyValue[], kept: readonly KeyValue[]): KeyValue[] {
  return kept.filter(({ key }) => own.some((one) => one.key === key));
}

function withoutParams(field: FieldSchemaMeta, skip: SkipParams | undefined): FieldSchemaMeta {
  return {
    ...field,
    type_params: leaveOut(field.type_params, skip?.fieldTypeParams),
    index_params: leaveOut(field.index_params, skip?.fieldIndexParams),
  };
}
