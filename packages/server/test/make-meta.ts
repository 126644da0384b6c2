import type { BackupMeta, CollectionMeta } from '@milvus-backup/core';

/** Beyond 2^53: a number would come back as another id. */
export const collectionId = 470635130682481694n;

/** Metadata as a finished backup of the default database has it, with one collection. */
export const makeMeta = (name: string, id: string): BackupMeta => ({
  id,
  state_code: 0,
  name,
  backup_timestamp: 0n,
  collection_backups: [makeCollection(id)],
  size: 538848,
  milvus_version: 'v2.3.5-lite',
  rbac_meta: null,
  rpc_channel_info: null,
  database_backups: [{ db_name: 'default', db_id: 0n, properties: [], ezk: '' }],
  flush_all_msgs_base64: {},
  control_channel_name: '',
  physical_channel_names: [],
  format: '',
});

const makeCollection = (id: string): CollectionMeta => ({
  id,
  collection_id: collectionId,
  db_name: 'default',
  collection_name: 'coll1',
  schema: {
    name: 'coll1',
    description: '',
    autoID: false,
    fields: [],
    enable_dynamic_field: false,
    properties: [],
    functions: [],
    struct_array_fields: [],
  },
  shards_num: 1,
  consistency_level: 0,
  partition_backups: [],
  backup_timestamp: 470635130682481699n,
  size: 538848,
  has_index: false,
  index_infos: [],
  load_state: 'NotLoad',
  backup_physical_timestamp: 1795331274n,
  channel_checkpoints: {},
  l0_segments: [],
  properties: [],
  db_id: 0n,
  created_timestamp: 0n,
  virtual_channel_names: [],
  physical_channel_names: [],
  aliases: [],
  snapshot_backup: null,
});
