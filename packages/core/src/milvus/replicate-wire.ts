import Long from 'long';
import protobuf from 'protobufjs/light.js';

/**
 * Messages of Milvus's write-ahead log, which the SDK's definitions do not carry: headers and bodies that a replicate stream
 * brings. Only what is sent. All numbers are those of the repository milvus-io/milvus: `pkg/proto/messages.proto` (types, headers,
 * bodies, BroadcastHeader, ResourceKey), `pkg/proto/index_coord.proto` (FieldIndex, IndexInfo), and for CommitImport, which stands
 * in newer states of messages.proto, the design document "MEP: Import Two-Phase Commit" (type 45, collection_id 1, job_id 2).
 */
export const messageTypes = {
  CreateCollection: { type: 5, version: 1 },
  Import: { type: 11, version: 1 },
  AlterLoadConfig: { type: 14, version: 2 },
  CreateDatabase: { type: 16, version: 2 },
  RestoreRBAC: { type: 21, version: 2 },
  CreateIndex: { type: 34, version: 2 },
  FlushAll: { type: 37, version: 2 },
  CommitImport: { type: 45, version: 2 },
} as const;

export type MessageKind = keyof typeof messageTypes;

/** `ResourceDomain`: what a broadcast holds while it is carried out. */
export const resourceDomains = { collection: 2, database: 3, privilege: 4, cluster: 127 } as const;

const one = (type: string, id: number): protobuf.IField => ({ type, id });
const list = (type: string, id: number): protobuf.IField => ({ rule: 'repeated', type, id });
const empty: protobuf.IType = { fields: {} };

const definitions: protobuf.INamespace = {
  nested: {
    KeyValuePair: { fields: { key: one('string', 1), value: one('string', 2) } },
    ResourceKey: { fields: { domain: one('int32', 1), key: one('string', 2), shared: one('bool', 3) } },
    BroadcastHeader: {
      fields: {
        broadcast_id: one('uint64', 1),
        vchannels: list('string', 2),
        Resource_keys: list('ResourceKey', 3),
      },
    },

    CreateDatabaseHeader: { fields: { db_name: one('string', 1), db_id: one('int64', 2) } },
    CreateDatabaseBody: { fields: { properties: list('KeyValuePair', 1) } },

    CreateCollectionHeader: {
      fields: { collection_id: one('int64', 1), partition_ids: list('int64', 2), db_id: one('int64', 3) },
    },

    CreateIndexHeader: {
      fields: {
        db_id: one('int64', 1),
        collection_id: one('int64', 2),
        field_id: one('int64', 3),
        index_id: one('int64', 4),
        index_name: one('string', 5),
      },
    },
    IndexInfo: {
      fields: {
        collectionID: one('int64', 1),
        fieldID: one('int64', 2),
        index_name: one('string', 3),
        indexID: one('int64', 4),
        type_params: list('KeyValuePair', 5),
        index_params: list('KeyValuePair', 6),
        is_auto_index: one('bool', 11),
        user_index_params: list('KeyValuePair', 12),
        min_index_version: one('int32', 14),
        max_index_version: one('int32', 15),
      },
    },
    FieldIndex: {
      fields: { index_info: one('IndexInfo', 1), deleted: one('bool', 2), create_time: one('uint64', 3) },
    },
    CreateIndexBody: { fields: { field_index: one('FieldIndex', 1) } },

    ImportHeader: empty,
    CommitImportHeader: { fields: { collection_id: one('int64', 1), job_id: one('int64', 2) } },
    CommitImportBody: empty,

    LoadFieldConfig: { fields: { field_id: one('int64', 1), index_id: one('int64', 2) } },
    LoadReplicaConfig: {
      fields: { replica_id: one('int64', 1), resource_group_name: one('string', 2) },
    },
    AlterLoadConfigHeader: {
      fields: {
        db_id: one('int64', 1),
        collection_id: one('int64', 2),
        partition_ids: list('int64', 3),
        load_fields: list('LoadFieldConfig', 4),
        replicas: list('LoadReplicaConfig', 5),
        user_specified_replica_mode: one('bool', 6),
        use_local_replica_config: one('bool', 7),
      },
    },
    AlterLoadConfigBody: empty,

    RestoreRBACHeader: empty,
    // `milvus.RBACMeta`, encoded: a message within a message is on the wire as bytes are.
    RestoreRBACBody: { fields: { rbac_meta: one('bytes', 1) } },
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

/** @param value with 64-bit integers as decimal strings */
export function encodeLogMessage(name: string, value: object): Buffer {
  const type = typeOf(name);
  return Buffer.from(type.encode(type.fromObject(value)).finish());
}

/** For tests and messages of errors: 64-bit integers as decimal strings, zero values present. */
export function decodeLogMessage(name: string, bytes: Uint8Array): object {
  const type = typeOf(name);
  return type.toObject(type.decode(bytes), { longs: String, defaults: true });
}
