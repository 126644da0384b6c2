import {
  fromParquet,
  isBareParquet,
  readDeltaLog,
  readInsertLog,
  writeDeltaLog,
  writeInsertLog,
} from './binlog.js';
import { int64Kind, kindOf, type ParquetColumn, readParquet, writeParquet } from './parquet-file.js';
import { dataTypes, isVector, primaryKey, storedFields, systemFields } from './schema.js';
import type { Collection, Column, DeleteRecord, Field, Segment } from './types.js';
import type { World } from './world.js';

/** Where one log of a segment lies. @param field undefined: a delta log, which has no field level */
export function logKey(
  world: World,
  kind: 'insert_log' | 'delta_log' | 'stats_log',
  collection: Collection,
  segment: Pick<Segment, 'id' | 'partitionId'>,
  field: bigint | string | undefined,
  log: bigint,
): string {
  const parts = [
    kind,
    collection.id,
    segment.partitionId,
    segment.id,
    ...(field === undefined ? [] : [field]),
    log,
  ];
  return [world.rootPath, ...parts].filter((part) => part !== '').join('/');
}

/** Everything of one segment in the bucket. */
export function segmentKeys(world: World, collection: Collection, segment: Segment): readonly string[] {
  const inserts = segment.insertLogs.flatMap(({ field, logs }) =>
    logs.map((log) => logKey(world, 'insert_log', collection, segment, field, log)),
  );
  return [
    ...inserts,
    ...segment.deltaLogs.map((log) => logKey(world, 'delta_log', collection, segment, undefined, log)),
  ];
}

/** Writes the insert logs of a segment that has none yet. */
export async function writeSegment(world: World, collection: Collection, segment: Segment): Promise<void> {
  const columns = columnsOf(collection, segment);
  const groups =
    segment.storageVersion >= 2
      ? groupColumns(columns)
      : columns.map((one) => ({ id: one.id, columns: [one] }));
  const times = { startTs: min(segment.timestamps), endTs: max(segment.timestamps) };
  segment.insertLogs = await Promise.all(
    groups.map(async (group) => {
      const log = world.clock.nextId();
      const [first] = group.columns;
      const bytes =
        segment.storageVersion >= 2 || first === undefined
          ? writeParquet(
              group.columns.map(({ id, column }) => ({ ...column, name: id, fieldId: Number(id) })),
              segment.timestamps.length,
            )
          : writeInsertLog(
              {
                collection: collection.id,
                partition: segment.partitionId,
                segment: segment.id,
                field: BigInt(group.id),
                dataType: first.dataType,
                ...times,
              },
              first.column,
            );
      await world.store.put(logKey(world, 'insert_log', collection, segment, group.id, log), bytes);
      return { field: BigInt(group.id), logs: [log] };
    }),
  );
}

interface StoredColumn {
  readonly id: string;
  readonly dataType: number;
  readonly column: ParquetColumn;
}

function columnsOf(collection: Collection, segment: Segment): readonly StoredColumn[] {
  const system = (id: string, values: Column): StoredColumn => ({
    id,
    dataType: dataTypes.int64,
    column: { name: 'val', kind: int64Kind, nullable: false, values },
  });
  return [
    system(systemFields.rowId, [...segment.rowIds]),
    system(systemFields.timestamp, [...segment.timestamps]),
    ...storedFields(collection.schema).flatMap((field): StoredColumn[] => {
      const values = segment.columns.get(field.fieldID);
      if (values === undefined) return [];
      const nullable = field.nullable;
      return [
        {
          id: field.fieldID,
          dataType: field.data_type,
          column: { name: 'val', kind: kindOf(field), nullable, values },
        },
      ];
    }),
  ];
}

/** Storage version 2: narrow columns together in group 0, each vector and long text by itself. */
function groupColumns(
  columns: readonly StoredColumn[],
): readonly { id: string; columns: readonly StoredColumn[] }[] {
  const wide = columns.filter(({ dataType }) => isVector(dataType) || dataType === dataTypes.text);
  const narrow = columns.filter((one) => !wide.includes(one));
  return [{ id: '0', columns: narrow }, ...wide.map((one) => ({ id: one.id, columns: [one] }))];
}

/** Adds one delta log to a segment. */
export async function writeDeletes(
  world: World,
  collection: Collection,
  segment: Segment,
  deletes: readonly DeleteRecord[],
): Promise<void> {
  const log = world.clock.nextId();
  const times = deletes.map(({ timestamp }) => timestamp);
  const bytes = writeDeltaLog(
    {
      collection: collection.id,
      partition: segment.partitionId,
      segment: segment.id,
      startTs: min(times),
      endTs: max(times),
    },
    deletes,
    primaryKey(collection.schema).data_type,
  );
  await world.store.put(logKey(world, 'delta_log', collection, segment, undefined, log), bytes);
  segment.deltaLogs.push(log);
}

/** Rows of one segment folder of a backup. */
export interface ReadRows {
  readonly columns: Map<string, Column>;
  readonly timestamps: readonly bigint[];
  readonly rowIds: readonly bigint[];
}

/**
 * Decodes the insert logs of one segment, given by field or column group.
 * @throws Error in words that an import job gives as its reason
 */
export async function readSegment(
  world: World,
  fields: readonly Field[],
  logs: ReadonlyMap<string, readonly string[]>,
  storageVersion: number,
): Promise<ReadRows> {
  const raw = new Map<string, unknown[]>();
  const add = (id: string, values: readonly unknown[]): void => {
    raw.set(id, [...(raw.get(id) ?? []), ...values]);
  };
  for (const [id, keys] of logs) {
    for (const key of keys) {
      const bytes = await world.store.get(key);
      if (isBareParquet(bytes) !== storageVersion >= 2) {
        throw new Error(`${key} is not of storage version ${storageVersion}`);
      }
      if (storageVersion >= 2) for (const [name, values] of await readParquet(bytes)) add(name, values);
      else add(id, await readInsertLog(bytes, key));
    }
  }
  const take = (id: string): readonly bigint[] => {
    const values = raw.get(id);
    raw.delete(id);
    if (values === undefined) throw new Error(`system field ${id} is missing in the binlogs`);
    return values.map((value) => BigInt(value as bigint));
  };
  const rowIds = take(systemFields.rowId);
  const timestamps = take(systemFields.timestamp);
  const columns = new Map<string, Column>();
  for (const [id, values] of raw) {
    const field = fields.find(({ fieldID }) => fieldID === id);
    if (field === undefined)
      throw new Error(`field ${id} of the binlogs is not in the schema of the collection`);
    if (values.length !== timestamps.length)
      throw new Error(`field ${id} has ${values.length} rows, not ${timestamps.length}`);
    columns.set(id, fromParquet(values, field.data_type));
  }
  return { columns, timestamps, rowIds };
}

export async function readDeletesOf(
  world: World,
  keys: readonly string[],
): Promise<readonly Pick<DeleteRecord, 'key' | 'timestamp'>[]> {
  return (await Promise.all(keys.map(async (key) => readDeltaLog(await world.store.get(key), key)))).flat();
}

function min(values: readonly bigint[]): bigint {
  return values.reduce((least, value) => (value < least ? value : least), values[0] ?? 0n);
}

function max(values: readonly bigint[]): bigint {
  return values.reduce((most, value) => (value > most ? value : most), 0n);
}
