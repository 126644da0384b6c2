import type { GoStruct } from './go-json.js';
import { backup, collection } from './messages.js';
import type { BackupMeta, CollectionMeta } from './types.js';

/** What a run adds to the brief; times in Unix seconds. */
export interface BriefTask {
  readonly id: string;
  readonly name: string;
  readonly stateCode: number;
  readonly errorMessage: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly progress: number;
}

export interface BriefInput {
  /** Absent while the backup is being made, and after it failed. */
  readonly meta?: BackupMeta | undefined;
  /** Bytes of the files under `meta/`. */
  readonly metaSize?: number | undefined;
  /** Absent on the command line, where state and progress are 0 and there are no times. */
  readonly task?: BriefTask | undefined;
}

/**
 * A backup as `get` and REST `get_backup` show it, keys in the peer's order, for `encodeGoJson`: collections without
 * partitions and segments, zero values left out but for those the peer always writes.
 */
export function briefOf(input: BriefInput): GoStruct {
  const { meta = backup.zero, metaSize = 0, task } = input;
  const encoded = backup.encode({ ...meta, collection_backups: [] });
  const collections = meta.collection_backups.map(briefOfCollection);
  return {
    id: task?.id || undefined,
    state_code: task?.stateCode ?? 0,
    errorMessage: task?.errorMessage || undefined,
    start_time: task?.startTime || undefined,
    end_time: task?.endTime || undefined,
    progress: task?.progress ?? 0,
    name: task?.name || meta.name || undefined,
    backup_timestamp: encoded.backup_timestamp,
    collection_backups: collections.length > 0 ? collections : undefined,
    size: meta.size,
    milvus_version: encoded.milvus_version,
    rpc_channel_info: encoded.rpc_channel_info,
    database_backups: encoded.database_backups,
    meta_size: metaSize,
    format: encoded.format,
  };
}

/** The keys of a collection in the brief. */
const briefKeys = [
  'id',
  'collection_id',
  'db_name',
  'collection_name',
  'schema',
  'shards_num',
  'backup_timestamp',
  'size',
  'has_index',
  'index_infos',
  'load_state',
  'backup_physical_timestamp',
  'channel_checkpoints',
  'properties',
] as const satisfies readonly (keyof CollectionMeta)[];

function briefOfCollection(whole: CollectionMeta): GoStruct {
  const encoded = collection.encode({ ...whole, partition_backups: [], l0_segments: [] });
  return Object.fromEntries(briefKeys.map((key) => [key, encoded[key]]));
}
