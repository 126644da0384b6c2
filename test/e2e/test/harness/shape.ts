import type { CollectionRef } from '@milvus-backup/test-support';
import { callRaw } from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';

interface Pair {
  readonly key: string;
  readonly value: string;
}

interface Field {
  readonly fieldID: string;
  readonly name: string;
  readonly data_type: string;
  readonly element_type: string;
  readonly is_primary_key: boolean;
  readonly is_partition_key: boolean;
  readonly autoID: boolean;
  readonly type_params: readonly Pair[];
}

interface Described {
  readonly schema: {
    readonly description: string;
    readonly enable_dynamic_field: boolean;
    readonly fields: readonly Field[];
  };
  readonly shards_num: number;
  readonly consistency_level: string;
  readonly properties: readonly Pair[];
}

export interface Shape {
  readonly description: string;
  readonly dynamic: boolean;
  readonly shards: number;
  readonly consistency: string;
  readonly fields: readonly object[];
  readonly properties: Readonly<Record<string, string>>;
  readonly partitions: readonly string[];
  /** By name. */
  readonly indexes: Readonly<Record<string, { readonly field: string; readonly params: object }>>;
}

/** What a collection looks like, as Milvus itself describes it. */
export async function shapeOf(client: MilvusClient, at: CollectionRef): Promise<Shape> {
  const where = { db_name: at.db ?? 'default', collection_name: at.collection };
  const described = await callRaw<Described>(client, 'DescribeCollection', where);
  const { partition_names: partitions } = await callRaw<{ readonly partition_names: readonly string[] }>(
    client,
    'ShowPartitions',
    where,
  );
  return {
    description: described.schema.description,
    dynamic: described.schema.enable_dynamic_field,
    shards: described.shards_num,
    consistency: described.consistency_level,
    fields: described.schema.fields.map((field) => ({ ...field, type_params: toRecord(field.type_params) })),
    properties: toRecord(described.properties),
    partitions: [...partitions].sort(),
    indexes: await indexesOf(client, where),
  };
}

async function indexesOf(
  client: MilvusClient,
  where: { readonly db_name: string; readonly collection_name: string },
): Promise<Shape['indexes']> {
  const answer = await client.describeIndex({ ...where });
  const found = (answer.index_descriptions ?? []).map(
    ({ index_name: name, field_name: field, params }) => [name, { field, params: toRecord(params) }] as const,
  );
  return Object.fromEntries(found.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function toRecord(
  pairs: readonly { readonly key: string | number; readonly value: unknown }[],
): Record<string, string> {
  return Object.fromEntries(
    pairs.map(({ key, value }) => [String(key), String(value)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
