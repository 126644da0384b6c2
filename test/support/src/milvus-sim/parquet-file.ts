import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { ZSTDDecoder } from 'zstddec';
import { dataTypes, dimensionOf } from './schema.js';
import { encodeThrift, type ThriftStruct, type ThriftValue } from './thrift-writer.js';
import type { Column, Field, Value } from './types.js';

export interface ParquetColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly nullable: boolean;
  /** `PARQUET:field_id`; left out when undefined. */
  readonly fieldId?: number;
  readonly values: Column;
}

/** Physical type, converted type (undefined: none) and width of fixed bytes. */
export interface ColumnKind {
  readonly type: keyof typeof physicalTypes;
  readonly converted?: number;
  readonly width?: number;
}

const physicalTypes = {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  FLOAT: 4,
  DOUBLE: 5,
  BYTE_ARRAY: 6,
  FIXED: 7,
} as const;
const converted = { utf8: 0, int8: 15, int16: 16, int32: 17, int64: 18 } as const;

export const int64Kind: ColumnKind = { type: 'INT64', converted: converted.int64 };
export const textKind: ColumnKind = { type: 'BYTE_ARRAY', converted: converted.utf8 };

export function kindOf(field: Field): ColumnKind {
  switch (field.data_type) {
    case dataTypes.bool:
      return { type: 'BOOLEAN' };
    case dataTypes.int8:
      return { type: 'INT32', converted: converted.int8 };
    case dataTypes.int16:
      return { type: 'INT32', converted: converted.int16 };
    case dataTypes.int32:
      return { type: 'INT32', converted: converted.int32 };
    case dataTypes.int64:
    case dataTypes.timestamptz:
      return int64Kind;
    case dataTypes.float:
      return { type: 'FLOAT' };
    case dataTypes.double:
      return { type: 'DOUBLE' };
    case dataTypes.string:
    case dataTypes.varChar:
    case dataTypes.text:
      return textKind;
    default: {
      const width = widthOf(field);
      return width === undefined ? { type: 'BYTE_ARRAY' } : { type: 'FIXED', width };
    }
  }
}

/** Bytes of one vector; undefined where they differ from row to row. */
export function widthOf(field: Field): number | undefined {
  const dim = dimensionOf(field);
  switch (field.data_type) {
    case dataTypes.floatVector:
      return dim * 4;
    case dataTypes.float16Vector:
    case dataTypes.bfloat16Vector:
      return dim * 2;
    case dataTypes.int8Vector:
      return dim;
    case dataTypes.binaryVector:
      return dim / 8;
    default:
      return undefined;
  }
}

/** One row group, a plain page a column, uncompressed. */
export function writeParquet(columns: readonly ParquetColumn[], rows: number): Buffer {
  const parts: Buffer[] = [Buffer.from('PAR1')];
  let offset = 4;
  const chunks = columns.map((column): ThriftValue => {
    const page = pageOf(column);
    const header = encodeThrift({
      1: { i32: 0 },
      2: { i32: page.length },
      3: { i32: page.length },
      5: { struct: { 1: { i32: rows }, 2: { i32: 0 }, 3: { i32: 3 }, 4: { i32: 3 } } },
    });
    const start = offset;
    parts.push(header, page);
    offset += header.length + page.length;
    const size = { i64: offset - start };
    const meta: ThriftStruct = {
      1: { i32: physicalTypes[column.kind.type] },
      2: { list: [{ i32: 0 }, { i32: 3 }] },
      3: { list: [{ text: column.name }] },
      4: { i32: 0 },
      5: { i64: rows },
      6: size,
      7: size,
      9: { i64: start },
    };
    return { struct: { 2: { i64: start }, 3: { struct: meta } } };
  });
  const footer = encodeThrift({
    1: { i32: 2 },
    2: {
      list: [
        { struct: { 3: { i32: 0 }, 4: { text: 'schema' }, 5: { i32: columns.length } } },
        ...columns.map((column) => ({ struct: elementOf(column) })),
      ],
    },
    3: { i64: rows },
    4: { list: [{ struct: { 1: { list: chunks }, 2: { i64: offset - 4 }, 3: { i64: rows } } }] },
    6: { text: 'milvus-sim' },
  });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([...parts, footer, length, Buffer.from('PAR1')]);
}

function elementOf({ name, kind, nullable, fieldId }: ParquetColumn): ThriftStruct {
  return {
    1: { i32: physicalTypes[kind.type] },
    2: kind.width === undefined ? undefined : { i32: kind.width },
    3: { i32: nullable ? 1 : 0 },
    4: { text: name },
    6: kind.converted === undefined ? undefined : { i32: kind.converted },
    9: fieldId === undefined ? undefined : { i32: fieldId },
  };
}

function pageOf({ kind, nullable, values }: ParquetColumn): Buffer {
  const present = values.filter((value) => value !== null);
  const data = plainValues(kind, present);
  if (!nullable) return data;
  // Definition levels as one bit-packed run of width 1.
  const bits = Buffer.alloc(Math.ceil(values.length / 8));
  for (const [index, value] of values.entries()) {
    if (value !== null) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  }
  const head: number[] = [];
  for (let rest = (bits.length << 1) | 1; ; rest >>>= 7) {
    head.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) break;
  }
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length + bits.length);
  return Buffer.concat([length, Buffer.from(head), bits, data]);
}

function plainValues(kind: ColumnKind, values: readonly Value[]): Buffer {
  if (kind.type === 'BYTE_ARRAY') {
    return Buffer.concat(
      values.flatMap((value) => {
        const bytes = Buffer.isBuffer(value) ? value : Buffer.from(String(value), 'utf8');
        const length = Buffer.alloc(4);
        length.writeUInt32LE(bytes.length);
        return [length, bytes];
      }),
    );
  }
  if (kind.type === 'FIXED') return Buffer.concat(values.filter((value) => Buffer.isBuffer(value)));
  if (kind.type === 'BOOLEAN') {
    const bits = Buffer.alloc(Math.ceil(values.length / 8));
    for (const [index, value] of values.entries()) {
      if (value) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
    }
    return bits;
  }
  const width = kind.type === 'INT32' || kind.type === 'FLOAT' ? 4 : 8;
  const bytes = Buffer.alloc(values.length * width);
  for (const [index, value] of values.entries()) {
    const at = index * width;
    if (kind.type === 'INT32') bytes.writeInt32LE(Number(value), at);
    else if (kind.type === 'INT64') bytes.writeBigInt64LE(BigInt(value as bigint), at);
    else if (kind.type === 'FLOAT') bytes.writeFloatLE(Number(value), at);
    else bytes.writeDoubleLE(Number(value), at);
  }
  return bytes;
}

let decoder: Promise<ZSTDDecoder> | undefined;

async function openDecoder(): Promise<ZSTDDecoder> {
  const zstd = new ZSTDDecoder();
  await zstd.init();
  return zstd;
}

/** Columns by name, of a file of ours or of a real Milvus. */
export async function readParquet(bytes: Buffer): Promise<ReadonlyMap<string, readonly unknown[]>> {
  decoder ??= openDecoder();
  const zstd = await decoder;
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const metadata = parquetMetadata(file, { geoparquet: false });
  // The writer of Milvus marks the root as repeated, which makes the library expect levels that are not there.
  const [root, ...leaves] = metadata.schema;
  if (root !== undefined) delete root.repetition_type;
  const rows = await parquetReadObjects({
    file,
    metadata,
    utf8: false,
    geoparquet: false,
    compressors: { ZSTD: (input, size) => zstd.decode(input, size) },
  });
  return new Map(leaves.map(({ name }) => [name, rows.map((row) => row[name])]));
}
