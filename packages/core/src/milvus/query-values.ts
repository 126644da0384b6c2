import type { QueriedValue } from './gateway.js';
import type { WireFieldData, WireScalars } from './messages.js';

/**
 * Values as they can be compared: integers as `bigint`, floats and vectors as their bytes, arrays as a text of their elements.
 * Binlogs are brought into the same form by the functions here.
 * @returns `null` for a type that is not known here
 */
export function valuesOf(field: WireFieldData, rows: number): readonly QueriedValue[] | null {
  const { scalars, vectors } = field;
  if (scalars) return scalarValues(scalars);
  if (!vectors) return null;
  if (vectors.float_vector) {
    const { data } = vectors.float_vector;
    return slices(bytesOfFloats(Float32Array.from(data)), rows);
  }
  const packed =
    vectors.binary_vector ?? vectors.float16_vector ?? vectors.bfloat16_vector ?? vectors.int8_vector;
  if (packed) return slices(packed, rows);
  return vectors.sparse_float_vector?.contents ?? null;
}

function scalarValues(scalars: WireScalars): readonly QueriedValue[] | null {
  const { bool_data, int_data, long_data, float_data, double_data, string_data, json_data, array_data } =
    scalars;
  if (bool_data) return bool_data.data;
  if (int_data) return int_data.data.map(BigInt);
  if (long_data) return long_data.data.map(BigInt);
  if (float_data) return slices(bytesOfFloats(Float32Array.from(float_data.data)), float_data.data.length);
  if (double_data) {
    return slices(bytesOfFloats(Float64Array.from(double_data.data)), double_data.data.length);
  }
  if (string_data) return string_data.data;
  if (json_data) return json_data.data;
  return array_data ? array_data.data.map(textOfArray) : null;
}

/** The elements of an array in an order and form of their own. */
export function textOfArray(scalars: WireScalars): string {
  const values = scalarValues(scalars) ?? [];
  return JSON.stringify(
    values.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value))),
  );
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
