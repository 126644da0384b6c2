import type { StorageSection } from './config/types.js';
import type { CollectionFilter, CollectionName, RenameRules } from './filter/types.js';

export const backupStrategies = ['auto', 'serial_flush', 'bulk_flush', 'skip_flush', 'meta_only'] as const;
export type BackupStrategy = (typeof backupStrategies)[number];

/** `auto`: snapshots from Milvus 3.0 on, binlogs before. */
export const backupFormats = ['auto', 'binlog', 'snapshot'] as const;
export type BackupFormat = (typeof backupFormats)[number];

/** What a collection that is dropped, or made anew, during the run means. */
export const onMissingModes = ['fail', 'skip', 'retry'] as const;
export type OnMissing = (typeof onMissingModes)[number];

export interface CreateRequest {
  /** Id of the run and of the backup; a UUID is made when absent. */
  readonly id?: string | undefined;
  /** Empty or absent: `backup_YYYY_MM_DD_HH_MM_SS_<nanoseconds>` in UTC. */
  readonly name?: string | undefined;
  /** Absent: everything. */
  readonly filter?: CollectionFilter | undefined;
  readonly strategy?: BackupStrategy | undefined;
  /** Default `auto`. */
  readonly format?: BackupFormat | undefined;
  readonly rbac?: boolean | undefined;
  /** Adds what Milvus tells of indexes and dynamic fields in etcd alone; needs `milvus.etcd`. */
  readonly indexExtra?: boolean | undefined;
  /** `false` starts over where an earlier run of that name was cut short. Default true: goes on. */
  readonly resume?: boolean | undefined;
  /** Collections that fail are left out, and the run ends `partial`. Default false: the first failure ends it. */
  readonly keepGoing?: boolean | undefined;
  /**
   * `fail` ends the run, `skip` leaves the collection out and ends it `partial`, `retry` takes one that was made anew
   * and fails for one that is gone. Default `retry`.
   */
  readonly onMissing?: OnMissing | undefined;
  /** Replaces the configured backup root for this run. */
  readonly rootPath?: string | undefined;
  /** Can switch the pause on when the configuration has it off, not the other way (as the Go tool). */
  readonly pauseGC?: boolean | undefined;
  /** Replaces the configured management URL. */
  readonly managementEndpoint?: string | undefined;
  /** As the Go tool: a filter that is empty makes a backup of nothing, and that is a success. */
  readonly compat?: boolean | undefined;
}

/** A copy of a committed backup from one store to another. */
export interface CopyRequest {
  /** Id of the run; a UUID is made when absent. */
  readonly id?: string | undefined;
  readonly name: string;
  /**
   * `backup` or absent: the configured `backup.storage`; else a name below `storages` of the configuration. A whole section is for
   * programs and the command line: never make one of what a stranger sent.
   */
  readonly from?: string | StorageSection | undefined;
  /** As `from`. */
  readonly to?: string | StorageSection | undefined;
  /** The name at the target; absent or empty: the same. */
  readonly as?: string | undefined;
  /** Makes the bucket of the target when it is not there. Default: that is an error, as its name may be misspelt. A directory is always made. */
  readonly createBucket?: boolean | undefined;
}

/** A backup that is sent to Zilliz Cloud and imported there. */
export interface MigrateRequest {
  /** Id of the run, and path of the upload; a UUID is made when absent. */
  readonly id?: string | undefined;
  readonly name: string;
  /** The target, such as `in01-0123456789abcde`. */
  readonly clusterId: string;
  /** `false` sends all anew where an earlier run to that cluster was cut short. Default true: goes on. */
  readonly resume?: boolean | undefined;
}

/** A second backup in which the deletes of L0 segments lie beside the rows that they hit. */
export interface L0CompactRequest {
  /** Id of the run and of the new backup; a UUID is made when absent. */
  readonly id?: string | undefined;
  readonly name: string;
  /** Name of the new backup; absent or empty: `<name>_l0compacted`. */
  readonly output?: string | undefined;
  /** Gives up a backup, whole or not, that has that name. */
  readonly force?: boolean | undefined;
}

/** One mapping of a restore plan: where a database and its collections go. */
export interface RestoreMapping {
  readonly source: string;
  readonly target: string;
  /** Sets the properties of the source database also where the target database is there and in use. */
  readonly withProperties?: boolean | undefined;
  readonly collections: readonly {
    readonly source: string;
    readonly target: string;
    readonly shardNum?: number | undefined;
    readonly description?: string | undefined;
  }[];
}

export interface RestoreRequest {
  /** Id of the run; `restore_YYYY_MM_DD_HH_MM_SS_<nanoseconds>` when absent. */
  readonly id?: string | undefined;
  readonly name: string;
  /** By names in the backup. */
  readonly sourceFilter?: CollectionFilter | undefined;
  /** By names after renaming. */
  readonly targetFilter?: CollectionFilter | undefined;
  readonly suffix?: string | undefined;
  readonly rename?: RenameRules | undefined;
  readonly plan?: readonly RestoreMapping[] | undefined;
  readonly rebuildIndex?: boolean | undefined;
  readonly useAutoIndex?: boolean | undefined;
  readonly dropExistCollection?: boolean | undefined;
  readonly dropExistIndex?: boolean | undefined;
  readonly skipCreateCollection?: boolean | undefined;
  readonly metaOnly?: boolean | undefined;
  readonly rbac?: boolean | undefined;
  /** Upper bound for shards; 0 is none. */
  readonly maxShardNum?: number | undefined;
  readonly skipParams?: SkipParams | undefined;
  /** Leaves out properties of collections (time to live, mmap) and databases. */
  readonly skipProperties?: boolean | undefined;
  readonly skipAliases?: boolean | undefined;
  /** Loads nothing; without it, what was in memory at the time of the backup is loaded again. */
  readonly skipLoad?: boolean | undefined;
  /**
   * As the Go tool: no properties, aliases and loading, and a filter that chooses nothing is a success. Wins over the options
   * above.
   */
  readonly compat?: boolean | undefined;
  /** `false` starts over where the same restore was cut short. Default true: goes on. */
  readonly resume?: boolean | undefined;
  /** A collection that fails keeps the others from nothing, and the run ends `partial`. Default false: it ends the run. */
  readonly keepGoing?: boolean | undefined;
  /**
   * `full` compares every row, with vectors and all other fields, after the restore; it loads what is not loaded, and releases it
   * again. Default `counts`: rows of every import, partition and collection.
   */
  readonly prove?: 'counts' | 'full' | undefined;
  /** `true` imports by REST jobs, `false` by gRPC. Default: by what the server's version has. */
  readonly useV2Restore?: boolean | undefined;
  /** Leaves out rows and deletes that came after the checkpoint of their channel. */
  readonly truncateBinlogByTs?: boolean | undefined;
  /** Keys of encrypted databases: that of the backup to the one that the import is told instead. */
  readonly ezkMapping?: Readonly<Record<string, string>> | undefined;
  /** Tries it on a Milvus that is older than the backup's instead of refusing. */
  readonly allowOlderMilvus?: boolean | undefined;
  /** Replace the configured bucket and root of the backup for this run. */
  readonly bucketName?: string | undefined;
  readonly rootPath?: string | undefined;
}

/** A restore of a whole backup into the secondary cluster of a replication, for Milvus 2.6.11 and newer. */
export interface RestoreSecondaryRequest {
  /** Id of the run; `restore_YYYY_MM_DD_HH_MM_SS_<nanoseconds>` when absent. */
  readonly id?: string | undefined;
  readonly name: string;
  /** Of the cluster that the backup was made of, as the replication is configured with it. */
  readonly sourceClusterId: string;
  /** Of the Milvus that the configuration names. */
  readonly targetClusterId: string;
  /** `false` refuses what an interrupted try at the same restore has left in the target. Default true: goes on. */
  readonly resume?: boolean | undefined;
  /** Replaces the configured root of the backup for this run. */
  readonly rootPath?: string | undefined;
}

export interface SkipParams {
  readonly collectionProperties?: readonly string[] | undefined;
  readonly fieldIndexParams?: readonly string[] | undefined;
  readonly fieldTypeParams?: readonly string[] | undefined;
  readonly indexParams?: readonly string[] | undefined;
}

export type { CollectionFilter, CollectionName, RenameRules };
