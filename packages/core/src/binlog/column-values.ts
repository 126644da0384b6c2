import type { SchemaElement } from 'hyparquet/src/types.js';
import { broken, unsupported } from './failures.js';

/** The values of one column in row order. */
export type ColumnValues =
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
   * @param indices the page holds places in the dictionary
   * @throws BackupError `VERIFY_FAILED` for a place outside of it
   */
  add(page: ArrayLike<unknown>, indices: boolean, offset: number): void;
  /** @throws BackupError `VERIFY_FAILED` when rows are missing */
  finish(offset: number): ColumnValues;
}

/** @throws BackupError `FORMAT_UNSUPPORTED` for a type that Milvus does not write */
export function createSink(leaf: SchemaElement, rows: number): ValueSink {
  switch (leaf.type) {
    case 'BOOLEAN':
      return collect(new Array<boolean>(rows), same<boolean>, (values) => ({ type: 'bool', values }));
    case 'INT32':
      return collect(new Int32Array(rows), same<number>, (values) => ({ type: 'int', values }));
    case 'INT64':
      return collect(new BigInt64Array(rows), same<bigint>, (values) => ({ type: 'long', values }));
    case 'FLOAT':
      return collect(new Float32Array(rows), same<number>, (values) => ({ type: 'float', values }));
    case 'DOUBLE':
      return collect(new Float64Array(rows), same<number>, (values) => ({ type: 'double', values }));
    case 'BYTE_ARRAY':
      if (leaf.converted_type === 'UTF8' || leaf.logical_type?.type === 'STRING') {
        return collect(new Array<string>(rows), toText, (values) => ({ type: 'string', values }));
      }
      return collect(new Array<Uint8Array>(rows), same<Uint8Array>, (values) => ({
        type: 'bytes',
        width: null,
        values,
      }));
    case 'FIXED_LEN_BYTE_ARRAY':
      return collect(new Array<Uint8Array>(rows), same<Uint8Array>, (values) => ({
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
  wrap: (values: A) => ColumnValues,
): ValueSink {
  let dictionary: readonly T[] = [];
  let filled = 0;
  return {
    setDictionary(values) {
      dictionary = Array.from(values as ArrayLike<Raw>, convert);
    },
    add(page, indices, offset) {
      if (page.length > target.length - filled) throw broken('more values than rows', offset);
      const raw = page as ArrayLike<Raw>;
      for (let index = 0; index < page.length; index += 1) {
        const value = indices ? dictionary[page[index] as number] : convert(raw[index] as Raw);
        if (value === undefined) throw broken(`no value ${String(page[index])} in the dictionary`, offset);
        target[filled] = value;
        filled += 1;
      }
    },
    finish(offset) {
      if (filled !== target.length) throw broken(`${filled} values instead of ${target.length}`, offset);
      return wrap(target);
    },
  };
}

const same = <T>(value: T): T => value;

function toText(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
}
