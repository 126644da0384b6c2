import { defaultDatabase } from '../../filter/index.js';
import type {
  CollectionMeta,
  DatabaseMeta,
  FieldSchemaMeta,
  IndexMeta,
  KeyValue,
  RbacMeta,
} from '../../meta/types.js';
import type { LoadInput } from '../../milvus/gateway.js';
import { encodeLogMessage } from '../../milvus/replicate-wire.js';
import { schemaToBytes } from '../../milvus/schema.js';
import { type Broadcast, keysOf } from './broadcast.js';
import type { PlanContext } from './plan-context.js';

/** `common.MsgType`. */
const createCollectionType = 100;

/** `common.ConsistencyLevel` among the properties of a collection (milvus-io/milvus, pkg/common/common.go). */
const consistencyKey = 'consistency_level';

const int64 = 5;

/**
 * The fields that Milvus adds to each collection, behind all others (milvus-io/milvus, rootcoord, `appendSysFields`): who sends the
 * message has to have done it.
 */
const systemFields: readonly FieldSchemaMeta[] = [
  { name: 'RowID', id: 0n, description: 'row id' },
  { name: 'Timestamp', id: 1n, description: 'time stamp' },
].map(({ name, id, description }) => ({
  fieldID: id,
  name,
  is_primary_key: false,
  description,
  data_type: int64,
  type_params: [],
  index_params: [],
  autoID: false,
  state: 0,
  element_type: 0,
  is_dynamic: false,
  is_partition_key: false,
  nullable: false,
  default_value_proto: '',
  default_value_base64: '',
  is_function_output: false,
}));

export function createDatabase(context: PlanContext, database: DatabaseMeta): Broadcast {
  const name = database.db_name;
  const header = { db_name: name, db_id: String(context.databaseId(name)) };
  return context.broadcast(
    'CreateDatabase',
    [context.controlChannel],
    keysOf.database(name),
    encodeLogMessage('CreateDatabaseHeader', header),
    () => encodeLogMessage('CreateDatabaseBody', { properties: database.properties }),
  );
}

export function createCollection(context: PlanContext, collection: CollectionMeta): Broadcast {
  const database = collection.db_name || defaultDatabase;
  const databaseId = String(context.databaseId(database, collection.db_id));
  const id = String(collection.collection_id);
  const partitionIDs = collection.partition_backups.map((one) => String(one.partition_id));
  const schema = encodeSchema(context, collection, systemFields);
  return context.broadcast(
    'CreateCollection',
    [context.controlChannel, ...collection.virtual_channel_names],
    keysOf.collection(database, collection.collection_name),
    encodeLogMessage('CreateCollectionHeader', {
      collection_id: id,
      partition_ids: partitionIDs,
      db_id: databaseId,
    }),
    (tick) =>
      context.codec.encode('milvus.proto.msg.CreateCollectionRequest', {
        base: { msg_type: createCollectionType, timestamp: String(tick) },
        db_name: database,
        collectionName: collection.collection_name,
        dbID: databaseId,
        collectionID: id,
        // The older form of the same; servers read one of them.
        schema,
        collection_schema: decodeSchema(context, schema),
        virtualChannelNames: collection.virtual_channel_names,
        physicalChannelNames: collection.physical_channel_names,
        partitionIDs,
        partitionNames: collection.partition_backups.map((one) => one.partition_name),
      }),
  );
}

/** @param more fields behind those of the backup */
export function encodeSchema(
  { codec, extras }: PlanContext,
  collection: CollectionMeta,
  more: readonly FieldSchemaMeta[],
): Buffer {
  const { schema } = collection;
  const full = extras.schemas?.get(`${collection.db_name || defaultDatabase}.${collection.collection_name}`);
  return schemaToBytes(
    {
      ...schema,
      name: collection.collection_name,
      fields: [...schema.fields, ...more],
      properties: propertiesOf(collection),
    },
    codec,
    full?.schema,
  );
}

export const decodeSchema = ({ codec }: PlanContext, schema: Uint8Array): object =>
  codec.decode('milvus.proto.schema.CollectionSchema', schema);

function propertiesOf(collection: CollectionMeta): KeyValue[] {
  const all = new Map<string, string>();
  for (const { key, value } of [...collection.schema.properties, ...collection.properties])
    all.set(key, value);
  if (!all.has(consistencyKey)) all.set(consistencyKey, String(collection.consistency_level));
  return [...all].map(([key, value]) => ({ key, value }));
}

export function createIndex(context: PlanContext, collection: CollectionMeta, index: IndexMeta): Broadcast {
  const database = collection.db_name || defaultDatabase;
  const collectionID = String(collection.collection_id);
  const fieldID = String(index.field_id ?? 0n);
  const indexID = String(index.index_id);
  const info = {
    collectionID,
    fieldID,
    index_name: index.index_name,
    indexID,
    type_params: index.type_params ?? [],
    index_params: index.index_params ?? [],
    is_auto_index: index.is_auto_index ?? false,
    user_index_params: index.user_index_params ?? [],
    min_index_version: index.min_index_version ?? 0,
    max_index_version: index.max_index_version ?? 0,
  };
  return context.broadcast(
    'CreateIndex',
    [context.controlChannel],
    keysOf.collection(database, collection.collection_name),
    encodeLogMessage('CreateIndexHeader', {
      db_id: String(context.databaseId(database, collection.db_id)),
      collection_id: collectionID,
      field_id: fieldID,
      index_id: indexID,
      index_name: index.index_name,
    }),
    () =>
      encodeLogMessage('CreateIndexBody', {
        field_index: { index_info: info, deleted: false, create_time: String(index.create_time ?? 0n) },
      }),
  );
}

/** Loads what was in memory. The target takes its own number of replicas; servers that cannot take ours. */
export function alterLoadConfig(
  context: PlanContext,
  collection: CollectionMeta,
  load: LoadInput,
): Broadcast {
  const database = collection.db_name || defaultDatabase;
  const { fields, struct_array_fields: structs } = collection.schema;
  const indexes = new Map(collection.index_infos.map((one) => [one.field_id ?? 0n, one.index_id]));
  const partitions = collection.partition_backups.filter(
    (one) => load.partitions.length === 0 || load.partitions.includes(one.partition_name),
  );
  const groups = load.resourceGroups;
  return context.broadcast(
    'AlterLoadConfig',
    [context.controlChannel],
    keysOf.collection(database, collection.collection_name),
    encodeLogMessage('AlterLoadConfigHeader', {
      db_id: String(context.databaseId(database, collection.db_id)),
      collection_id: String(collection.collection_id),
      partition_ids: partitions.map((one) => String(one.partition_id)),
      load_fields: [...fields, ...structs.flatMap((one) => one.fields)].map(({ fieldID }) => ({
        field_id: String(fieldID),
        index_id: String(indexes.get(fieldID) ?? 0n),
      })),
      replicas: Array.from({ length: Math.max(1, load.replicas) }, (_, at) => ({
        replica_id: String(context.ids.id()),
        resource_group_name: groups[at % Math.max(1, groups.length)] ?? '__default_resource_group',
      })),
      use_local_replica_config: true,
    }),
    () => encodeLogMessage('AlterLoadConfigBody', {}),
  );
}

export function restoreRbac(context: PlanContext, rbac: RbacMeta): Broadcast {
  return context.broadcast(
    'RestoreRBAC',
    [context.controlChannel],
    keysOf.privileges(),
    encodeLogMessage('RestoreRBACHeader', {}),
    () =>
      encodeLogMessage('RestoreRBACBody', {
        rbac_meta: context.codec.encode('milvus.proto.milvus.RBACMeta', rbac),
      }),
  );
}
