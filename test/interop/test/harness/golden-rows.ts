import { type CellValue, type Column, readColumn } from './binlog.js';
import { objectOf } from './golden.js';
import { parseMeta } from './meta-json.js';
import type { GoldenCollection, GoldenSegment } from './meta-shapes.js';
import type { StoredBackup } from './our-backup.js';

/** Field name to value. */
export type ExpectedRow = Readonly<Record<string, CellValue>>;

/** The rows of a collection that a restore must give. */
export interface ExpectedRows {
  /** Partition name to rows by primary key: Milvus lets one key be in several partitions, and `parts` in b1 has that. */
  readonly partitions: ReadonlyMap<string, ReadonlyMap<string, ExpectedRow>>;
  readonly count: number;
  /** How many rows of the files are deleted by delete logs. */
  readonly deleted: number;
}

const timestampField = 1n;

/** Decodes every log of a collection in a golden backup and takes the deleted rows away. */
export async function decodeRows(golden: StoredBackup, collection: GoldenCollection): Promise<ExpectedRows> {
  const partitions = new Map<string, ReadonlyMap<string, ExpectedRow>>();
  let count = 0;
  let deleted = 0;
  for (const partition of collection.partition_backups) {
    const rows = new Map<string, ExpectedRow>();
    for (const segment of partition.segment_backups ?? []) {
      const deletes = await readDeletes(golden, segment);
      for (const { key, timestamp, values } of await readSegment(golden, collection, segment)) {
        if ((deletes.get(key) ?? 0n) > timestamp) {
          deleted++;
          continue;
        }
        if (rows.has(key)) throw new Error(`primary key ${key} is there twice`);
        rows.set(key, values);
      }
    }
    partitions.set(partition.partition_name, rows);
    count += rows.size;
  }
  return { partitions, count, deleted };
}

interface SegmentRow {
  readonly key: string;
  readonly timestamp: bigint;
  readonly values: ExpectedRow;
}

async function readSegment(
  golden: StoredBackup,
  collection: GoldenCollection,
  segment: GoldenSegment,
): Promise<SegmentRow[]> {
  const prefix = `binlogs/insert_log/${segmentPath(segment)}/`;
  const logs = new Map<bigint, { log: bigint; key: string }[]>();
  for (const key of golden.objects.keys()) {
    if (!key.startsWith(prefix)) continue;
    const [field = '', log = ''] = key.slice(prefix.length).split('/');
    const own = logs.get(BigInt(field)) ?? [];
    logs.set(BigInt(field), [...own, { log: BigInt(log), key }]);
  }
  const columns = new Map<bigint, CellValue[]>();
  for (const [field, files] of logs) {
    const values: CellValue[] = [];
    for (const { key } of files.sort((one, other) => (one.log < other.log ? -1 : 1))) {
      const column = await readColumn(objectOf(golden.objects, key));
      expectPlace(column, segment, field);
      values.push(...column.values);
    }
    if (BigInt(values.length) !== segment.num_of_rows) throw new Error(`${prefix}${field} lacks rows`);
    columns.set(field, values);
  }
  const { names, key } = namesOf(collection);
  const cell = (field: bigint, row: number): CellValue => {
    const value = columns.get(field)?.[row];
    if (value === undefined) throw new Error(`${prefix} has no field ${field}`);
    return value;
  };
  return Array.from({ length: Number(segment.num_of_rows) }, (_, row) => ({
    key: String(cell(key, row)),
    timestamp: BigInt(String(cell(timestampField, row))),
    values: Object.fromEntries([...names].map(([field, name]) => [name, cell(field, row)])),
  }));
}

/** User fields by id, with the dynamic field under the first id that the schema leaves out. */
function namesOf({ schema }: GoldenCollection): { names: ReadonlyMap<bigint, string>; key: bigint } {
  const names = new Map(schema.fields.map((field) => [field.fieldID, field.name]));
  const key = schema.fields.find((field) => field.is_primary_key)?.fieldID;
  if (key === undefined) throw new Error(`${schema.name} has no primary key`);
  if (schema.enable_dynamic_field) {
    let free = 100n;
    while (names.has(free)) free++;
    names.set(free, '$meta');
  }
  return { names, key };
}

/** Primary key to the time of its last delete. */
async function readDeletes(golden: StoredBackup, segment: GoldenSegment): Promise<Map<string, bigint>> {
  const prefix = `binlogs/delta_log/${segmentPath(segment)}/`;
  const deletes = new Map<string, bigint>();
  for (const [path, bytes] of golden.objects) {
    if (!path.startsWith(prefix)) continue;
    const column = await readColumn(bytes);
    expectPlace(column, segment, -1n);
    for (const text of column.values) {
      const { pk, ts } = parseMeta<{ pk: string | bigint; ts: bigint }>(Buffer.from(String(text)));
      const key = String(pk);
      if (ts > (deletes.get(key) ?? 0n)) deletes.set(key, ts);
    }
  }
  return deletes;
}

/** Every golden backup has the group level, and the segment is its own group. */
function segmentPath(segment: GoldenSegment): string {
  const { collection_id: collection, partition_id: partition, group_id: group, segment_id: id } = segment;
  return `${collection}/${partition}/${group}/${id}`;
}

function expectPlace(column: Column, segment: GoldenSegment, field: bigint): void {
  const same =
    column.collection === segment.collection_id &&
    column.partition === segment.partition_id &&
    column.segment === segment.segment_id &&
    column.field === field;
  if (!same)
    throw new Error(`a log of segment ${segment.segment_id}, field ${field}, lies in a wrong folder`);
}
