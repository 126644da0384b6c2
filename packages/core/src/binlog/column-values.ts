import type { SchemaElement } from 'hyparquet/src/types.js';
import { broken, unsupported } from './failures.js';

/** The values of one column in row order. */
export type ColumnValues = TypedValues & {
  /** 1 for each row that has a value, 0 where what stands in its place means nothing; `null`: all rows have one. */
  readonly present: Uint8Array | null;
};

type TypedValues =
  | { readonly type: 'bool'; readonly values: readonly boolean[] }
  /** Int8, Int16 and Int32. */
  | { readonly type: 'int'; readonly values: Int32Array }
  | { readonly type: 'long'; readonly values: BigInt64Array }
  | { readonly type: 'float'; readonly values: Float32Array }
  | { readonly type: 'double'; readonly values: Float64Array }
  | { readonly type: 'string'; readonly values: readonly string[] }
  /** JSON, arrays (a message each), and vectors, whose values are `width` bytes each. */
  | { readonly type: 'bytes'; readonly width: number | null; readonly values: readonly Uint8Array[] };

/** Takes the pages of a column in order. */
export interface ValueSink {
  setDictionary(values: ArrayLike<unknown>): void;
  /**
   * @param page of the rows that have a value
   * @param indices the page holds places in the dictionary
   * @param levels 1 for each row of the page that has a value; `null`: all have
   * @throws BackupError `VERIFY_FAILED` for a place outside of it
   */
  add(page: ArrayLike<unknown>, indices: boolean, offset: number, levels: Uint8Array | null): void;
  /** @throws BackupError `VERIFY_FAILED` when rows are missing */
  finish(offset: number): ColumnValues;
}

/** @throws BackupError `FORMAT_UNSUPPORTED` for a type that Milvus does not write */
export function createSink(leaf: SchemaElement, rows: number): ValueSink {
  switch (leaf.type) {
    case 'BOOLEAN':
      return collect(new Array<boolean>(rows), same<boolean>, false, (values) => ({ type: 'bool', values }));
    case 'INT32':
      return collect(new Int32Array(rows), same<number>, 0, (values) => ({ type: 'int', values }));
    case 'INT64':
      return collect(new BigInt64Array(rows), same<bigint>, 0n, (values) => ({ type: 'long', values }));
    case 'FLOAT':
      return collect(new Float32Array(rows), same<number>, 0, (values) => ({ type: 'float', values }));
    case 'DOUBLE':
      return collect(new Float64Array(rows), same<number>, 0, (values) => ({ type: 'double', values }));
    case 'BYTE_ARRAY':
      if (leaf.converted_type === 'UTF8' || leaf.logical_type?.type === 'STRING') {
        return collect(new Array<string>(rows), toText, '', (values) => ({ type: 'string', values }));
      }
      return collect(new Array<Uint8Array>(rows), same<Uint8Array>, noBytes, (values) => ({
        type: 'bytes',
        width: null,
        values,
      }));
    case 'FIXED_LEN_BYTE_ARRAY':
      return collect(new Array<Uint8Array>(rows), same<Uint8Array>, noBytes, (values) => ({
        type: 'bytes',
        width: leaf.type_length ?? 0,
        values,
      }));
    default:
      throw unsupported(`its column is of the type ${leaf.type}`);
  }
}

interface Target<T> {
  readonly length: number;
  [index: number]: T;
}

function collect<T, Raw, A extends Target<T>>(
  target: A,
  convert: (raw: Raw) => T,
  none: T,
  wrap: (values: A) => TypedValues,
): ValueSink {
  let dictionary: readonly T[] = [];
  let present: Uint8Array | null = null;
  let filled = 0;
  return {
    setDictionary(values) {
      dictionary = Array.from(values as ArrayLike<Raw>, convert);
    },
    add(page, indices, offset, levels) {
      const rows = levels?.length ?? page.length;
      if (rows > target.length - filled) throw broken('more values than rows', offset);
      if (levels) {
        // Pages before this one may have come without levels.
        present ??= new Uint8Array(target.length).fill(1);
        present.set(levels, filled);
      }
      const raw = page as ArrayLike<Raw>;
      let at = 0;
      for (let row = 0; row < rows; row += 1) {
        if (levels && levels[row] === 0) {
          target[filled] = none;
        } else {
          const value = indices ? dictionary[page[at] as number] : convert(raw[at] as Raw);
          if (value === undefined) throw broken(`no value ${String(page[at])} in the dictionary`, offset);
          target[filled] = value;
          at += 1;
        }
        filled += 1;
      }
      if (at !== page.length) throw broken(`${page.length} values for ${at} rows`, offset);
    },
    finish(offset) {
      if (filled !== target.length) throw broken(`${filled} values instead of ${target.length}`, offset);
      return { ...wrap(target), present };
    },
  };
}

const noBytes = new Uint8Array(0);
const same = <T>(value: T): T => value;

function toText(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
}

/** Some rows of a column; numbers stay views on its memory. */
export function sliceColumn(column: ColumnValues, from: number, to: number): ColumnValues {
  const present = column.present?.subarray(from, to) ?? null;
  switch (column.type) {
    case 'bool':
      return { ...column, present, values: column.values.slice(from, to) };
    case 'int':
      return { ...column, present, values: column.values.subarray(from, to) };
    case 'long':
      return { ...column, present, values: column.values.subarray(from, to) };
    case 'float':
      return { ...column, present, values: column.values.subarray(from, to) };
    case 'double':
      return { ...column, present, values: column.values.subarray(from, to) };
    case 'string':
      return { ...column, present, values: column.values.slice(from, to) };
    case 'bytes':
      return { ...column, present, values: column.values.slice(from, to) };
  }
}

/**
 * Columns of one field as one.
 * @throws BackupError `VERIFY_FAILED` when they are of several types
 */
export function joinColumns(columns: readonly [ColumnValues, ...ColumnValues[]]): ColumnValues {
  const [first, ...rest] = columns;
  if (rest.length === 0) return first;
  const rows = columns.reduce((sum, { values }) => sum + values.length, 0);
  const present = columns.some((one) => one.present) ? new Uint8Array(rows).fill(1) : null;
  let at = 0;
  for (const one of columns) {
    if (one.type !== first.type) throw broken(`values of type ${one.type} after some of ${first.type}`, 0);
    if (one.present) present?.set(one.present, at);
    at += one.values.length;
  }
  const list = <T>(): T[] => columns.flatMap(({ values }) => Array.from(values as unknown as ArrayLike<T>));
  switch (first.type) {
    case 'bool':
      return { ...first, present, values: list<boolean>() };
    case 'int':
      return { ...first, present, values: Int32Array.from(list<number>()) };
    case 'long':
      return { ...first, present, values: BigInt64Array.from(list<bigint>()) };
    case 'float':
      return { ...first, present, values: Float32Array.from(list<number>()) };
    case 'double':
      return { ...first, present, values: Float64Array.from(list<number>()) };
    case 'string':
      return { ...first, present, values: list<string>() };
    case 'bytes':
      return { ...first, present, values: list<Uint8Array>() };
  }
}
