/**
 * A backup's metadata as the Go tool writes it: the messages of its backup.proto, under their JSON names.
 * Ids, log ids and hybrid timestamps (TSO) are `bigint`; sizes in bytes and row counts are `number`. Zero values are
 * present in memory and omitted in the files.
 */

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface BinlogMeta {
  /** Key in Milvus's own storage. Untrusted: never used to read or write. */
  readonly log_path: string;
  readonly log_size: number;
  readonly log_id: bigint;
}

export interface FieldBinlogMeta {
  /** 0 for row ids and for delta logs; with StorageV2 the column group. */
  readonly fieldID: bigint;
  readonly binlogs: readonly BinlogMeta[];
}

export interface SegmentMeta {
  readonly segment_id: bigint;
  readonly collection_id: bigint;
  /** -1: an L0 segment of all partitions. */
  readonly partition_id: bigint;
  /** Rows before deletes. */
  readonly num_of_rows: number;
  readonly binlogs: readonly FieldBinlogMeta[];
  readonly statslogs: readonly FieldBinlogMeta[];
  readonly deltalogs: readonly FieldBinlogMeta[];
  readonly size: number;
  readonly group_id: bigint;
  readonly backuped: boolean;
  readonly is_l0: boolean;
  readonly v_channel: string;
  readonly storage_version: bigint;
}

export interface PartitionMeta {
  readonly partition_id: bigint;
  readonly partition_name: string;
  readonly collection_id: bigint;
  readonly segment_backups: readonly SegmentMeta[];
  readonly size: number;
  readonly load_state: string;
}

export interface FieldSchemaMeta {
  readonly fieldID: bigint;
  readonly name: string;
  readonly is_primary_key: boolean;
  readonly description: string;
  readonly data_type: number;
  readonly type_params: readonly KeyValue[];
  readonly index_params: readonly KeyValue[];
  readonly autoID: boolean;
  readonly state: number;
  readonly element_type: number;
  readonly is_dynamic: boolean;
  readonly is_partition_key: boolean;
  readonly nullable: boolean;
  /** Raw protobuf bytes as a JSON string; written by old tools only. */
  readonly default_value_proto: string;
  /** schemapb.ValueField as base64. */
  readonly default_value_base64: string;
  readonly is_function_output: boolean;
}

export interface FunctionMeta {
  readonly name: string;
  readonly id: bigint;
  readonly description: string;
  readonly type: number;
  readonly input_field_names: readonly string[];
  readonly input_field_ids: readonly bigint[];
  readonly output_field_names: readonly string[];
  readonly output_field_ids: readonly bigint[];
  readonly params: readonly KeyValue[];
}

export interface StructArrayFieldMeta {
  readonly fieldID: bigint;
  readonly name: string;
  readonly description: string;
  readonly fields: readonly FieldSchemaMeta[];
}

export interface CollectionSchemaMeta {
  readonly name: string;
  readonly description: string;
  readonly autoID: boolean;
  readonly fields: readonly FieldSchemaMeta[];
  readonly enable_dynamic_field: boolean;
  readonly properties: readonly KeyValue[];
  readonly functions: readonly FunctionMeta[];
  readonly struct_array_fields: readonly StructArrayFieldMeta[];
}

export interface IndexMeta {
  readonly field_name: string;
  readonly index_name: string;
  readonly index_type: string;
  readonly params: Readonly<Record<string, string>>;
  readonly index_id: bigint;
  /** This and all below: only in backups that were made with the facts of etcd (`--backup_index_extra`). */
  readonly field_id?: bigint;
  /** TSO. */
  readonly create_time?: bigint;
  readonly type_params?: readonly KeyValue[];
  readonly index_params?: readonly KeyValue[];
  readonly user_index_params?: readonly KeyValue[];
  readonly is_auto_index?: boolean;
  readonly min_index_version?: number;
  readonly max_index_version?: number;
}

export interface SnapshotMeta {
  readonly metadata_path: string;
  readonly total_files: number;
  readonly total_bytes: number;
}

export interface CollectionMeta {
  /** Id of the backup. */
  readonly id: string;
  readonly collection_id: bigint;
  readonly db_name: string;
  readonly collection_name: string;
  readonly schema: CollectionSchemaMeta;
  readonly shards_num: number;
  readonly consistency_level: number;
  readonly partition_backups: readonly PartitionMeta[];
  /** TSO. */
  readonly backup_timestamp: bigint;
  readonly size: number;
  readonly has_index: boolean;
  readonly index_infos: readonly IndexMeta[];
  readonly load_state: string;
  /** Unix seconds. */
  readonly backup_physical_timestamp: bigint;
  /** vchannel to base64 of msgpb.MsgPosition. */
  readonly channel_checkpoints: Readonly<Record<string, string>>;
  /** Delete-only segments that belong to all partitions. */
  readonly l0_segments: readonly SegmentMeta[];
  readonly properties: readonly KeyValue[];
  readonly db_id: bigint;
  /** TSO. */
  readonly created_timestamp: bigint;
  readonly virtual_channel_names: readonly string[];
  readonly physical_channel_names: readonly string[];
  readonly aliases: readonly string[];
  readonly snapshot_backup: SnapshotMeta | null;
}

export interface DatabaseMeta {
  readonly db_name: string;
  readonly db_id: bigint;
  readonly properties: readonly KeyValue[];
  readonly ezk: string;
}

export interface RbacMeta {
  readonly users: readonly { user: string; password: string; roles: readonly { name: string }[] }[];
  readonly roles: readonly { name: string }[];
  readonly grants: readonly {
    role: { name: string };
    object: { name: string };
    object_name: string;
    grantor: { user: { name: string }; privilege: { name: string } };
    db_name: string;
  }[];
  readonly privilege_groups: readonly { group_name: string; privileges: readonly { name: string }[] }[];
}

export interface RpcChannelMeta {
  readonly name: string;
  readonly position: string;
}

/** The whole tree of one backup: the content of `full_meta.json`. */
export interface BackupMeta {
  readonly id: string;
  readonly state_code: number;
  readonly name: string;
  readonly backup_timestamp: bigint;
  readonly collection_backups: readonly CollectionMeta[];
  readonly size: number;
  readonly milvus_version: string;
  readonly rbac_meta: RbacMeta | null;
  readonly rpc_channel_info: RpcChannelMeta | null;
  readonly database_backups: readonly DatabaseMeta[];
  readonly flush_all_msgs_base64: Readonly<Record<string, string>>;
  readonly control_channel_name: string;
  readonly physical_channel_names: readonly string[];
  /** Empty: binlogs. */
  readonly format: string;
}
