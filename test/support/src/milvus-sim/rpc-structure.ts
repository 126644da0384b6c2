import type { Handlers } from './handlers.js';
import { addPartition, dropCollection } from './rpc-collections.js';
import { changeProperties, paramOf } from './schema.js';
import { segmentKeys } from './segment-files.js';
import { badParameter, SimError } from './sim-error.js';
import type { KeyValue } from './types.js';
import {
  addDatabase,
  defaultDatabase,
  findCollection,
  findDatabase,
  findPartition,
  type World,
} from './world.js';

interface OfCollection {
  readonly collection_name: string;
}
type OfPartition = OfCollection & { readonly partition_name: string };
type OfIndex = OfCollection & { readonly field_name: string; readonly index_name: string };

/** Databases, partitions, indexes, aliases. */
export function createStructureHandlers(world: World): Handlers {
  return {
    ListDatabases() {
      const all = [...world.databases.values()];
      return {
        db_names: all.map(({ name }) => name),
        created_timestamp: all.map(({ createdTimestamp }) => String(createdTimestamp)),
      };
    },
    CreateDatabase({
      db_name,
      properties,
    }: {
      readonly db_name: string;
      readonly properties: readonly KeyValue[];
    }) {
      if (world.databases.has(db_name)) throw new SimError(65535, 1, `database already exist: ${db_name}`);
      addDatabase(world, db_name, [...properties]);
      return {};
    },
    async DropDatabase({ db_name }: { readonly db_name: string }) {
      if (db_name === defaultDatabase) throw new SimError(65535, 1, 'can not drop default database');
      const db = world.databases.get(db_name);
      if (db !== undefined && db.collections.size > 0) {
        throw badParameter(`database:${db_name} not empty, must drop all collections before drop database`);
      }
      for (const collection of db?.collections.values() ?? []) await dropCollection(world, collection);
      world.databases.delete(db_name);
      return {};
    },
    DescribeDatabase({ db_name }: { readonly db_name: string }) {
      const db = findDatabase(world, db_name);
      return {
        db_name: db.name,
        dbID: String(db.id),
        created_timestamp: String(db.createdTimestamp),
        properties: db.properties,
      };
    },
    AlterDatabase(request: {
      readonly db_name: string;
      readonly properties: readonly KeyValue[];
      readonly delete_keys: readonly string[];
    }) {
      const db = findDatabase(world, request.db_name);
      db.properties = changeProperties(db.properties, request.properties, request.delete_keys);
      return {};
    },

    CreatePartition({ collection_name, partition_name }: OfPartition, { database }) {
      const collection = findCollection(world, database, collection_name);
      if (collection.schema.fields.some((field) => field.is_partition_key)) {
        throw badParameter('disable create partition if partition key mode is used');
      }
      if (!collection.partitions.has(partition_name)) addPartition(world, collection, partition_name);
      return {};
    },
    async DropPartition({ collection_name, partition_name }: OfPartition, { database }) {
      const collection = findCollection(world, database, collection_name);
      const partition = collection.partitions.get(partition_name);
      if (partition === undefined) return {};
      collection.partitions.delete(partition_name);
      for (const segment of [...collection.segments.values()]) {
        if (segment.partitionId !== partition.id) continue;
        collection.segments.delete(segment.id);
        await world.garbage.add(collection.id, segmentKeys(world, collection, segment));
      }
      return {};
    },
    HasPartition({ collection_name, partition_name }: OfPartition, { database }) {
      return { value: findCollection(world, database, collection_name).partitions.has(partition_name) };
    },
    ShowPartitions({ collection_name }: OfCollection, { database }) {
      const all = [...findCollection(world, database, collection_name).partitions.values()];
      return {
        partition_names: all.map(({ name }) => name),
        partitionIDs: all.map(({ id }) => String(id)),
        created_timestamps: all.map(({ createdTimestamp }) => String(createdTimestamp)),
        created_utc_timestamps: all.map(({ createdTimestamp }) => String(createdTimestamp >> 18n)),
        inMemory_percentages: all.map(() => '0'),
      };
    },
    GetPartitionStatistics({ collection_name, partition_name }: OfPartition, { database }) {
      const collection = findCollection(world, database, collection_name);
      const { id } = findPartition(collection, partition_name);
      const rows = [...collection.segments.values()]
        .filter(({ partitionId }) => partitionId === id)
        .reduce((sum, segment) => sum + segment.timestamps.length, 0);
      return { stats: [{ key: 'row_count', value: String(rows) }] };
    },

    CreateIndex(request: OfIndex & { readonly extra_params: readonly KeyValue[] }, { database }) {
      const collection = findCollection(world, database, request.collection_name);
      const { field_name: field } = request;
      if (
        ![
          ...collection.schema.fields,
          ...collection.schema.struct_array_fields.flatMap((one) => one.fields),
        ].some(({ name }) => name === field)
      ) {
        throw new SimError(65535, 1, `cannot create index on non-exist field: ${field}`);
      }
      const name = request.index_name || field;
      const params = [...request.extra_params];
      const known = collection.indexes.find((index) => index.name === name);
      if (
        known !== undefined &&
        (known.field !== field || paramOf(known.params, 'index_type') !== paramOf(params, 'index_type'))
      ) {
        throw badParameter('at most one distinct index is allowed per field');
      }
      if (known === undefined) collection.indexes.push({ id: world.clock.nextId(), field, name, params });
      return {};
    },
    DescribeIndex({ collection_name, field_name, index_name }: OfIndex, { database }) {
      const collection = findCollection(world, database, collection_name);
      const found = collection.indexes.filter(
        (index) =>
          (field_name === '' || index.field === field_name) &&
          (index_name === '' || index.name === index_name),
      );
      if (found.length === 0) throw new SimError(700, 25, `index not found[collection=${collection_name}]`);
      return {
        index_descriptions: found.map((index) => ({
          index_name: index.name,
          indexID: String(index.id),
          field_name: index.field,
          params: index.params,
          state: 3,
        })),
      };
    },
    AlterIndex(
      request: OfIndex & {
        readonly extra_params: readonly KeyValue[];
        readonly delete_keys: readonly string[];
      },
      { database },
    ) {
      const collection = findCollection(world, database, request.collection_name);
      const index = collection.indexes.find(({ name }) => name === request.index_name);
      if (index === undefined) throw new SimError(700, 25, `index not found[index=${request.index_name}]`);
      index.params = changeProperties(index.params, request.extra_params, request.delete_keys);
      return {};
    },
    DropIndex({ collection_name, field_name, index_name }: OfIndex, { database }) {
      const collection = findCollection(world, database, collection_name);
      const name = index_name || field_name;
      collection.indexes = collection.indexes.filter((index) => index.name !== name);
      return {};
    },
    GetIndexState: () => ({ state: 3 }),
    GetIndexBuildProgress: () => ({ indexed_rows: '0', total_rows: '0' }),

    CreateAlias({ collection_name, alias }: OfCollection & { readonly alias: string }, { database }) {
      const collection = findCollection(world, database, collection_name);
      const owner = [...findDatabase(world, database).collections.values()].find((one) =>
        one.aliases.has(alias),
      );
      if (owner !== undefined && owner !== collection) {
        throw new SimError(
          1602,
          1,
          `${alias} is alias to another collection: ${owner.name}: alias already exist`,
        );
      }
      collection.aliases.add(alias);
      return {};
    },
    DropAlias({ alias }: { readonly alias: string }, { database }) {
      for (const one of findDatabase(world, database).collections.values()) one.aliases.delete(alias);
      return {};
    },
    AlterAlias({ collection_name, alias }: OfCollection & { readonly alias: string }, { database }) {
      const collection = findCollection(world, database, collection_name);
      for (const one of findDatabase(world, database).collections.values()) one.aliases.delete(alias);
      collection.aliases.add(alias);
      return {};
    },
    ListAliases({ collection_name }: OfCollection, { database }) {
      const { aliases } = findCollection(world, database, collection_name);
      return { db_name: database, collection_name, aliases: [...aliases] };
    },
  };
}
