import { type CollectionRef, callRaw, type connectMilvus } from '@milvus-backup/test-support';
import type { GoldenCollection, KeyValue } from './meta-shapes.js';

export type Client = Awaited<ReturnType<typeof connectMilvus>>;

/** Everything of a collection's structure that a restore keeps, in one form for both sides. */
export interface Structure {
  readonly description: string;
  readonly dynamic: boolean;
  readonly shards: number;
  readonly consistency: string;
  readonly fields: readonly object[];
  readonly partitions: readonly string[];
  readonly indexes: readonly object[];
}

const consistencyNames = ['Strong', 'Session', 'Bounded', 'Eventually', 'Customized'];

/** What the backup says. */
export function structureOf(collection: GoldenCollection): Structure {
  const { schema } = collection;
  return {
    description: schema.description ?? '',
    dynamic: schema.enable_dynamic_field ?? false,
    shards: Number(collection.shards_num),
    consistency: consistencyNames[Number(collection.consistency_level ?? 0n)] ?? '',
    fields: schema.fields.map((field) => ({
      id: String(field.fieldID),
      name: field.name,
      description: field.description ?? '',
      type: Number(field.data_type),
      element: Number(field.element_type ?? 0n),
      params: paramsOf(field.type_params),
      flags: [field.is_primary_key ?? false, field.autoID ?? false, field.is_partition_key ?? false],
    })),
    partitions: collection.partition_backups.map((partition) => partition.partition_name).sort(),
    indexes: sortByName(
      (collection.index_infos ?? []).map((index) => ({
        name: index.index_name,
        field: index.field_name,
        params: readParams(index.params),
      })),
    ),
  };
}

interface DescribeAnswer {
  readonly schema: {
    readonly description: string;
    readonly enable_dynamic_field: boolean;
    readonly fields: readonly {
      readonly fieldID: string;
      readonly name: string;
      readonly description: string;
      readonly data_type: string;
      readonly element_type: string;
      readonly type_params: readonly KeyValue[];
      readonly is_primary_key: boolean;
      readonly autoID: boolean;
      readonly is_partition_key: boolean;
    }[];
  };
  readonly shards_num: number;
  readonly consistency_level: string;
  readonly aliases: readonly string[];
}

interface IndexAnswer {
  readonly index_descriptions: readonly {
    readonly index_name: string;
    readonly field_name: string;
    readonly params: readonly KeyValue[];
  }[];
}

/** What Milvus says of a collection. */
export async function describeTarget(client: Client, target: CollectionRef): Promise<Structure> {
  const where = { db_name: target.db ?? 'default', collection_name: target.collection };
  const described = await callRaw<DescribeAnswer>(client, 'DescribeCollection', where);
  const { partition_names } = await callRaw<{ readonly partition_names: readonly string[] }>(
    client,
    'ShowPartitions',
    where,
  );
  return {
    description: described.schema.description,
    dynamic: described.schema.enable_dynamic_field,
    shards: described.shards_num,
    consistency: described.consistency_level,
    fields: described.schema.fields.map((field) => ({
      id: field.fieldID,
      name: field.name,
      description: field.description,
      type: typeNumber(field.data_type),
      element: typeNumber(field.element_type),
      params: paramsOf(field.type_params),
      flags: [field.is_primary_key, field.autoID, field.is_partition_key],
    })),
    partitions: [...partition_names].sort(),
    indexes: await describeIndexes(client, where),
  };
}

async function describeIndexes(
  client: Client,
  where: { db_name: string; collection_name: string },
): Promise<object[]> {
  const status = await client.describeIndex(where);
  // Milvus answers with an error when there is no index at all.
  if (status.status.error_code === 'IndexNotExist') return [];
  const answer = await callRaw<IndexAnswer>(client, 'DescribeIndex', where);
  return sortByName(
    answer.index_descriptions.map((index) => ({
      name: index.index_name,
      field: index.field_name,
      params: readParams(paramsOf(index.params)),
    })),
  );
}

function paramsOf(pairs: readonly KeyValue[] | undefined): Record<string, string> {
  return Object.fromEntries((pairs ?? []).map(({ key, value }) => [key, value]));
}

/** The nested `params` is JSON text whose spaces and order mean nothing. */
function readParams({ params, ...rest }: Readonly<Record<string, string>>): object {
  return { ...rest, params: JSON.parse(params ?? '{}') };
}

function sortByName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return [...items].sort((one, other) => (one.name < other.name ? -1 : 1));
}

const typeNumbers: Readonly<Record<string, number>> = {
  None: 0,
  Int64: 5,
  Double: 11,
  VarChar: 21,
  Array: 22,
  JSON: 23,
  BinaryVector: 100,
  FloatVector: 101,
};

function typeNumber(name: string): number {
  const number = typeNumbers[name];
  if (number === undefined) throw new Error(`data type ${name} is not in the golden backups`);
  return number;
}
