import Long from 'long';
import protobuf from 'protobufjs/light.js';

const one = (type: string, id: number): protobuf.IField => ({ type, id });
const list = (type: string, id: number): protobuf.IField => ({ rule: 'repeated', type, id });

/**
 * What the SDK's definitions do not have of the write-ahead log, in the numbers of milvus-io/milvus: `pkg/proto/messages.proto`,
 * `pkg/proto/index_coord.proto`, and for CommitImport the design document of two-phase imports.
 */
const definitions: protobuf.INamespace = {
  nested: {
    Pair: { fields: { key: one('string', 1), value: one('string', 2) } },
    ResourceKey: { fields: { domain: one('int32', 1), key: one('string', 2), shared: one('bool', 3) } },
    BroadcastHeader: {
      fields: {
        broadcast_id: one('uint64', 1),
        vchannels: list('string', 2),
        resource_keys: list('ResourceKey', 3),
      },
    },
    CreateDatabaseHeader: { fields: { db_name: one('string', 1), db_id: one('int64', 2) } },
    CreateDatabaseBody: { fields: { properties: list('Pair', 1) } },
    CreateCollectionHeader: {
      fields: { collection_id: one('int64', 1), partition_ids: list('int64', 2), db_id: one('int64', 3) },
    },
    IndexInfo: {
      fields: {
        collectionID: one('int64', 1),
        fieldID: one('int64', 2),
        index_name: one('string', 3),
        indexID: one('int64', 4),
        type_params: list('Pair', 5),
        index_params: list('Pair', 6),
      },
    },
    FieldIndex: { fields: { index_info: one('IndexInfo', 1), create_time: one('uint64', 3) } },
    CreateIndexBody: { fields: { field_index: one('FieldIndex', 1) } },
    CommitImportHeader: { fields: { collection_id: one('int64', 1), job_id: one('int64', 2) } },
    LoadField: { fields: { field_id: one('int64', 1), index_id: one('int64', 2) } },
    LoadReplica: { fields: { replica_id: one('int64', 1), resource_group_name: one('string', 2) } },
    AlterLoadConfigHeader: {
      fields: {
        db_id: one('int64', 1),
        collection_id: one('int64', 2),
        partition_ids: list('int64', 3),
        load_fields: list('LoadField', 4),
        replicas: list('LoadReplica', 5),
        use_local_replica_config: one('bool', 7),
      },
    },
    RestoreRBACBody: { fields: { rbac_meta: one('bytes', 1) } },
  },
};

/** By name of the type, and what is there after decoding: 64-bit integers as decimal strings. */
export interface LogMessages {
  readonly BroadcastHeader: {
    readonly broadcast_id: string;
    readonly vchannels: readonly string[];
    readonly resource_keys: readonly {
      readonly domain: number;
      readonly key: string;
      readonly shared: boolean;
    }[];
  };
  readonly CreateDatabaseHeader: { readonly db_name: string; readonly db_id: string };
  readonly CreateDatabaseBody: {
    readonly properties: readonly { readonly key: string; readonly value: string }[];
  };
  readonly CreateCollectionHeader: {
    readonly collection_id: string;
    readonly partition_ids: readonly string[];
    readonly db_id: string;
  };
  readonly CreateIndexBody: {
    readonly field_index: {
      readonly index_info: {
        readonly collectionID: string;
        readonly fieldID: string;
        readonly index_name: string;
        readonly indexID: string;
        readonly index_params: readonly { readonly key: string; readonly value: string }[];
      } | null;
    } | null;
  };
  readonly CommitImportHeader: { readonly collection_id: string; readonly job_id: string };
  readonly AlterLoadConfigHeader: {
    readonly collection_id: string;
    readonly partition_ids: readonly string[];
    readonly load_fields: readonly { readonly field_id: string; readonly index_id: string }[];
    readonly replicas: readonly { readonly replica_id: string; readonly resource_group_name: string }[];
    readonly use_local_replica_config: boolean;
  };
  readonly RestoreRBACBody: { readonly rbac_meta: Buffer };
}

let root: protobuf.Root | undefined;

export function decodeLog<Name extends keyof LogMessages>(name: Name, bytes: Uint8Array): LogMessages[Name] {
  if (root === undefined) {
    protobuf.util.Long = Long;
    protobuf.configure();
    root = protobuf.Root.fromJSON(definitions);
  }
  const type = root.lookupType(name);
  const value: unknown = type.toObject(type.decode(bytes), { longs: String, bytes: Buffer, defaults: true });
  return value as LogMessages[Name];
}
