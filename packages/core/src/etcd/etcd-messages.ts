import Long from 'long';
import protobuf from 'protobufjs/light.js';

/** One key of etcd. */
export interface KeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface RangeAnswer {
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
}

/** An index as Milvus's data coordinator keeps it; 64-bit integers as decimal strings. */
export interface StoredIndex {
  readonly index_info: {
    readonly fieldID: string;
    readonly index_name: string;
    readonly indexID: string;
    readonly type_params: readonly { readonly key: string; readonly value: string }[];
    readonly index_params: readonly { readonly key: string; readonly value: string }[];
    readonly user_index_params: readonly { readonly key: string; readonly value: string }[];
    readonly is_auto_index: boolean;
    readonly min_index_version: number;
    readonly max_index_version: number;
  } | null;
  readonly deleted: boolean;
  readonly create_time: string;
}

const list = (type: string, id: number): protobuf.IField => ({ rule: 'repeated', type, id });

/**
 * The few messages that are neither in the SDK's definitions: one call of etcd's version 3 API, and what Milvus stores there. Numbers
 * are those of the wire; fields that are not read are left out.
 */
const definitions: protobuf.INamespace = {
  nested: {
    RangeRequest: {
      fields: {
        key: { type: 'bytes', id: 1 },
        range_end: { type: 'bytes', id: 2 },
        limit: { type: 'int64', id: 3 },
      },
    },
    EtcdKeyValue: { fields: { key: { type: 'bytes', id: 1 }, value: { type: 'bytes', id: 5 } } },
    RangeResponse: { fields: { kvs: list('EtcdKeyValue', 2), more: { type: 'bool', id: 3 } } },
    KeyValuePair: { fields: { key: { type: 'string', id: 1 }, value: { type: 'string', id: 2 } } },
    IndexInfo: {
      fields: {
        fieldID: { type: 'int64', id: 2 },
        index_name: { type: 'string', id: 3 },
        indexID: { type: 'int64', id: 4 },
        type_params: list('KeyValuePair', 5),
        index_params: list('KeyValuePair', 6),
        is_auto_index: { type: 'bool', id: 11 },
        user_index_params: list('KeyValuePair', 12),
        min_index_version: { type: 'int32', id: 14 },
        max_index_version: { type: 'int32', id: 15 },
      },
    },
    FieldIndex: {
      fields: {
        index_info: { type: 'IndexInfo', id: 1 },
        deleted: { type: 'bool', id: 2 },
        create_time: { type: 'uint64', id: 3 },
      },
    },
  },
};

let root: protobuf.Root | undefined;

function typeOf(name: string): protobuf.Type {
  if (root === undefined) {
    protobuf.util.Long = Long;
    protobuf.configure();
    root = protobuf.Root.fromJSON(definitions);
  }
  return root.lookupType(name);
}

const options: protobuf.IConversionOptions = { longs: String, defaults: true };

/** `etcdserverpb.KV/Range`. */
export function rangeMethod(): {
  readonly path: string;
  readonly encode: (request: object) => Buffer;
  readonly decode: (bytes: Buffer) => RangeAnswer;
} {
  const request = typeOf('RangeRequest');
  const response = typeOf('RangeResponse');
  return {
    path: '/etcdserverpb.KV/Range',
    encode: (value) => Buffer.from(request.encode(request.fromObject(value)).finish()),
    // The descriptor above decides the shape.
    decode: (bytes) => response.toObject(response.decode(bytes), options) as RangeAnswer,
  };
}

/** `index.FieldIndex`. */
export function decodeIndex(bytes: Uint8Array): StoredIndex {
  const type = typeOf('FieldIndex');
  return type.toObject(type.decode(bytes), options) as StoredIndex;
}
