import { z } from '@hono/zod-openapi';
import { int64, stateCode } from './common.js';

const keyValue = z.object({ key: z.string(), value: z.string() }).openapi('KeyValue');

const collectionBackup = z
  .object({
    id: z.string().openapi({ description: 'Id of the backup' }),
    collection_id: int64,
    db_name: z.string(),
    collection_name: z.string(),
    schema: z.looseObject({ name: z.string(), fields: z.array(z.looseObject({ name: z.string() })) }),
    shards_num: z.int(),
    backup_timestamp: int64.openapi({ description: 'Hybrid timestamp' }),
    size: int64,
    has_index: z.boolean(),
    index_infos: z.array(z.looseObject({ field_name: z.string(), index_name: z.string() })),
    load_state: z.string(),
    backup_physical_timestamp: int64.openapi({ description: 'Unix seconds' }),
    channel_checkpoints: z.record(z.string(), z.string()),
    properties: z.array(keyValue),
  })
  .partial()
  .openapi('CollectionBackup');

/** A backup and the run that makes it: the `data` of `get_backup` and of a sync `create`. */
export const backupInfo = z
  .object({
    id: z.string().optional(),
    state_code: stateCode,
    errorMessage: z.string().optional(),
    start_time: int64.optional().openapi({ description: 'Unix seconds' }),
    end_time: int64.optional().openapi({ description: 'Unix seconds; -62135596800 while running' }),
    progress: z.int().openapi({ description: 'Percent' }),
    name: z.string().optional(),
    backup_timestamp: int64.optional().openapi({ description: 'Hybrid timestamp' }),
    collection_backups: z.array(collectionBackup).optional(),
    size: int64.openapi({ description: 'Bytes of binlogs' }),
    milvus_version: z.string().optional(),
    rpc_channel_info: z.object({ name: z.string(), position: z.string() }).optional(),
    database_backups: z.array(z.looseObject({ db_name: z.string(), db_id: int64.optional() })).optional(),
    meta_size: int64.openapi({ description: 'Bytes of metadata' }),
    format: z.string().optional(),
  })
  .openapi('BackupInfo');
