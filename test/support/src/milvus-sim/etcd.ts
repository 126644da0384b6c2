import { promisify } from 'node:util';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import Long from 'long';
import protobuf from 'protobufjs/light.js';
import { dynamicFieldName } from './schema.js';
import type { Collection } from './types.js';
import type { World } from './world.js';

const one = (type: string, id: number): protobuf.IField => ({ type, id });
const list = (type: string, id: number): protobuf.IField => ({ rule: 'repeated', type, id });

/** One call of etcd's version 3 API, and what Milvus keeps there (milvus-io/milvus, `pkg/proto/index_coord.proto`). */
const definitions: protobuf.INamespace = {
  nested: {
    RangeRequest: { fields: { key: one('bytes', 1), range_end: one('bytes', 2), limit: one('int64', 3) } },
    KeyValue: { fields: { key: one('bytes', 1), value: one('bytes', 5) } },
    RangeResponse: { fields: { kvs: list('KeyValue', 2), more: one('bool', 3) } },
    Pair: { fields: { key: one('string', 1), value: one('string', 2) } },
    IndexInfo: {
      fields: {
        collectionID: one('int64', 1),
        fieldID: one('int64', 2),
        index_name: one('string', 3),
        indexID: one('int64', 4),
        type_params: list('Pair', 5),
        index_params: list('Pair', 6),
        user_index_params: list('Pair', 12),
      },
    },
    FieldIndex: { fields: { index_info: one('IndexInfo', 1), create_time: one('uint64', 3) } },
  },
};

export interface SimEtcd {
  readonly port: number;
  stop(): void;
}

/** What Milvus would keep in its etcd of indexes and dynamic fields, below `by-dev/meta`; answers Range alone. */
export async function serveEtcd(world: World): Promise<SimEtcd> {
  protobuf.util.Long = Long;
  protobuf.configure();
  const root = protobuf.Root.fromJSON(definitions);
  const [request, response] = [root.lookupType('RangeRequest'), root.lookupType('RangeResponse')];
  const server = new Server();
  server.addService(
    {
      Range: {
        path: '/etcdserverpb.KV/Range',
        requestStream: false,
        responseStream: false,
        requestSerialize: (value: Buffer) => value,
        requestDeserialize: (bytes: Buffer) =>
          request.toObject(request.decode(bytes), { longs: Number, bytes: Buffer }),
        responseSerialize: (value: object) =>
          Buffer.from(response.encode(response.fromObject(value)).finish()),
        responseDeserialize: (bytes: Buffer) => bytes,
      },
    },
    {
      Range(call: { readonly request: Range }, callback: (error: object | null, answer?: object) => void) {
        try {
          callback(null, range(entriesOf(world, root), call.request));
        } catch (error) {
          callback({ code: status.INTERNAL, details: String(error) });
        }
      },
    },
  );
  const port: number = await promisify(server.bindAsync.bind(server))(
    '127.0.0.1:0',
    ServerCredentials.createInsecure(),
  );
  return { port, stop: () => server.forceShutdown() };
}

interface Range {
  readonly key: Buffer;
  readonly range_end?: Buffer;
  readonly limit?: number;
}

interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

function range(entries: readonly Entry[], { key, range_end: end, limit = 0 }: Range): object {
  const found = entries
    .filter((entry) => (end?.length ? between(entry.key, key, end) : entry.key.equals(key)))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  const kvs = limit > 0 ? found.slice(0, limit) : found;
  return { kvs, more: kvs.length < found.length };
}

const between = (key: Buffer, from: Buffer, to: Buffer): boolean =>
  Buffer.compare(key, from) >= 0 && Buffer.compare(key, to) < 0;

function entriesOf(world: World, root: protobuf.Root): Entry[] {
  const type = root.lookupType('FieldIndex');
  return [...world.databases.values()]
    .flatMap((db) => [...db.collections.values()])
    .flatMap((collection) => [...indexesOf(collection, type), ...fieldsOf(world, collection)]);
}

function indexesOf(collection: Collection, type: protobuf.Type): Entry[] {
  const { fields, struct_array_fields: structs } = collection.schema;
  const all = [...fields, ...structs.flatMap((struct) => struct.fields)];
  return collection.indexes.map((index) => {
    const field = all.find(({ name }) => name === index.field);
    const info = {
      collectionID: String(collection.id),
      fieldID: field?.fieldID ?? '0',
      index_name: index.name,
      indexID: String(index.id),
      type_params: field?.type_params ?? [],
      index_params: index.params,
      user_index_params: index.params,
    };
    const value = type.fromObject({ index_info: info, create_time: String(collection.createdTimestamp) });
    return {
      key: Buffer.from(`by-dev/meta/field-index/${collection.id}/${index.id}`),
      value: Buffer.from(type.encode(value).finish()),
    };
  });
}

function fieldsOf(world: World, { id, schema }: Collection): Entry[] {
  return schema.fields.map((field) => ({
    key: Buffer.from(`by-dev/meta/root-coord/fields/${id}/${field.fieldID}`),
    value: world.wire.encode('schema.FieldSchema', { ...field, is_dynamic: field.name === dynamicFieldName }),
  }));
}
