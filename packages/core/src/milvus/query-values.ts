import type { QueriedValue } from './gateway.js';
import type { WireFieldData, WireScalars } from './messages.js';

/**
 * Values as they can be compared: integers as `bigint`, floats and vectors as their bytes, arrays as a text of their elements.
 * Binlogs are brought into the same form by the functions here.
 * @returns `null` for a type that is not known here
 */
export function valuesOf(field: WireFieldData, rows: number): readonly QueriedValue[] | null {
  const { valid_data: valid = [] } = field;
  const present = valid.filter((one) => one).length;
  const values = presentValues(field, valid.length === 0 ? rows : present);
  if (values === null || valid.length === 0) return values;
  // Servers send all rows with a filler for those that are null, or the others alone.
  if (values.length === valid.length) return values.map((value, row) => (valid[row] ? value : null));
  if (values.length !== present) return null;
  let at = 0;
  return valid.map((one) => (one ? (values[at++] ?? null) : null));
}

/** The name of a part of a struct among the fields of an answer; Milvus itself names it so in expressions. */
export function nameStructPart(struct: string, part: string): string {
  return part.startsWith(`${struct}[`) ? part : `${struct}[${part}]`;
}

function presentValues(field: WireFieldData, count: number): readonly QueriedValue[] | null {
  const { scalars, vectors } = field;
  // Points in time may come as texts, which the files do not hold.
  if (scalars) return field.type === timestamptz && scalars.string_data ? null : scalarValues(scalars);
  return vectors ? vectorValues(vectors, count) : null;
}

const timestamptz = 26;

type WireVectors = Partial<NonNullable<WireFieldData['vectors']>>;

function vectorValues(vectors: WireVectors, count: number): readonly QueriedValue[] | null {
  const dim = Number(vectors.dim ?? 0);
  const { float_vector, binary_vector, int8_vector, vector_array } = vectors;
  const cut = (bytes: Uint8Array, width: number): Uint8Array[] =>
    slices(bytes, width > 0 ? bytes.byteLength / width : count);
  if (float_vector) return cut(bytesOfFloats(Float32Array.from(float_vector.data)), dim * 4);
  if (binary_vector) return cut(binary_vector, dim / 8);
  if (int8_vector) return cut(int8_vector, dim);
  const half = vectors.float16_vector ?? vectors.bfloat16_vector;
  if (half) return cut(half, dim * 2);
  if (vector_array) return vector_array.data.map(textOfVectors);
  return vectors.sparse_float_vector?.contents ?? null;
}

/** The vectors of one row in a form of their own. */
export function textOfVectors(vectors: WireVectors): string {
  return JSON.stringify((vectorValues(vectors, 1) ?? []).map(textOf));
}

const textOf = (value: QueriedValue): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);

function scalarValues(scalars: WireScalars): readonly QueriedValue[] | null {
  const { bool_data, int_data, long_data, float_data, double_data, string_data, json_data, array_data } =
    scalars;
  const { geometry_data, timestamptz_data } = scalars;
  if (bool_data) return bool_data.data;
  if (int_data) return int_data.data.map(BigInt);
  if (long_data) return long_data.data.map(BigInt);
  if (float_data) return slices(bytesOfFloats(Float32Array.from(float_data.data)), float_data.data.length);
  if (double_data) {
    return slices(bytesOfFloats(Float64Array.from(double_data.data)), double_data.data.length);
  }
  if (string_data) return string_data.data;
  if (json_data) return json_data.data;
  if (geometry_data) return geometry_data.data;
  if (timestamptz_data) return timestamptz_data.data.map(BigInt);
  return array_data ? array_data.data.map(textOfArray) : null;
}

/** The elements of an array in an order and form of their own. */
export function textOfArray(scalars: WireScalars): string {
  const values = scalarValues(scalars) ?? [];
  return JSON.stringify(values.map(textOf));
}

/** The bits of numbers as they lie in memory, lowest byte first. */
export function bytesOfFloats(values: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Cuts bytes into pieces of equal length. */
export function slices(bytes: Uint8Array, count: number): Uint8Array[] {
  const width = count === 0 ? 0 : bytes.byteLength / count;
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * width, (at + 1) * width));
}
