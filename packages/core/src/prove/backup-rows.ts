import { createDeleteIndex, type DeleteIndex } from '../binlog/delete-index.js';
import { type ColumnValues, isBareParquet, parseBinlog, readColumn, readDeletes } from '../binlog/index.js';
import type { StorageDriver } from '../driver/driver.js';
import { BackupError, throwIfAborted } from '../errors/index.js';
import { groupBy } from '../group-by.js';
import type { CollectionMeta, FieldSchemaMeta } from '../meta/types.js';
import type { QueriedValue } from '../milvus/gateway.js';
import { bytesOfFloats, slices, textOfArray } from '../milvus/query-values.js';
import { allPartitions, type BackupLogObject, listBackupLogs, sortLogs } from '../restore/backup-logs.js';

export interface BackupRowsInput {
  readonly driver: StorageDriver;
  readonly root: string;
  readonly name: string;
  readonly collection: CollectionMeta;
  readonly signal: AbortSignal;
}

/** Some rows of a backup, of one flush of one segment. */
export interface BackupRows {
  readonly keys: readonly (bigint | string)[];
  /** By name of the field, the key among them. */
  readonly columns: ReadonlyMap<string, readonly QueriedValue[]>;
  /** Whether a delete in the backup removes the row. */
  readonly removed: readonly boolean[];
}

const timestampField = 1n;
const dataTypes = { array: 22 } as const;

/** The fields that a backup can be compared by. What a function computes is left to Milvus. */
export function comparedFields(collection: CollectionMeta): FieldSchemaMeta[] {
  return collection.schema.fields.filter((field) => !field.is_function_output);
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
 * time, and the deletes of one segment and of all L0 segments.
 * @throws BackupError `VERIFY_FAILED` for damaged logs, `FORMAT_UNSUPPORTED` for a form that is not decoded here
 */
export async function* readBackupRows(input: BackupRowsInput): AsyncGenerator<BackupRows> {
  const { driver, root, name, collection, signal } = input;
  const listed = await listBackupLogs(driver, root, name, collection.collection_id, signal);
  const { known } = sortLogs(collection, listed);
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
  const byField = groupBy(
    logs.filter((log) => log.kind === 'insert'),
    (log) => log.field,
  );
  for (const list of byField.values()) list.sort((a, b) => (a.log < b.log ? -1 : 1));
  const key = keyFieldOf(input.collection);
  const flushes = byField.get(key.fieldID)?.length ?? 0;
  if (flushes === 0) throw notByField(input, logs);
  for (let flush = 0; flush < flushes; flush += 1) {
    const columns = new Map<string, readonly QueriedValue[]>();
    for (const field of comparedFields(input.collection)) {
      const log = byField.get(field.fieldID)?.[flush];
      // A field that was added to the collection later has no logs in older segments.
      if (log) columns.set(field.name, await valuesOfLog(input, log, field));
    }
    const times = byField.get(timestampField)?.[flush];
    const keys = (columns.get(key.name) ?? []) as readonly (bigint | string)[];
    const stamps = times ? ((await valuesOfLog(input, times, null)) as readonly bigint[]) : [];
    for (const [name, values] of columns) {
      if (values.length !== keys.length || stamps.length !== keys.length) throw uneven(input, name, logs);
    }
    const removed = keys.map((pk, row) => {
      const ts = BigInt.asUintN(64, stamps[row] ?? 0n);
      return removers.some((one) => one.removes(pk, ts));
    });
    yield { keys, columns, removed };
  }
}

async function valuesOfLog(
  input: BackupRowsInput,
  log: BackupLogObject,
  field: FieldSchemaMeta | null,
): Promise<readonly QueriedValue[]> {
  const bytes = await readLog(input, log);
  if (isBareParquet(bytes)) throw notByField(input, [log]);
  const values: QueriedValue[] = [];
  for (const { payload } of parseBinlog(bytes).events) {
    for (const value of await toValues(await readColumn(payload), field)) values.push(value);
  }
  return values;
}

async function toValues(
  column: ColumnValues,
  field: FieldSchemaMeta | null,
): Promise<readonly QueriedValue[]> {
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
      if (field?.data_type !== dataTypes.array) return column.values;
      const { loadWire } = await import('../milvus/wire.js');
      const wire = loadWire();
      return column.values.map((bytes) => textOfArray(wire.decode('milvus.proto.schema.ScalarField', bytes)));
    }
  }
}

async function readLog({ driver, signal }: BackupRowsInput, { key }: BackupLogObject): Promise<Uint8Array> {
  const { body } = await driver.get(key, { signal });
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}

function notByField(
  { collection }: BackupRowsInput,
  [log]: readonly Pick<BackupLogObject, 'key'>[],
): BackupError {
  return new BackupError({
    code: 'FORMAT_UNSUPPORTED',
    message: `the rows of ${collection.db_name}.${collection.collection_name} cannot be read: ${log?.key} is of a form that is not decoded here`,
    remedy: 'prove this restore by counts',
  });
}

function uneven({ name }: BackupRowsInput, field: string, [log]: readonly BackupLogObject[]): BackupError {
  return new BackupError({
    code: 'VERIFY_FAILED',
    message: `backup ${name} is damaged: field ${field} beside ${log?.key} has another number of rows than the key`,
    remedy: 'see all damage with `verify --decode`',
    details: { key: log?.key ?? null },
  });
}
