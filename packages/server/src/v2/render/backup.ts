import type { BackupDetails, CollectionMeta, KeyValue, TaskView } from '@milvus-backup/core';
import { renderJob } from './job.js';

export const renderBackup = ({ meta, metaSize }: BackupDetails, view: TaskView | null) => ({
  id: meta.id,
  name: meta.name,
  size: meta.size,
  metaSize,
  milvusVersion: meta.milvus_version,
  format: meta.format || 'binlog',
  databases: meta.database_backups.map(({ db_name: name, db_id: id, properties }) => ({
    name,
    id: String(id),
    properties: properties.map(renderKeyValue),
  })),
  collections: meta.collection_backups.map(renderCollection),
  job: view && renderJob(view),
});

const renderCollection = (meta: CollectionMeta) => ({
  database: meta.db_name || 'default',
  name: meta.collection_name,
  id: String(meta.collection_id),
  size: meta.size,
  shards: meta.shards_num,
  loadState: meta.load_state,
  backupTimestamp: String(meta.backup_timestamp),
  fields: (meta.schema?.fields ?? []).map(
    ({ name, data_type: dataType, is_primary_key: primaryKey, description }) => ({
      name,
      dataType,
      primaryKey,
      description,
    }),
  ),
  indexes: meta.index_infos.map(({ field_name: field, index_name: name, index_type: type }) => ({
    field,
    name,
    type,
  })),
  properties: meta.properties.map(renderKeyValue),
});

const renderKeyValue = ({ key, value }: KeyValue) => ({ key, value });
