import { type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { decodeScalarArray } from './scalar-array.js';

/** A value as Milvus gives it to a reader of test-support: 64-bit integers as decimal text, bits as hexadecimal. */
export type CellValue = boolean | number | string | readonly CellValue[];

export interface Column {
  readonly collection: bigint;
  readonly partition: bigint;
  readonly segment: bigint;
  /** -1 for delete logs. */
  readonly field: bigint;
  readonly dataType: number;
  readonly values: readonly CellValue[];
}

const magic = 0x00ff_fabc;
const headerBytes = 17;
const fixedPartBytes = 52;
/** Start and end timestamp, before the Parquet file of an insert or delete event. */
const eventTimesBytes = 16;

/**
 * Reads one log file of Milvus. It is written from the description of the format alone and shares nothing with
 * core's own decoder, so that a fault of that one cannot hide here.
 * @throws Error when the file is not what the description says
 */
export async function readColumn(file: Uint8Array): Promise<Column> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(0, true) !== magic) throw new Error('no log file of Milvus');
  const fixed = 4 + headerBytes;
  const dataType = view.getInt32(fixed + fixedPartBytes - 4, true);
  const values: CellValue[] = [];
  let position = nextEvent(view, 4);
  while (position < file.byteLength) {
    const length = view.getInt32(position + 9, true);
    const start = position + headerBytes + eventTimesBytes;
    for (const value of await readParquet(file.slice(start, position + length))) {
      values.push(decodeValue(dataType, value));
    }
    position = nextEvent(view, position);
  }
  return {
    collection: view.getBigInt64(fixed, true),
    partition: view.getBigInt64(fixed + 8, true),
    segment: view.getBigInt64(fixed + 16, true),
    field: view.getBigInt64(fixed + 24, true),
    dataType,
    values,
  };
}

/** The event's length counts from its own start; the position that follows it in the header must agree. */
function nextEvent(view: DataView, position: number): number {
  const next = position + view.getInt32(position + 9, true);
  if (next <= position || next !== view.getInt32(position + 13, true)) {
    throw new Error(`the event at ${position} has a wrong length`);
  }
  return next;
}

async function readParquet(bytes: Uint8Array): Promise<readonly unknown[]> {
  const file = new Uint8Array(bytes).buffer;
  const metadata: FileMetaData = parquetMetadata(file);
  // The writer marks the root as repeated, which the specification leaves out: readers then expect levels that are not there.
  delete metadata.schema[0]?.repetition_type;
  const rows = await parquetReadObjects({ file, metadata, compressors, utf8: false });
  if (rows.length !== Number(metadata.num_rows)) throw new Error('the Parquet file lacks rows');
  return rows.map((row) => row.val);
}

function decodeValue(dataType: number, value: unknown): CellValue {
  switch (dataType) {
    case 1:
      return expectType(value, 'boolean');
    case 2:
    case 3:
    case 4:
    case 10:
    case 11:
      return expectType(value, 'number');
    case 5:
      return String(expectType(value, 'bigint'));
    case 20:
    case 21:
    case 23:
      return typeof value === 'string' ? value : bytesOf(value).toString('utf8');
    case 22:
      return decodeScalarArray(bytesOf(value));
    case 100:
      return bytesOf(value).toString('hex');
    case 101: {
      const bytes = bytesOf(value);
      return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
    }
    default:
      throw new Error(`data type ${dataType} is not in the golden backups`);
  }
}

interface TypeNames {
  readonly boolean: boolean;
  readonly number: number;
  readonly bigint: bigint;
}

function expectType<Name extends keyof TypeNames>(value: unknown, name: Name): TypeNames[Name] {
  if (typeof value !== name) throw new Error(`a value is ${typeof value}, not ${name}`);
  return value as TypeNames[Name];
}

function bytesOf(value: unknown): Buffer {
  if (!(value instanceof Uint8Array)) throw new Error(`a value is ${typeof value}, not bytes`);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
