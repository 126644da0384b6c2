import type { SnapshotWireCalls } from './snapshot-messages.js';

/**
 * The messages of milvus-proto that this tool sends and reads, as `wire.ts` hands them over: names as in the proto
 * files, 64-bit integers as decimal strings, enums as numbers, every list and scalar present.
 */

export interface WireStatus {
  readonly code: number;
  readonly error_code: number;
  readonly reason: string;
}

/** Fields of a newer Milvus, see `unknown-fields.ts`. */
interface MaybeNewer {
  readonly $unknown?: Uint8Array;
}

export interface WireKeyValue {
  readonly key: string;
  readonly value: string;
}

export interface WireValueField extends MaybeNewer {
  /** Which of the values is set; absent in an empty message. */
  readonly data?: string;
}

export interface WireField extends MaybeNewer {
  readonly fieldID: string;
  readonly name: string;
  readonly is_primary_key: boolean;
  readonly description: string;
  readonly data_type: number;
  readonly type_params: readonly WireKeyValue[];
  readonly index_params: readonly WireKeyValue[];
  readonly autoID: boolean;
  readonly element_type: number;
  readonly default_value: WireValueField | null;
  readonly is_dynamic: boolean;
  readonly is_partition_key: boolean;
  readonly is_clustering_key: boolean;
  readonly nullable: boolean;
  readonly is_function_output: boolean;
  readonly external_field: string;
}

export interface WireFunction extends MaybeNewer {
  readonly name: string;
  readonly id: string;
  readonly description: string;
  readonly type: number;
  readonly input_field_names: readonly string[];
  readonly input_field_ids: readonly string[];
  readonly output_field_names: readonly string[];
  readonly output_field_ids: readonly string[];
  readonly params: readonly WireKeyValue[];
}

export interface WireStructField extends MaybeNewer {
  readonly fieldID: string;
  readonly name: string;
  readonly description: string;
  readonly fields: readonly WireField[];
  readonly type_params: readonly WireKeyValue[];
  readonly nullable: boolean;
}

export interface WireSchema extends MaybeNewer {
  readonly name: string;
  readonly description: string;
  readonly autoID: boolean;
  readonly fields: readonly WireField[];
  readonly enable_dynamic_field: boolean;
  readonly properties: readonly WireKeyValue[];
  readonly functions: readonly WireFunction[];
  readonly struct_array_fields: readonly WireStructField[];
  readonly external_source: string;
  readonly external_spec: string;
  readonly do_physical_backfill: boolean;
  readonly file_resource_ids: readonly string[];
  readonly enable_namespace: boolean;
}

export interface WirePosition {
  readonly timestamp: string;
}

interface Named {
  readonly name: string;
}

export interface WireRbac {
  readonly users: readonly { user: string; password: string; roles: readonly Named[] }[];
  readonly roles: readonly Named[];
  readonly grants: readonly {
    role: Named | null;
    object: Named | null;
    object_name: string;
    grantor: { user: Named | null; privilege: Named | null } | null;
    db_name: string;
  }[];
  readonly privilege_groups: readonly { group_name: string; privileges: readonly Named[] }[];
}

interface OfCollection {
  /** Of calls that not every version tells the database by the header. */
  readonly db_name?: string;
  readonly collection_name: string;
}

interface MaybePartitions extends OfCollection {
  readonly partition_names?: readonly string[];
}

interface LoadParts {
  readonly replica_number: number;
  readonly resource_groups: readonly string[];
}

interface Answer {
  readonly status: WireStatus | null;
}

/** A list of values; of an array field one such list for each row. */
export interface WireScalars {
  /** Which of the lists is set. */
  readonly data?: string;
  readonly bool_data?: { readonly data: readonly boolean[] };
  readonly int_data?: { readonly data: readonly number[] };
  readonly long_data?: { readonly data: readonly string[] };
  readonly float_data?: { readonly data: readonly number[] };
  readonly double_data?: { readonly data: readonly number[] };
  readonly string_data?: { readonly data: readonly string[] };
  readonly array_data?: { readonly data: readonly WireScalars[] };
  readonly json_data?: { readonly data: readonly Uint8Array[] };
  readonly geometry_data?: { readonly data: readonly Uint8Array[] };
  /** Microseconds since 1970. */
  readonly timestamptz_data?: { readonly data: readonly string[] };
}

export interface WireFieldData {
  readonly type: number;
  readonly field_name: string;
  readonly field_id: string;
  readonly is_dynamic: boolean;
  readonly scalars?: WireScalars;
  readonly vectors?: {
    readonly dim: string;
    readonly data?: string;
    readonly float_vector?: { readonly data: readonly number[] };
    readonly binary_vector?: Uint8Array;
    readonly float16_vector?: Uint8Array;
    readonly bfloat16_vector?: Uint8Array;
    readonly int8_vector?: Uint8Array;
    readonly sparse_float_vector?: { readonly contents: readonly Uint8Array[] };
    readonly vector_array?: { readonly data: readonly NonNullable<WireFieldData['vectors']>[] };
  };
  readonly struct_arrays?: { readonly fields: readonly WireFieldData[] };
  /** Of a field that may be null: for each row whether it has a value. */
  readonly valid_data?: readonly boolean[];
}

/** One line per RPC: what goes out and what comes back. `Status` alone is an answer, too. */
export interface WireCalls extends SnapshotWireCalls {
  Connect: {
    request: {
      client_info: {
        sdk_type: string;
        sdk_version: string;
        local_time: string;
        user: string;
        host: string;
      };
    };
    response: Answer & { server_info: { build_tags: string } | null; identifier: string };
  };
  GetVersion: { request: object; response: Answer & { version: string } };
  ListDatabases: { request: object; response: Answer & { db_names: readonly string[] } };
  DescribeDatabase: {
    request: { db_name: string };
    response: Answer & { db_name: string; dbID: string; properties: readonly WireKeyValue[] };
  };
  CreateDatabase: { request: { db_name: string }; response: WireStatus };
  AlterDatabase: {
    request: { db_name: string; properties: readonly WireKeyValue[] };
    response: WireStatus;
  };
  ShowCollections: {
    request: object;
    response: Answer & { collection_names: readonly string[] };
  };
  HasCollection: { request: OfCollection; response: Answer & { value: boolean } };
  DescribeCollection: {
    request: OfCollection;
    response: Answer & {
      schema: WireSchema | null;
      collectionID: string;
      virtual_channel_names: readonly string[];
      physical_channel_names: readonly string[];
      created_timestamp: string;
      shards_num: number;
      aliases: readonly string[];
      consistency_level: number;
      collection_name: string;
      properties: readonly WireKeyValue[];
      db_name: string;
      db_id: string;
    };
  };
  CreateCollection: {
    request: OfCollection & {
      schema: Uint8Array;
      shards_num: number;
      consistency_level: number;
      properties: readonly WireKeyValue[];
      num_partitions: number;
    };
    response: WireStatus;
  };
  DropCollection: { request: OfCollection; response: WireStatus };
  AddCollectionField: { request: OfCollection & { schema: Uint8Array }; response: WireStatus };
  AlterCollection: {
    request: OfCollection & { properties: readonly WireKeyValue[]; delete_keys?: readonly string[] };
    response: WireStatus;
  };
  CreateAlias: { request: OfCollection & { alias: string }; response: WireStatus };
  DropAlias: { request: { db_name: string; alias: string }; response: WireStatus };
  GetLoadState: { request: MaybePartitions; response: Answer & { state: number } };
  GetLoadingProgress: { request: MaybePartitions; response: Answer & { progress: string } };
  GetReplicas: {
    request: OfCollection & { collectionID: string };
    response: Answer & { replicas: readonly { resource_group_name: string }[] };
  };
  LoadCollection: { request: OfCollection & LoadParts; response: WireStatus };
  LoadPartitions: {
    request: OfCollection & LoadParts & { partition_names: readonly string[] };
    response: WireStatus;
  };
  GetCollectionStatistics: {
    request: OfCollection;
    response: Answer & { stats: readonly WireKeyValue[] };
  };
  ShowPartitions: {
    request: OfCollection;
    response: Answer & { partition_names: readonly string[]; partitionIDs: readonly string[] };
  };
  HasPartition: {
    request: OfCollection & { partition_name: string };
    response: Answer & { value: boolean };
  };
  CreatePartition: { request: OfCollection & { partition_name: string }; response: WireStatus };
  DescribeIndex: {
    request: OfCollection;
    response: Answer & {
      index_descriptions: readonly {
        index_name: string;
        indexID: string;
        field_name: string;
        params: readonly WireKeyValue[];
      }[];
    };
  };
  CreateIndex: {
    request: OfCollection & {
      field_name: string;
      index_name: string;
      extra_params: readonly WireKeyValue[];
    };
    response: WireStatus;
  };
  DropIndex: { request: OfCollection & { field_name: string; index_name: string }; response: WireStatus };
  Flush: {
    request: { collection_names: readonly string[] };
    response: Answer & {
      coll_segIDs: Readonly<Record<string, { data: readonly string[] }>>;
      coll_seal_times: Readonly<Record<string, string>>;
      coll_flush_ts: Readonly<Record<string, string>>;
      channel_cps: Readonly<Record<string, WirePosition>>;
    };
  };
  GetFlushState: {
    request: OfCollection & { segmentIDs: readonly string[]; flush_ts: string };
    response: Answer & { flushed: boolean };
  };
  FlushAll: {
    request: object;
    response: Answer & {
      flush_all_ts: string;
      /** By physical channel. */
      flush_all_msgs: Readonly<Record<string, { properties: Readonly<Record<string, string>> }>>;
      cluster_info: { cchannel: string; pchannels: readonly string[] } | null;
    };
  };
  GetFlushAllState: {
    request: { flush_all_ts?: string; flush_all_tss?: Readonly<Record<string, string>> };
    response: Answer & { flushed: boolean };
  };
  ReplicateMessage: {
    request: { channel_name: string };
    response: Answer & { position: string };
  };
  GetReplicateInfo: {
    request: { source_cluster_id: string; target_pchannel: string };
    response: { checkpoint: { time_tick: string } | null };
  };
  GetPersistentSegmentInfo: {
    request: { collectionName: string };
    response: Answer & {
      infos: readonly {
        segmentID: string;
        partitionID: string;
        num_rows: string;
        state: number;
        level: number;
        storage_version: string;
      }[];
    };
  };
  Import: {
    request: OfCollection & {
      partition_name: string;
      files: readonly string[];
      options: readonly WireKeyValue[];
    };
    response: Answer & { tasks: readonly string[] };
  };
  GetImportState: {
    request: { task: string };
    response: Answer & { state: number; row_count: string; infos: readonly WireKeyValue[] };
  };
  DropDatabase: { request: { db_name: string }; response: WireStatus };
  ReleaseCollection: { request: OfCollection; response: WireStatus };
  ReleasePartitions: {
    request: OfCollection & { partition_names: readonly string[] };
    response: WireStatus;
  };
  GetPartitionStatistics: {
    request: OfCollection & { partition_name: string };
    response: Answer & { stats: readonly WireKeyValue[] };
  };
  Query: {
    request: OfCollection & {
      expr: string;
      output_fields: readonly string[];
      /** 0: strong. */
      consistency_level: number;
      use_default_consistency: boolean;
    };
    response: Answer & { fields_data: readonly WireFieldData[] };
  };
  BackupRBAC: { request: object; response: Answer & { RBAC_meta: WireRbac | null } };
  RestoreRBAC: { request: { RBAC_meta: WireRbac }; response: WireStatus };
}

/** The same of streams, where each side sends as many as it likes. */
export interface WireStreams {
  CreateReplicateStream: {
    request: {
      replicate_message: {
        source_cluster_id: string;
        message: {
          id: { id: string; WAL_name: number } | null;
          payload: Uint8Array;
          properties: Readonly<Record<string, string>>;
        };
      };
    };
    response: { replicate_confirmed_message_info?: { confirmed_time_tick: string } | null };
  };
}

export type RpcName = keyof WireCalls;
export type RequestOf<Name extends RpcName> = WireCalls[Name]['request'];
export type ResponseOf<Name extends RpcName> = WireCalls[Name]['response'];

export type StreamName = keyof WireStreams;
export type StreamRequestOf<Name extends StreamName> = WireStreams[Name]['request'];
export type StreamResponseOf<Name extends StreamName> = WireStreams[Name]['response'];
