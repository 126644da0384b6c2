import {
  count,
  flag,
  int32,
  int64,
  kept,
  list,
  type MessageCodec,
  message,
  optional,
  text,
  textMap,
  uint64,
} from './codec.js';
import { collectionSchema, indexInfo, keyValue } from './schema-messages.js';
import type {
  BackupMeta,
  BinlogMeta,
  CollectionMeta,
  DatabaseMeta,
  FieldBinlogMeta,
  PartitionMeta,
  RbacMeta,
  RpcChannelMeta,
  SegmentMeta,
  SnapshotMeta,
} from './types.js';

export const binlog: MessageCodec<BinlogMeta> = message({
  log_path: text,
  log_size: kept(count),
  log_id: int64,
});

export const fieldBinlog: MessageCodec<FieldBinlogMeta> = message({ fieldID: int64, binlogs: list(binlog) });

export const segment: MessageCodec<SegmentMeta> = message({
  segment_id: int64,
  collection_id: int64,
  partition_id: int64,
  num_of_rows: count,
  binlogs: list(fieldBinlog),
  statslogs: list(fieldBinlog),
  deltalogs: list(fieldBinlog),
  size: kept(count),
  group_id: int64,
  backuped: flag,
  is_l0: flag,
  v_channel: text,
  storage_version: int64,
});

export const partition: MessageCodec<PartitionMeta> = message({
  partition_id: int64,
  partition_name: text,
  collection_id: int64,
  segment_backups: list(segment),
  size: kept(count),
  load_state: text,
});

export const snapshot: MessageCodec<SnapshotMeta> = message({
  metadata_path: text,
  total_files: count,
  total_bytes: count,
});

export const collection: MessageCodec<CollectionMeta> = message({
  id: text,
  collection_id: int64,
  db_name: text,
  collection_name: text,
  schema: collectionSchema,
  shards_num: int32,
  consistency_level: int32,
  partition_backups: list(partition),
  backup_timestamp: uint64,
  size: kept(count),
  has_index: kept(flag),
  index_infos: list(indexInfo),
  load_state: text,
  backup_physical_timestamp: uint64,
  channel_checkpoints: textMap,
  l0_segments: list(segment),
  properties: list(keyValue),
  db_id: int64,
  created_timestamp: uint64,
  virtual_channel_names: list(text),
  physical_channel_names: list(text),
  aliases: list(text),
  snapshot_backup: optional(snapshot),
});

export const database: MessageCodec<DatabaseMeta> = message({
  db_name: text,
  db_id: int64,
  properties: list(keyValue),
  ezk: text,
});

const named: MessageCodec<{ name: string }> = message({ name: text });

type ItemOf<L> = L extends readonly (infer Item)[] ? Item : never;

const user: MessageCodec<ItemOf<RbacMeta['users']>> = message({
  user: text,
  password: text,
  roles: list(named),
});

const grantor: MessageCodec<ItemOf<RbacMeta['grants']>['grantor']> = message({
  user: kept(named),
  privilege: kept(named),
});

const grant: MessageCodec<ItemOf<RbacMeta['grants']>> = message({
  role: kept(named),
  object: kept(named),
  object_name: text,
  grantor: kept(grantor),
  db_name: text,
});

const privilegeGroup: MessageCodec<ItemOf<RbacMeta['privilege_groups']>> = message({
  group_name: text,
  privileges: list(named),
});

export const rbac: MessageCodec<RbacMeta> = message({
  users: list(user),
  roles: list(named),
  grants: list(grant),
  privilege_groups: list(privilegeGroup),
});

export const rpcChannel: MessageCodec<RpcChannelMeta> = message({ name: text, position: text });

export const backup: MessageCodec<BackupMeta> = message({
  id: text,
  state_code: kept(int32),
  name: text,
  backup_timestamp: uint64,
  collection_backups: list(collection),
  size: kept(count),
  milvus_version: text,
  rbac_meta: optional(rbac),
  rpc_channel_info: optional(rpcChannel),
  database_backups: list(database),
  flush_all_msgs_base64: textMap,
  control_channel_name: text,
  physical_channel_names: list(text),
  format: text,
});

/** The roots of `collection_meta.json`, `partition_meta.json` and `segment_meta.json`. */
export const collectionInfos: MessageCodec<{ infos: readonly CollectionMeta[] }> = message({
  infos: list(collection),
});
export const partitionInfos: MessageCodec<{ infos: readonly PartitionMeta[] }> = message({
  infos: list(partition),
});
export const segmentInfos: MessageCodec<{ infos: readonly SegmentMeta[] }> = message({
  infos: list(segment),
});
