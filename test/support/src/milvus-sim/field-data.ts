import { widthOf } from './parquet-file.js';
import { dataTypes, dimensionOf, dynamicFieldName } from './schema.js';
import { badParameter } from './sim-error.js';
import type { Column, Field, Schema, StructField, Value } from './types.js';
import type { SimWire } from './wire.js';

/** `schema.FieldData`, decoded. */
export interface FieldData {
  readonly type: number;
  readonly field_name: string;
  readonly is_dynamic: boolean;
  readonly scalars: Record<string, unknown> | null;
  readonly vectors: Record<string, unknown> | null;
  readonly struct_arrays: { readonly fields: readonly FieldData[] } | null;
  readonly valid_data: readonly boolean[];
}

/** Which member of `ScalarField` carries a type. */
const scalarMembers: Readonly<Record<number, string>> = {
  1: 'bool_data',
  2: 'int_data',
  3: 'int_data',
  4: 'int_data',
  5: 'long_data',
  10: 'float_data',
  11: 'double_data',
  20: 'string_data',
  21: 'string_data',
  22: 'array_data',
  23: 'json_data',
  24: 'geometry_data',
  25: 'string_data',
  26: 'timestamptz_data',
};
const vectorMembers: Readonly<Record<number, string>> = {
  100: 'binary_vector',
  101: 'float_vector',
  102: 'float16_vector',
  103: 'bfloat16_vector',
  104: 'sparse_float_vector',
  105: 'int8_vector',
  106: 'vector_array',
};

/** The values of one field as they came in an Insert; null rows where `valid_data` says so. */
export function readFieldData(data: FieldData, field: Field, rows: number, wire: SimWire): Column {
  const values = rawValues(data, field, wire);
  if (data.valid_data.length === 0) {
    if (values.length !== rows) {
      throw badParameter(
        `the num_rows (${values.length}) of field (${field.name}) is not equal to passed num_rows (${rows})`,
      );
    }
    return values;
  }
  // Clients send all rows with a filler for null, or the rows that are not null alone.
  const dense = values.length === rows;
  let at = 0;
  return data.valid_data.map((valid, index): Value => {
    if (dense) return valid ? (values[index] ?? null) : null;
    return valid ? (values[at++] ?? null) : null;
  });
}

function rawValues(data: FieldData, field: Field, wire: SimWire): Column {
  const type = field.data_type;
  const scalar = scalarMembers[type];
  if (scalar !== undefined) {
    const holder =
      data.scalars?.[scalar] ?? (type === dataTypes.geometry ? data.scalars?.geometry_wkt_data : undefined);
    const list = holder === undefined || holder === null ? [] : (holder as { data: readonly unknown[] }).data;
    return list.map((value) => toValue(type, value, wire));
  }
  const member = data.vectors?.[vectorMembers[type] ?? ''];
  if (member === undefined || member === null) return [];
  if (type === dataTypes.sparseVector) return [...(member as { contents: readonly Buffer[] }).contents];
  if (type === dataTypes.arrayOfVector) {
    return (member as { data: readonly object[] }).data.map((value) =>
      wire.encode('schema.VectorField', value),
    );
  }
  const width = widthOf(field) ?? 0;
  const bytes =
    type === dataTypes.floatVector
      ? floatBytes((member as { data: readonly number[] }).data)
      : (member as Buffer);
  if (width === 0 || bytes.length % width !== 0) {
    throw badParameter(
      `the dim (${dimensionOf(field)}) of field data(${field.name}) does not fit its ${bytes.length} bytes`,
    );
  }
  return Array.from({ length: bytes.length / width }, (_, index) =>
    Buffer.from(bytes.subarray(index * width, (index + 1) * width)),
  );
}

function toValue(type: number, value: unknown, wire: SimWire): Value {
  if (type === dataTypes.int64 || type === dataTypes.timestamptz) return BigInt(value as string);
  if (type === dataTypes.array) return wire.encode('schema.ScalarField', value as object);
  if (type === dataTypes.geometry && typeof value === 'string') return Buffer.from(value, 'utf8');
  return value as Value;
}

/** One field of an answer to Query. */
export function toFieldData(field: Field, values: readonly Value[], wire: SimWire): object {
  const type = field.data_type;
  const valid = field.nullable ? values.map((value) => value !== null) : [];
  const base = {
    type,
    field_name: field.name,
    field_id: field.fieldID,
    is_dynamic: field.name === dynamicFieldName,
    valid_data: valid,
  };
  const scalar = scalarMembers[type];
  if (scalar !== undefined) {
    const data = values.map((value) => (value === null ? zeroOf(type) : fromValue(type, value, wire)));
    const extra = type === dataTypes.array ? { element_type: field.element_type } : {};
    return { ...base, scalars: { [scalar]: { data, ...extra } } };
  }
  const dim = String(dimensionOf(field));
  const bytes = values.filter((value) => Buffer.isBuffer(value));
  const member = vectorMembers[type] ?? '';
  if (type === dataTypes.sparseVector)
    return { ...base, vectors: { dim, [member]: { contents: bytes, dim: '0' } } };
  if (type === dataTypes.arrayOfVector) {
    const data = bytes.map((one) => wire.decode('schema.VectorField', one));
    return { ...base, vectors: { dim, [member]: { dim, data, element_type: field.element_type } } };
  }
  const joined = Buffer.concat(bytes);
  const content = type === dataTypes.floatVector ? { data: bytesToFloats(joined) } : joined;
  return { ...base, vectors: { dim, [member]: content } };
}

function fromValue(type: number, value: Exclude<Value, null>, wire: SimWire): unknown {
  if (typeof value === 'bigint') return String(value);
  if (type === dataTypes.array && Buffer.isBuffer(value)) return wire.decode('schema.ScalarField', value);
  return value;
}

function zeroOf(type: number): unknown {
  if (type === dataTypes.bool) return false;
  if (type === dataTypes.array) return {};
  if (type === dataTypes.json || type === dataTypes.geometry) return Buffer.alloc(0);
  if (type === dataTypes.varChar || type === dataTypes.string || type === dataTypes.text) return '';
  return type === dataTypes.int64 || type === dataTypes.timestamptz ? '0' : 0;
}

function floatBytes(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes;
}

function bytesToFloats(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}

/** What came in an Insert, by field name; the parts of structs stand for themselves. */
export function flattenFieldData(all: readonly FieldData[]): ReadonlyMap<string, FieldData> {
  const flat = new Map<string, FieldData>();
  for (const data of all) {
    if (data.struct_arrays) for (const part of data.struct_arrays.fields) flat.set(part.field_name, part);
    else flat.set(data.is_dynamic ? dynamicFieldName : data.field_name, data);
  }
  return flat;
}

/** A struct of an answer to Query. */
export function toStructData(
  struct: StructField,
  columns: (field: Field) => readonly Value[],
  wire: SimWire,
): object {
  return {
    type: dataTypes.arrayOfStruct,
    field_name: struct.name,
    field_id: struct.fieldID,
    struct_arrays: { fields: struct.fields.map((field) => toFieldData(field, columns(field), wire)) },
  };
}

/** The value of a row that an Insert says nothing about: the default, or null. */
export function defaultOf(field: Field): Value | undefined {
  const value = field.default_value as Record<string, unknown> | null;
  const member = value?.data;
  if (value && typeof member === 'string') {
    const found = value[member];
    return field.data_type === dataTypes.int64 || field.data_type === dataTypes.timestamptz
      ? BigInt(found as string)
      : (found as Value);
  }
  if (field.nullable) return null;
  return field.name === dynamicFieldName ? Buffer.from('{}') : undefined;
}

export function findStruct(schema: Schema, name: string): StructField | undefined {
  return schema.struct_array_fields.find((one) => one.name === name);
}
