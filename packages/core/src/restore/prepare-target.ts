import { BackupError } from '../errors/index.js';
import type { CollectionSchemaMeta, FieldSchemaMeta, KeyValue } from '../meta/types.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import type { RestoreRequest, SkipParams } from '../requests.js';
import { runAll } from '../transfer/run-all.js';
import { planIndexes } from './index-inputs.js';
import type { RestoreTarget } from './plan-targets.js';

const partitionsAtOnce = 4;

/**
 * Makes the target ready for data: drop, create, indexes, partitions, each as asked.
 * @throws BackupError `TARGET_MISMATCH` when the target's fields are not those of the backup, so that an import would put
 * values into wrong columns
 */
export async function prepareTarget(
  milvus: MilvusGateway,
  target: RestoreTarget,
  request: RestoreRequest,
  signal: AbortSignal,
): Promise<void> {
  const { at, source } = target;
  if (request.dropExistCollection) await milvus.dropCollection(at, { signal });
  if (!request.skipCreateCollection) await createCollection(milvus, target, request, signal);
  await assertSameFields(milvus, target, signal);
  if (request.dropExistIndex) {
    for (const index of await milvus.listIndexes(at, { signal })) {
      await milvus.dropIndex(at, index.field_name, index.index_name, { signal });
    }
  }
  if (request.rebuildIndex || request.useAutoIndex) {
    const skipped = request.skipParams?.indexParams ?? [];
    const inputs = planIndexes(source.schema, source.index_infos, request.useAutoIndex ?? false, skipped);
    for (const input of inputs) await milvus.createIndex(at, input, { signal });
  }
  const present = new Set((await milvus.listPartitions(at, { signal })).map((one) => one.name));
  const missing = source.partition_backups
    .map((one) => one.partition_name)
    .filter((name) => !present.has(name));
  await runAll(
    missing,
    partitionsAtOnce,
    (name, inner) => milvus.createPartition(at, name, { signal: inner }),
    signal,
  );
}

async function createCollection(
  milvus: MilvusGateway,
  target: RestoreTarget,
  request: RestoreRequest,
  signal: AbortSignal,
): Promise<void> {
  const { source, at } = target;
  const { schema } = source;
  const hasPartitionKey = schema.fields.some((field) => field.is_partition_key);
  const limit = request.maxShardNum ?? 0;
  const shards = limit > 0 ? Math.min(source.shards_num, limit) : source.shards_num;
  await milvus.createCollection(
    at,
    {
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
    },
    { signal },
  );
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

async function assertSameFields(
  milvus: MilvusGateway,
  target: RestoreTarget,
  signal: AbortSignal,
): Promise<void> {
  const { schema } = await milvus.describeCollection(target.at, { signal });
  const found = new Map(userFields(schema).map((field) => [field.name, field]));
  for (const want of userFields(target.source.schema)) {
    const got = found.get(want.name);
    if (got?.fieldID !== want.fieldID || got.data_type !== want.data_type) throw mismatch(target, want, got);
  }
}

function userFields(schema: CollectionSchemaMeta): readonly FieldSchemaMeta[] {
  return schema.fields.filter((field) => !field.is_dynamic);
}

function mismatch(
  target: RestoreTarget,
  want: FieldSchemaMeta,
  got: FieldSchemaMeta | undefined,
): BackupError {
  const { database, collection } = target.at;
  const found = got ? `id ${got.fieldID}, type ${got.data_type}` : 'not there';
  return new BackupError({
    code: 'TARGET_MISMATCH',
    message:
      `field ${want.name} of ${database}.${collection} does not fit the backup: ` +
      `want id ${want.fieldID}, type ${want.data_type}; it is ${found}`,
    remedy:
      'restore into a new collection (without --skip_create_collection), or on a Milvus as new as the source',
    details: { database, collection, field: want.name },
  });
}
