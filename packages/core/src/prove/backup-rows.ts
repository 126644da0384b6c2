import { createDeleteIndex, type DeleteIndex } from '../binlog/delete-index.js';
import { type ColumnValues, readDeletes, readRows } from '../binlog/index.js';
import type { StorageDriver } from '../driver/driver.js';
import { BackupError, throwIfAborted } from '../errors/index.js';
import { groupBy } from '../group-by.js';
import type { CollectionMeta, FieldSchemaMeta } from '../meta/types.js';
import type { QueriedValue } from '../milvus/gateway.js';
import { bytesOfFloats, nameStructPart, slices, textOfArray, textOfVectors } from '../milvus/query-values.js';
import {
  allPartitions,
  type BackupLogObject,
  listBackupLogs,
  placedSegments,
  sortLogs,
} from '../restore/backup-logs.js';

export interface BackupRowsInput {
  readonly driver: StorageDriver;
  readonly root: string;
  readonly name: string;
  readonly collection: CollectionMeta;
  readonly signal: AbortSignal;
  /** Told of a field whose values are of a form that is not decoded here. */
  readonly onSkipped?: (field: string) => void;
}

/** Some rows of a backup, of one segment. */
export interface BackupRows {
  readonly keys: readonly (bigint | string)[];
  /** By name of the field, the key among them. */
  readonly columns: ReadonlyMap<string, readonly QueriedValue[]>;
  /** Whether a delete in the backup removes the row. */
  readonly removed: readonly boolean[];
}

const dataTypes = { array: 22, arrayOfVector: 106 } as const;

/**
 * The fields that a backup can be compared by, parts of structs among them as `struct[part]`. What a function computes is left to
 * Milvus.
 */
export function comparedFields({ schema }: CollectionMeta): FieldSchemaMeta[] {
  const parts = schema.struct_array_fields.flatMap((struct) =>
    struct.fields.map((field) => ({ ...field, name: nameStructPart(struct.name, field.name) })),
  );
  return [...schema.fields.filter((field) => !field.is_function_output), ...parts];
}

/** By what a query asks for them: a struct is asked for as a whole. */
export function queriedNames({ schema }: CollectionMeta, fields: Iterable<string>): string[] {
  const structs = new Map(
    schema.struct_array_fields.flatMap(({ name, fields: parts }) =>
      parts.map((part) => [nameStructPart(name, part.name), name] as const),
    ),
  );
  return [...new Set(Array.from(fields, (field) => structs.get(field) ?? field))];
}

export function keyFieldOf(collection: CollectionMeta): FieldSchemaMeta {
  const field = collection.schema.fields.find((one) => one.is_primary_key);
  if (field) return field;
  throw new BackupError({
    code: 'META_UNREADABLE',
    message: `the schema of ${collection.db_name}.${collection.collection_name} has no primary key`,
  });
}

/**
 * All rows of a collection as its binlogs hold them, those that its deletes remove marked. One flush of one segment is held at a
 * time, of packed files one row group, and the deletes of one segment and of all L0 segments.
 * @throws BackupError `VERIFY_FAILED` for damaged logs, `FORMAT_UNSUPPORTED` for a form that is not decoded here
 */
export async function* readBackupRows(input: BackupRowsInput): AsyncGenerator<BackupRows> {
  const { driver, root, name, collection, signal } = input;
  const listed = await listBackupLogs(driver, root, name, collection.collection_id, signal);
  const { known } = sortLogs(collection, listed);
  assertReadable(collection);
  const l0 = await readLevelZero(input, known);
  for (const logs of groupBy(known, (log) => `${log.partition}/${log.segment}`).values()) {
    const [first] = logs;
    if (!first || !logs.some((log) => log.kind === 'insert')) continue;
    throwIfAborted(signal);
    const deletes = createDeleteIndex();
    for (const log of logs) if (log.kind === 'delta') await addDeletes(input, log, deletes);
    const removers = [deletes, ...l0.filter((one) => one.fits(first.partition)).map((one) => one.deletes)];
    yield* readSegment(input, logs, removers);
  }
}

/** Files of StorageV3 are named by a manifest of their own, which no backup of binlogs holds. */
function assertReadable(collection: CollectionMeta): void {
  for (const { segment } of placedSegments(collection)) {
    if (segment.storage_version <= 2n) continue;
    throw new BackupError({
      code: 'FORMAT_UNSUPPORTED',
      message: `the rows of ${collection.db_name}.${collection.collection_name} cannot be read: segment ${segment.segment_id} is of StorageV${segment.storage_version}, which is not decoded here`,
      remedy: 'prove this restore by counts',
    });
  }
}

interface LevelZero {
  readonly fits: (partition: bigint) => boolean;
  readonly deletes: DeleteIndex;
}

/** Deletes of segments that hold nothing else; they are for the rows of others. */
async function readLevelZero(
  input: BackupRowsInput,
  known: readonly BackupLogObject[],
): Promise<LevelZero[]> {
  const found: LevelZero[] = [];
  for (const logs of groupBy(known, (log) => `${log.partition}/${log.segment}`).values()) {
    const [first] = logs;
    if (!first || logs.some((log) => log.kind === 'insert')) continue;
    const deletes = createDeleteIndex();
    for (const log of logs) await addDeletes(input, log, deletes);
    const { partition } = first;
    found.push({ deletes, fits: (one) => partition === allPartitions || partition === one });
  }
  return found;
}

async function addDeletes(input: BackupRowsInput, log: BackupLogObject, index: DeleteIndex): Promise<void> {
  for (const { pk, ts } of await readDeletes(await readLog(input, log))) index.add(pk, ts);
}

async function* readSegment(
  input: BackupRowsInput,
  logs: readonly BackupLogObject[],
  removers: readonly DeleteIndex[],
): AsyncGenerator<BackupRows> {
  const { driver, collection, signal, onSkipped } = input;
  const key = keyFieldOf(collection);
  const compared = new Map(comparedFields(collection).map((field) => [field.fieldID, field]));
  const blocks = readRows({
    driver,
    logs,
    key: key.fieldID,
    fields: [...compared.keys()],
    signal,
    onSkipped: (id) => onSkipped?.(compared.get(id)?.name ?? String(id)),
  });
  for await (const block of blocks) {
    const columns = new Map<string, readonly QueriedValue[]>();
    for (const [id, values] of block.columns) {
      const field = compared.get(id);
      if (field) columns.set(field.name, await toValues(values, field));
    }
    const keys = Array.from<bigint | string>(block.keys);
    const removed = keys.map((pk, row) => {
      const ts = BigInt.asUintN(64, block.times[row] ?? 0n);
      return removers.some((one) => one.removes(pk, ts));
    });
    yield { keys, columns, removed };
  }
}

async function toValues(column: ColumnValues, field: FieldSchemaMeta): Promise<readonly QueriedValue[]> {
  const values = await allValues(column, field);
  const { present } = column;
  return present ? values.map((value, row) => (present[row] ? value : null)) : values;
}

async function allValues(column: ColumnValues, field: FieldSchemaMeta): Promise<readonly QueriedValue[]> {
  switch (column.type) {
    case 'bool':
    case 'string':
      return column.values;
    case 'int':
      return Array.from(column.values, BigInt);
    case 'long':
      return Array.from(column.values);
    case 'float':
    case 'double':
      return slices(bytesOfFloats(column.values), column.values.length);
    case 'bytes': {
      const { array, arrayOfVector } = dataTypes;
      if (field.data_type !== array && field.data_type !== arrayOfVector) return column.values;
      const { loadWire } = await import('../milvus/wire.js');
      const wire = loadWire();
      if (field.data_type === array)
        return column.values.map((bytes) =>
          textOfArray(wire.decode('milvus.proto.schema.ScalarField', bytes)),
        );
      return column.values.map((bytes) =>
        textOfVectors(wire.decode('milvus.proto.schema.VectorField', bytes)),
      );
    }
  }
}

async function readLog({ driver, signal }: BackupRowsInput, { key }: BackupLogObject): Promise<Uint8Array> {
  const { body } = await driver.get(key, { signal });
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}
