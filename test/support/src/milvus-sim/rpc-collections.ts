import type { Handlers } from './handlers.js';
import { acceptSchema, addField, changeProperties, dynamicFieldName } from './schema.js';
import { segmentKeys } from './segment-files.js';
import { badParameter, collectionMissing, SimError } from './sim-error.js';
import type { Collection, Field, KeyValue, Schema } from './types.js';
import { findCollection, findDatabase, type World } from './world.js';

interface OfCollection {
  readonly collection_name: string;
}

const maxChannels = 16;
const partitionKeyDefault = 64;

export function createCollectionHandlers(world: World): Handlers {
  return {
    CreateCollection(
      request: OfCollection & {
        readonly schema: Buffer;
        readonly shards_num: number;
        readonly consistency_level: number;
        readonly properties: readonly KeyValue[];
        readonly num_partitions: string;
      },
      { database },
    ) {
      const db = findDatabase(world, database);
      const name = request.collection_name;
      if (!/^[A-Za-z_]\w*$/.test(name)) throw badParameter(`Invalid collection name: ${name}`);
      if (db.collections.has(name)) {
        // The same again is a repeated request; Milvus compares the schemas, which here is enough by their names.
        throw new SimError(65535, 1, `collection already exist[database=${db.name}][collection=${name}]`);
      }
      const schema = acceptSchema(
        world.wire.decode('schema.CollectionSchema', request.schema) as Schema,
        world.version,
      );
      const collection = newCollection(world, db.name, name, schema, request);
      const count = schema.fields.some((field) => field.is_partition_key)
        ? Number(request.num_partitions) || partitionKeyDefault
        : 0;
      const names =
        count === 0 ? ['_default'] : Array.from({ length: count }, (_, index) => `_default_${index}`);
      for (const partition of names) addPartition(world, collection, partition);
      db.collections.set(name, collection);
      return {};
    },

    async DropCollection({ collection_name }: OfCollection, { database }) {
      const db = findDatabase(world, database);
      const collection = db.collections.get(collection_name);
      // One that is not there is no error.
      if (collection !== undefined) await dropCollection(world, collection);
      return {};
    },

    HasCollection({ collection_name }: OfCollection, { database }) {
      // A database that is not there has none, and that is no failure.
      const all = [...(world.databases.get(database)?.collections.values() ?? [])];
      const value = all.some((one) => one.name === collection_name || one.aliases.has(collection_name));
      return { value };
    },

    DescribeCollection(
      { collection_name, collectionID }: OfCollection & { readonly collectionID: string },
      { database },
    ) {
      const byId = [...world.databases.values()]
        .flatMap((db) => [...db.collections.values()])
        .find((one) => collection_name === '' && String(one.id) === collectionID);
      return describe(world, byId ?? findForDescribe(world, database, collection_name), collection_name);
    },

    ShowCollections(_request: object, { database }) {
      const all = [...findDatabase(world, database).collections.values()];
      return {
        collection_names: all.map(({ name }) => name),
        collection_ids: all.map(({ id }) => String(id)),
        created_timestamps: all.map(({ createdTimestamp }) => String(createdTimestamp)),
        created_utc_timestamps: all.map(({ createdTimestamp }) => String(createdTimestamp >> 18n)),
        inMemory_percentages: all.map(() => '0'),
        query_service_available: all.map(() => false),
      };
    },

    GetCollectionStatistics({ collection_name }: OfCollection, { database }) {
      const { segments } = findCollection(world, database, collection_name);
      const rows = [...segments.values()].reduce((sum, segment) => sum + segment.timestamps.length, 0);
      return { stats: [{ key: 'row_count', value: String(rows) }] };
    },

    AlterCollection(
      request: OfCollection & {
        readonly properties: readonly KeyValue[];
        readonly delete_keys: readonly string[];
      },
      { database },
    ) {
      if (request.properties.length + request.delete_keys.length === 0) {
        const reason = 'only support alter collection properties, but collection properties is empty';
        throw new SimError(65535, 1, reason);
      }
      const collection = findCollection(world, database, request.collection_name);
      const description = request.properties.find(({ key }) => key === 'collection.description')?.value;
      if (description !== undefined) collection.schema = { ...collection.schema, description };
      const rest = request.properties.filter(({ key }) => key !== 'collection.description');
      collection.properties = changeProperties(collection.properties, rest, request.delete_keys);
      return {};
    },

    AlterCollectionField(
      request: OfCollection & {
        readonly field_name: string;
        readonly properties: readonly KeyValue[];
        readonly delete_keys: readonly string[];
      },
      { database },
    ) {
      const collection = findCollection(world, database, request.collection_name);
      const change = (field: Field): Field =>
        field.name === request.field_name
          ? {
              ...field,
              type_params: changeProperties(field.type_params, request.properties, request.delete_keys),
            }
          : field;
      if (!collection.schema.fields.some(({ name }) => name === request.field_name)) {
        throw badParameter(`field ${request.field_name} does not exist`);
      }
      collection.schema = { ...collection.schema, fields: collection.schema.fields.map(change) };
      return {};
    },

    AddCollectionField(
      { collection_name, schema }: OfCollection & { readonly schema: Buffer },
      { database },
    ) {
      const collection = findCollection(world, database, collection_name);
      const field = world.wire.decode('schema.FieldSchema', schema) as Field;
      collection.schema = addField(collection.schema, field, world.version);
      return {};
    },

    RenameCollection(
      {
        oldName,
        newName,
        newDBName,
      }: { readonly oldName: string; readonly newName: string; readonly newDBName: string },
      { database },
    ) {
      const collection = findCollection(world, database, oldName);
      const target = findDatabase(world, newDBName || database);
      if (target.collections.has(newName)) throw badParameter(`duplicated new collection name ${newName}`);
      findDatabase(world, collection.database).collections.delete(collection.name);
      const renamed: Collection = { ...collection, name: newName, database: target.name };
      target.collections.set(newName, renamed);
      return {};
    },
  };
}

export function newCollection(
  world: World,
  database: string,
  name: string,
  schema: Schema,
  request: {
    readonly shards_num: number;
    readonly consistency_level: number;
    readonly properties: readonly KeyValue[];
  },
): Collection {
  const id = world.clock.nextId();
  const shards = request.shards_num || 1;
  const physical = Array.from(
    { length: shards },
    (_, index) =>
      `${world.cluster}-rootcoord-dml_${(Number(id % BigInt(maxChannels)) + index) % maxChannels}`,
  );
  return {
    id,
    database,
    name,
    schema,
    shards,
    consistencyLevel: request.consistency_level,
    properties: [...request.properties],
    aliases: new Set(),
    createdTimestamp: world.clock.nextTimestamp(),
    physicalChannels: physical,
    virtualChannels: physical.map((channel, index) => `${channel}_${id}v${index}`),
    partitions: new Map(),
    segments: new Map(),
    deletes: [],
    indexes: [],
    loaded: new Set(),
    replicas: 1,
    resourceGroups: [],
  };
}

export function addPartition(world: World, collection: Collection, name: string): void {
  collection.partitions.set(name, {
    id: world.clock.nextId(),
    name,
    createdTimestamp: world.clock.nextTimestamp(),
  });
}

/** Its files become garbage. */
export async function dropCollection(world: World, collection: Collection): Promise<void> {
  findDatabase(world, collection.database).collections.delete(collection.name);
  const keys = [...collection.segments.values()].flatMap((segment) =>
    segmentKeys(world, collection, segment),
  );
  await world.garbage.add(collection.id, keys);
}

/** This call alone has a wording and a code of its own, and takes a missing database for a missing collection. */
function findForDescribe(world: World, database: string, name: string): Collection {
  try {
    return findCollection(world, database, name);
  } catch (error) {
    if (!(error instanceof SimError)) throw error;
    const { message } = collectionMissing(database, name);
    throw new SimError(100, world.version.statusCodes ? 1 : 4, `can't find collection ${message}`);
  }
}

function describe(world: World, collection: Collection, asked: string): object {
  const db = findDatabase(world, collection.database);
  const { schema } = collection;
  return {
    schema: {
      ...schema,
      name: collection.name,
      // Milvus hides the dynamic field, although it has files.
      fields: schema.fields.filter(({ name }) => name !== dynamicFieldName),
    },
    collectionID: String(collection.id),
    virtual_channel_names: collection.virtualChannels,
    physical_channel_names: collection.physicalChannels,
    created_timestamp: String(collection.createdTimestamp),
    created_utc_timestamp: String(collection.createdTimestamp >> 18n),
    shards_num: collection.shards,
    aliases: [...collection.aliases],
    consistency_level: collection.consistencyLevel,
    // Asked by an alias, the answer's own name is that alias.
    collection_name: asked || collection.name,
    properties: collection.properties,
    ...(world.version.hasRpc('ListDatabases') ? { db_name: collection.database } : {}),
    ...(world.version.hasRpc('DescribeDatabase') ? { db_id: String(db.id) } : {}),
    num_partitions: String(collection.partitions.size),
  };
}
