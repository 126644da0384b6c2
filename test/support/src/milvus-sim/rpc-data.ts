import { createHash } from 'node:crypto';
import { compareValues, namedKeys, parseExpression } from './expression.js';
import {
  defaultOf,
  type FieldData,
  findStruct,
  flattenFieldData,
  readFieldData,
  toFieldData,
  toStructData,
} from './field-data.js';
import type { Handlers } from './handlers.js';
import { dataTypes, dynamicFieldName, primaryKey, storedFields } from './schema.js';
import { appendRows, createLiveness, dataSegments, growingSegment, keyText } from './segments.js';
import { badParameter, SimError } from './sim-error.js';
import type { Collection, Column, Field, KeyValue, Partition, Segment, Value } from './types.js';
import {
  allPartitions,
  choosePartitions,
  findCollection,
  findPartition,
  isForPartition,
  type World,
} from './world.js';

interface Write {
  readonly collection_name: string;
  readonly partition_name: string;
  readonly fields_data: readonly FieldData[];
  readonly num_rows: number;
}

interface Query {
  readonly collection_name: string;
  readonly expr: string;
  readonly output_fields: readonly string[];
  readonly partition_names: readonly string[];
  readonly query_params: readonly KeyValue[];
}

const countField = 'count(*)';

export function createDataHandlers(world: World): Handlers {
  return {
    Insert: (request: Write, { database }) =>
      insert(world, findCollection(world, database, request.collection_name), request),

    Upsert(request: Write, { database }) {
      const collection = findCollection(world, database, request.collection_name);
      const key = primaryKey(collection.schema);
      const sent = flattenFieldData(request.fields_data).get(key.name);
      if (sent === undefined) throw badParameter(`upsert needs the primary key ${key.name}`);
      const timestamp = world.clock.nextTimestamp();
      for (const value of readFieldData(sent, key, request.num_rows, world.wire)) {
        addDelete(collection, keyText(value), timestamp, allPartitions);
      }
      return { ...insert(world, collection, request), upsert_cnt: String(request.num_rows) };
    },

    Delete(
      {
        collection_name,
        partition_name,
        expr,
      }: { collection_name: string; partition_name: string; expr: string },
      { database },
    ) {
      const collection = findCollection(world, database, collection_name);
      const timestamp = world.clock.nextTimestamp();
      const partitions = choosePartitions(collection, partition_name === '' ? [] : [partition_name]);
      const scope = partition_name === '' ? allPartitions : findPartition(collection, partition_name).id;
      // Keys are taken as they are named; any other expression is a query first.
      const named = namedKeys(expr, primaryKey(collection.schema));
      if (named === undefined) requireLoaded(collection);
      const keys = new Set(
        named ?? matchingRows(collection, expr, partitions).map(({ key }) => keyText(key)),
      );
      for (const key of keys) addDelete(collection, key, timestamp, scope);
      return { delete_cnt: String(keys.size), timestamp: String(timestamp), acknowledged: true };
    },

    Query: (request: Query, { database }) =>
      query(world, findCollection(world, database, request.collection_name), request),
  };
}

function insert(world: World, collection: Collection, request: Write): object {
  const { schema } = collection;
  const rows = request.num_rows;
  const sent = flattenFieldData(request.fields_data);
  const key = primaryKey(schema);
  const columns = new Map<string, Column>();
  for (const field of storedFields(schema)) {
    const data = sent.get(field.name);
    columns.set(
      field.fieldID,
      data === undefined
        ? fillColumn(world, field, rows, columns, collection)
        : readFieldData(data, field, rows, world.wire).map((value) => value ?? defaultOf(field) ?? null),
    );
  }
  const keys = columns.get(key.fieldID) ?? [];
  const timestamp = world.clock.nextTimestamp();
  const source: Pick<Segment, 'columns' | 'timestamps' | 'rowIds'> = {
    columns,
    timestamps: Array.from({ length: rows }, () => timestamp),
    rowIds: Array.from({ length: rows }, () => world.clock.nextId()),
  };
  const partitionKey = schema.fields.find((field) => field.is_partition_key);
  for (let row = 0; row < rows; row++) {
    const partition =
      partitionKey === undefined
        ? findPartition(collection, request.partition_name || '_default')
        : partitionOfKey(collection, columns.get(partitionKey.fieldID)?.[row]);
    const channel = channelOfKey(collection, keys[row]);
    appendRows(growingSegment(world, collection, partition.id, channel), source, [row]);
  }
  const ids =
    key.data_type === dataTypes.int64
      ? { int_id: { data: keys.map(String) } }
      : { str_id: { data: keys.map(String) } };
  return {
    IDs: ids,
    insert_cnt: String(rows),
    timestamp: String(timestamp),
    succ_index: [...Array(rows).keys()],
    acknowledged: true,
  };
}

/** A field that the request leaves out. */
function fillColumn(
  world: World,
  field: Field,
  rows: number,
  columns: ReadonlyMap<string, Column>,
  collection: Collection,
): Column {
  const make = (): Value => {
    if (field.is_primary_key && field.autoID) {
      const id = world.clock.nextId();
      return field.data_type === dataTypes.int64 ? id : String(id);
    }
    const value = defaultOf(field);
    if (value === undefined)
      throw badParameter(`fieldSchema(${field.name}) has no corresponding fieldData pass in`);
    return value;
  };
  const fn = collection.schema.functions.find((one) => one.output_field_names.includes(field.name));
  if (fn === undefined) return Array.from({ length: rows }, make);
  const input = collection.schema.fields.find(({ name }) => name === fn.input_field_names[0]);
  const texts = columns.get(input?.fieldID ?? '') ?? [];
  return Array.from({ length: rows }, (_, row) => termFrequencies(String(texts[row] ?? '')));
}

/** What a BM25 function makes of a text, with hashes of our own: pairs of u32 term and f32 count, ascending. */
function termFrequencies(text: string): Buffer {
  const counts = new Map<number, number>();
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    const term = hash(word);
    counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  const pairs = [...counts].sort(([one], [other]) => one - other);
  const bytes = Buffer.alloc(pairs.length * 8);
  for (const [index, [term, count]] of pairs.entries()) {
    bytes.writeUInt32LE(term, index * 8);
    bytes.writeFloatLE(count, index * 8 + 4);
  }
  return bytes;
}

function hash(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32LE(0) >>> 1;
}

function partitionOfKey(collection: Collection, value: Value | undefined): Partition {
  const all = [...collection.partitions.values()];
  const chosen = all[hash(keyText(value)) % all.length];
  if (chosen === undefined) throw new Error(`${collection.name} has no partition`);
  return chosen;
}

export function channelOfKey(collection: Collection, value: Value | undefined): string {
  const { virtualChannels } = collection;
  return virtualChannels[hash(keyText(value)) % virtualChannels.length] ?? '';
}

function addDelete(collection: Collection, key: string, timestamp: bigint, partitionId: bigint): void {
  collection.deletes.push({
    key,
    timestamp,
    partitionId,
    channel: channelOfKey(collection, key),
    flushed: false,
  });
}

interface FoundRow {
  readonly key: Value;
  readonly segment: Segment;
  readonly row: number;
}

/** Live rows in the order of their keys. */
function matchingRows(
  collection: Collection,
  expression: string,
  partitions: readonly Partition[],
): FoundRow[] {
  const { schema } = collection;
  const keyField = primaryKey(schema).fieldID;
  const test = parseExpression(expression, schema);
  const isAlive = createLiveness(collection);
  const found: FoundRow[] = [];
  for (const segment of dataSegments(collection)) {
    if (!partitions.some(({ id }) => isForPartition(segment.partitionId, id))) continue;
    const keys = segment.columns.get(keyField) ?? [];
    for (const [row, timestamp] of segment.timestamps.entries()) {
      const key = keys[row] ?? null;
      if (!isAlive(segment.partitionId, keyText(key), timestamp)) continue;
      if (test(({ fieldID }) => segment.columns.get(fieldID)?.[row] ?? null))
        found.push({ key, segment, row });
    }
  }
  return found.sort((one, other) => compareValues(one.key as bigint | string, other.key as bigint | string));
}

function query(world: World, collection: Collection, request: Query): object {
  const { schema } = collection;
  requireLoaded(collection);
  const loaded = [...collection.loaded].filter((name) => collection.partitions.has(name));
  const names = request.partition_names.length > 0 ? request.partition_names : loaded;
  const rows = matchingRows(collection, request.expr, choosePartitions(collection, names));
  if (request.output_fields.includes(countField)) {
    const count = { scalars: { long_data: { data: [String(rows.length)] } } };
    return {
      fields_data: [{ type: dataTypes.int64, field_name: countField, ...count }],
      output_fields: [countField],
    };
  }
  const limit = Number(request.query_params.find(({ key }) => key === 'limit')?.value ?? 16_384);
  const offset = Number(request.query_params.find(({ key }) => key === 'offset')?.value ?? 0);
  const window = rows.slice(offset, offset + limit);
  const valuesOf = (field: Field): Value[] =>
    window.map(({ segment, row }) => segment.columns.get(field.fieldID)?.[row] ?? defaultOf(field) ?? null);
  const key = primaryKey(schema);
  const wanted = new Set([
    key.name,
    ...request.output_fields.flatMap((name) => (name === '*' ? allNames(collection) : [name])),
  ]);
  const fields_data = [...wanted].map((name) => {
    const struct = findStruct(schema, name);
    if (struct !== undefined) return toStructData(struct, valuesOf, world.wire);
    const field = schema.fields.find((one) => one.name === name);
    if (field !== undefined) return toFieldData(field, valuesOf(field), world.wire);
    throw badParameter(`field ${name} not exist`);
  });
  return {
    fields_data,
    collection_name: collection.name,
    output_fields: [...wanted],
    primary_field_name: key.name,
  };
}

function requireLoaded({ id, loaded }: Collection): void {
  if (loaded.size === 0) throw new SimError(101, 1, `collection not loaded[collection=${id}]`);
}

function allNames({ schema }: Collection): string[] {
  return [...schema.fields, ...schema.struct_array_fields]
    .map(({ name }) => name)
    .filter((name) => name !== dynamicFieldName || schema.enable_dynamic_field);
}
