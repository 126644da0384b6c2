import { isDeepStrictEqual } from 'node:util';
import { commitImport, startImport } from './import-jobs.js';
import { createRbacHandlers } from './rbac.js';
import { decodeLog } from './replicate-wire.js';
import type { ReplicatedMessage } from './replication.js';
import { dynamicFieldName } from './schema.js';
import type { Collection, KeyValue, Partition, Schema } from './types.js';
import { addDatabase, findDatabase, type World } from './world.js';

/** Carries out what a broadcast says, with the ids that it says. */
export async function applyBroadcast(
  world: World,
  message: ReplicatedMessage,
  toTarget: (channel: string) => string,
): Promise<void> {
  const header = Buffer.from(message.properties._h ?? '', 'base64');
  const { payload } = message;
  const effect = effects[message.properties._t ?? ''];
  if (effect === undefined) throw new Error('the simulator does not carry out such messages');
  await effect(world, { header, payload, toTarget });
}

interface Parts {
  readonly header: Buffer;
  readonly payload: Buffer;
  readonly toTarget: (channel: string) => string;
}

/** By `MessageType`. */
const effects: Readonly<Record<string, (world: World, parts: Parts) => void | Promise<void>>> = {
  16: createDatabase,
  5: createCollection,
  34: createIndex,
  11: importFiles,
  45: async (world, { header }) => {
    if (!world.version.twoPhaseImport) throw new Error('this version knows no such message');
    await commitImport(world, decodeLog('CommitImportHeader', header).job_id);
  },
  14: load,
  21: (world, { payload }) => {
    const { rbac_meta: meta } = decodeLog('RestoreRBACBody', payload);
    const request = { RBAC_meta: world.wire.decode('milvus.RBACMeta', meta) };
    createRbacHandlers(world).RestoreRBAC?.(request as never, { database: '', user: undefined });
  },
  // Of a secondary, nothing is left to flush.
  37: () => undefined,
};

function createDatabase(world: World, { header, payload }: Parts): void {
  const { db_name: name, db_id: id } = decodeLog('CreateDatabaseHeader', header);
  if (world.databases.has(name)) throw new Error(`database ${name} is there already`);
  const { properties } = decodeLog('CreateDatabaseBody', payload);
  addDatabase(world, name, [...properties], BigInt(id));
}

interface CreateBody {
  readonly db_name: string;
  readonly collectionName: string;
  readonly collectionID: string;
  readonly partitionIDs: readonly string[];
  readonly partitionNames: readonly string[];
  readonly virtualChannelNames: readonly string[];
  readonly physicalChannelNames: readonly string[];
  readonly schema: Buffer;
  readonly collection_schema: Schema | null;
}

/** Names of the fields that every collection has, which a replicated message brings and a client's does not. */
const systemFields = ['RowID', 'Timestamp'];
const consistencyKey = 'consistency_level';

function createCollection(world: World, { header, payload, toTarget }: Parts): void {
  const { collection_id: id, db_id: databaseId } = decodeLog('CreateCollectionHeader', header);
  const body = world.wire.decode('msg.CreateCollectionRequest', payload) as CreateBody;
  const db = findDatabase(world, body.db_name);
  if (String(db.id) !== databaseId) throw new Error(`database ${db.name} is ${db.id}, not ${databaseId}`);
  if (id !== body.collectionID)
    throw new Error(`header and body have two ids, ${id} and ${body.collectionID}`);
  const sent = body.collection_schema;
  if (sent === null) throw new Error('no schema');
  if (!isDeepStrictEqual(world.wire.decode('schema.CollectionSchema', body.schema), sent)) {
    throw new Error('the two forms of the schema differ');
  }
  if (systemFields.some((name) => sent.fields.every((field) => field.name !== name)))
    throw new Error('the system fields are not in the schema');
  const properties: KeyValue[] = [...sent.properties];
  const consistency = properties.find(({ key }) => key === consistencyKey)?.value ?? '2';
  const createdTimestamp = world.clock.nextTimestamp();
  const collection: Collection = {
    id: BigInt(id),
    database: db.name,
    name: body.collectionName,
    schema: storedSchema(sent),
    shards: body.virtualChannelNames.length,
    consistencyLevel: Number(consistency),
    properties: properties.filter(({ key }) => key !== consistencyKey),
    aliases: new Set(),
    createdTimestamp,
    virtualChannels: body.virtualChannelNames.map(toTarget),
    physicalChannels: body.physicalChannelNames.map(toTarget),
    partitions: new Map(),
    segments: new Map(),
    deletes: [],
    indexes: [],
    loaded: new Set(),
    replicas: 1,
    resourceGroups: [],
  };
  body.partitionNames.forEach((name, index) => {
    collection.partitions.set(name, { id: BigInt(body.partitionIDs[index] ?? 0), name, createdTimestamp });
  });
  if (db.collections.has(collection.name)) throw new Error(`collection ${collection.name} is there already`);
  db.collections.set(collection.name, collection);
}

/** Without the system fields, and the dynamic one last, as the simulator keeps all schemas. */
function storedSchema(sent: Schema): Schema {
  const fields = sent.fields.filter(({ name }) => !systemFields.includes(name));
  const dynamic = fields.filter((field) => field.is_dynamic);
  if (sent.enable_dynamic_field !== (dynamic.length === 1)) throw new Error('the dynamic field is missing');
  return {
    ...sent,
    fields: [
      ...fields.filter((field) => !field.is_dynamic),
      // How it fills missing values does not matter here.
      ...dynamic.map((field) => ({ ...field, name: dynamicFieldName, nullable: false, default_value: null })),
    ],
    properties: sent.properties.filter(({ key }) => key !== consistencyKey),
  };
}

function collectionById(world: World, id: string): Collection {
  const all = [...world.databases.values()].flatMap((db) => [...db.collections.values()]);
  const found = all.find((one) => String(one.id) === id);
  if (found === undefined) throw new Error(`no collection ${id}`);
  return found;
}

function createIndex(world: World, { payload }: Parts): void {
  const info = decodeLog('CreateIndexBody', payload).field_index?.index_info;
  if (!info) throw new Error('no index');
  const collection = collectionById(world, info.collectionID);
  const { fields, struct_array_fields: structs } = collection.schema;
  const field = [...fields, ...structs.flatMap((one) => one.fields)].find(
    (one) => one.fieldID === info.fieldID,
  );
  if (field === undefined) throw new Error(`no field ${info.fieldID}`);
  collection.indexes.push({
    id: BigInt(info.indexID),
    field: field.name,
    name: info.index_name,
    params: [...info.index_params],
  });
}

interface ImportBody {
  readonly collectionID: string;
  readonly partitionIDs: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  readonly files: readonly { readonly paths: readonly string[] }[];
  readonly jobID: string;
  readonly schema: Schema | null;
}

function importFiles(world: World, { payload }: Parts): void {
  const body = world.wire.decode('msg.ImportMsg', payload) as ImportBody;
  const collection = collectionById(world, body.collectionID);
  if (body.schema === null) throw new Error('no schema');
  if (body.schema.fields.some(({ name }) => systemFields.includes(name)))
    throw new Error('system fields are in the schema of an import');
  startImport(
    world,
    {
      database: collection.database,
      collection: collection.name,
      partition: partitionOf(collection, body.partitionIDs),
      files: body.files.map(({ paths }) => paths),
      options: new Map(Object.entries(body.options)),
    },
    body.jobID,
  );
}

/** Empty: all of them. */
function partitionOf(collection: Collection, ids: readonly string[]): string {
  const [id, ...others] = ids;
  if (others.length > 0 || id === undefined) throw new Error('an import is for one partition, or for all');
  return id === '-1' ? '' : partitionById(collection, id).name;
}

function partitionById(collection: Collection, id: string): Partition {
  const found = [...collection.partitions.values()].find((one) => String(one.id) === id);
  if (found === undefined) throw new Error(`no partition ${id}`);
  return found;
}

function load(world: World, { header }: Parts): void {
  const config = decodeLog('AlterLoadConfigHeader', header);
  const collection = collectionById(world, config.collection_id);
  for (const { index_id: id } of config.load_fields) {
    if (id !== '0' && collection.indexes.every((index) => String(index.id) !== id))
      throw new Error(`no index ${id}`);
  }
  for (const id of config.partition_ids) collection.loaded.add(partitionById(collection, id).name);
  collection.replicas = config.replicas.length;
}
