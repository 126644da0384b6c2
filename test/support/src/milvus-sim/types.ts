/** Messages of the Milvus proto as the simulator keeps them: 64-bit integers as decimal strings, enums as numbers. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface Field {
  readonly fieldID: string;
  readonly name: string;
  readonly data_type: number;
  readonly element_type: number;
  readonly is_primary_key: boolean;
  readonly is_partition_key: boolean;
  readonly is_clustering_key: boolean;
  readonly is_dynamic: boolean;
  readonly is_function_output: boolean;
  readonly autoID: boolean;
  readonly nullable: boolean;
  readonly default_value: object | null;
  readonly type_params: readonly KeyValue[];
}

export interface StructField {
  readonly fieldID: string;
  readonly name: string;
  readonly fields: readonly Field[];
}

export interface SimFunction {
  readonly name: string;
  readonly type: number;
  readonly input_field_names: readonly string[];
  readonly output_field_names: readonly string[];
}

export interface Schema {
  readonly name: string;
  readonly description: string;
  readonly autoID: boolean;
  readonly enable_dynamic_field: boolean;
  readonly fields: readonly Field[];
  readonly struct_array_fields: readonly StructField[];
  readonly functions: readonly SimFunction[];
  readonly properties: readonly KeyValue[];
}

/** A row's value in one field: numbers up to 32 bits and floats as `number`, all wider things as bytes; null when null. */
export type Value = number | bigint | boolean | string | Buffer | null;

/** One field's values, a value a row. */
export type Column = Value[];

export interface LogFiles {
  /** Field, or column group in storage version 2. */
  readonly field: bigint;
  readonly logs: readonly bigint[];
}

export interface Segment {
  readonly id: bigint;
  /** -1: an L0 segment for all partitions. */
  readonly partitionId: bigint;
  /** Virtual channel. */
  readonly channel: string;
  readonly level: 'data' | 'l0';
  state: 'growing' | 'flushed';
  readonly storageVersion: number;
  /** By field id; without the system fields. */
  readonly columns: Map<string, Column>;
  readonly rowIds: bigint[];
  /** TSO a row. */
  readonly timestamps: bigint[];
  insertLogs: LogFiles[];
  deltaLogs: bigint[];
}

export interface DeleteRecord {
  readonly key: string;
  readonly timestamp: bigint;
  /** -1: in all partitions. */
  readonly partitionId: bigint;
  readonly channel: string;
  flushed: boolean;
}

export interface Partition {
  readonly id: bigint;
  readonly name: string;
  readonly createdTimestamp: bigint;
}

export interface SimIndex {
  readonly id: bigint;
  readonly field: string;
  readonly name: string;
  params: KeyValue[];
}

export interface Collection {
  readonly id: bigint;
  readonly database: string;
  name: string;
  schema: Schema;
  readonly shards: number;
  readonly consistencyLevel: number;
  properties: KeyValue[];
  readonly aliases: Set<string>;
  readonly createdTimestamp: bigint;
  readonly virtualChannels: readonly string[];
  readonly physicalChannels: readonly string[];
  readonly partitions: Map<string, Partition>;
  readonly segments: Map<bigint, Segment>;
  deletes: DeleteRecord[];
  indexes: SimIndex[];
  /** Names of loaded partitions. */
  readonly loaded: Set<string>;
  replicas: number;
  resourceGroups: readonly string[];
}

export interface Database {
  readonly name: string;
  readonly id: bigint;
  readonly createdTimestamp: bigint;
  properties: KeyValue[];
  readonly collections: Map<string, Collection>;
}
