/** The parts of a backup's `full_meta.json` that the tests speak of, as {@link parseMeta} gives them. */
export interface GoldenBackup {
  readonly id: string;
  readonly name: string;
  readonly size: bigint;
  readonly milvus_version: string;
  readonly collection_backups: readonly GoldenCollection[];
  readonly database_backups?: readonly { readonly db_name: string }[];
}

export interface GoldenCollection {
  readonly collection_id: bigint;
  readonly db_name: string;
  readonly collection_name: string;
  readonly schema: {
    readonly name: string;
    readonly description?: string;
    readonly fields: readonly GoldenField[];
    readonly enable_dynamic_field?: boolean;
  };
  readonly shards_num: bigint;
  readonly consistency_level?: bigint;
  readonly partition_backups: readonly GoldenPartition[];
  readonly index_infos?: readonly GoldenIndex[];
  readonly load_state: string;
  readonly properties?: readonly KeyValue[];
  readonly aliases?: readonly string[];
}

export interface GoldenField {
  readonly fieldID: bigint;
  readonly name: string;
  readonly description?: string;
  readonly is_primary_key?: boolean;
  readonly data_type: bigint;
  readonly type_params?: readonly KeyValue[];
  readonly autoID?: boolean;
  readonly is_partition_key?: boolean;
  readonly element_type?: bigint;
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface GoldenIndex {
  readonly field_name: string;
  readonly index_name: string;
  readonly params: Readonly<Record<string, string>>;
}

export interface GoldenPartition {
  readonly partition_id: bigint;
  readonly partition_name: string;
  readonly segment_backups?: readonly GoldenSegment[];
}

export interface GoldenSegment {
  readonly segment_id: bigint;
  readonly partition_id: bigint;
  readonly collection_id: bigint;
  readonly num_of_rows: bigint;
  readonly group_id: bigint;
  readonly size: bigint;
  readonly binlogs: readonly GoldenFieldLogs[];
  readonly deltalogs: readonly GoldenFieldLogs[];
}

export interface GoldenFieldLogs {
  readonly fieldID?: bigint;
  readonly binlogs?: readonly {
    readonly log_path: string;
    readonly log_size: bigint;
    readonly log_id?: bigint;
  }[];
}

/** `db.collection` */
export function nameOf(collection: Pick<GoldenCollection, 'db_name' | 'collection_name'>): string {
  return `${collection.db_name}.${collection.collection_name}`;
}

/** @throws Error when the backup has no such collection */
export function collectionOf(backup: GoldenBackup, name: string): GoldenCollection {
  const found = backup.collection_backups.find((collection) => nameOf(collection) === name);
  if (found === undefined) throw new Error(`backup ${backup.name} has no collection ${name}`);
  return found;
}
