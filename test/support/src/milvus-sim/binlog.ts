import { type ParquetColumn, readParquet, textKind, writeParquet } from './parquet-file.js';
import { dataTypes } from './schema.js';
import type { Column, DeleteRecord } from './types.js';

/** What the descriptor of a V1 binlog says. */
export interface BinlogFacts {
  readonly collection: bigint;
  readonly partition: bigint;
  readonly segment: bigint;
  /** -1 in a delta log. */
  readonly field: bigint;
  readonly dataType: number;
  readonly startTs: bigint;
  readonly endTs: bigint;
}

const magic = Buffer.from([0xbc, 0xfa, 0xff, 0x00]);
const headerBytes = 17;
const fixedBytes = 52;
const eventTypes = { insert: 1, delete: 2 } as const;

/** One column, as Milvus up to 2.5 stores it: magic, descriptor event, one data event around a Parquet file. */
export function writeInsertLog(facts: BinlogFacts, column: ParquetColumn): Buffer {
  return wrap(facts, 'insert', writeParquet([column], column.values.length), column.nullable);
}

export function writeDeltaLog(
  facts: Omit<BinlogFacts, 'field' | 'dataType'>,
  deletes: readonly Pick<DeleteRecord, 'key' | 'timestamp'>[],
  keyType: number,
): Buffer {
  const values = deletes.map(({ key, timestamp }) => {
    const pk = keyType === dataTypes.int64 ? key : JSON.stringify(key);
    return `{"pk":${pk},"ts":${timestamp},"pkType":${keyType}}`;
  });
  const payload = writeParquet([{ name: 'val', kind: textKind, nullable: false, values }], values.length);
  return wrap({ ...facts, field: -1n, dataType: dataTypes.string }, 'delete', payload, false);
}

function wrap(facts: BinlogFacts, kind: keyof typeof eventTypes, payload: Buffer, nullable: boolean): Buffer {
  const extras = Buffer.from(
    JSON.stringify({ original_size: String(payload.length), ...(nullable ? { nullable: true } : {}) }),
  );
  const descriptor = Buffer.alloc(fixedBytes + 8 + 4);
  descriptor.writeBigInt64LE(facts.collection, 0);
  descriptor.writeBigInt64LE(facts.partition, 8);
  descriptor.writeBigInt64LE(facts.segment, 16);
  descriptor.writeBigInt64LE(facts.field, 24);
  descriptor.writeBigUInt64LE(facts.startTs, 32);
  descriptor.writeBigUInt64LE(facts.endTs, 40);
  descriptor.writeInt32LE(facts.dataType, 48);
  descriptor.set([fixedBytes, 16, 16, 16, 16, 16, 16, 16], fixedBytes);
  descriptor.writeInt32LE(extras.length, fixedBytes + 8);
  const times = Buffer.alloc(16);
  times.writeBigUInt64LE(facts.startTs, 0);
  times.writeBigUInt64LE(facts.endTs, 8);
  const first = event(0, facts.startTs, magic.length, [descriptor, extras]);
  return Buffer.concat([
    magic,
    first,
    event(eventTypes[kind], facts.startTs, magic.length + first.length, [times, payload]),
  ]);
}

function event(type: number, timestamp: bigint, position: number, body: readonly Buffer[]): Buffer {
  const length = headerBytes + body.reduce((sum, part) => sum + part.length, 0);
  const header = Buffer.alloc(headerBytes);
  header.writeBigUInt64LE(timestamp, 0);
  header.writeInt8(type, 8);
  header.writeInt32LE(length, 9);
  header.writeInt32LE(position + length, 13);
  return Buffer.concat([header, ...body]);
}

/** The Parquet files inside a V1 binlog. */
function payloadsOf(bytes: Buffer, key: string): readonly Buffer[] {
  if (!bytes.subarray(0, 4).equals(magic)) throw new Error(`${key} is no binlog`);
  const payloads: Buffer[] = [];
  let at = bytes.readInt32LE(4 + 13);
  while (at < bytes.length) {
    const next = bytes.readInt32LE(at + 13);
    if (next <= at + headerBytes + 16 || next > bytes.length)
      throw new Error(`${key} is damaged at byte ${at}`);
    payloads.push(bytes.subarray(at + headerBytes + 16, next));
    at = next;
  }
  return payloads;
}

export function isBareParquet(bytes: Buffer): boolean {
  return bytes.subarray(0, 4).toString('latin1') === 'PAR1';
}

/** The raw values of one field; `fromParquet` gives them the form of {@link Column}. */
export async function readInsertLog(bytes: Buffer, key: string): Promise<readonly unknown[]> {
  const values: unknown[] = [];
  for (const payload of payloadsOf(bytes, key)) {
    const [column] = (await readParquet(payload)).values();
    values.push(...(column ?? []));
  }
  return values;
}

export async function readDeltaLog(
  bytes: Buffer,
  key: string,
): Promise<readonly Pick<DeleteRecord, 'key' | 'timestamp'>[]> {
  const rows = await readInsertLog(bytes, key);
  return rows.map((row) => {
    const text = typeof row === 'string' ? row : Buffer.from(row as Uint8Array).toString('utf8');
    const timestamp = /"ts":(\d+)/.exec(text)?.[1];
    const whole = /"pk":(-?\d+)\s*[,}]/.exec(text)?.[1];
    // 64-bit keys are bare integers, which JSON.parse would round.
    const parsed = JSON.parse(text) as { readonly pk: unknown; readonly pkType: number };
    const name = parsed.pkType === dataTypes.int64 ? whole : String(parsed.pk);
    if (timestamp === undefined || name === undefined)
      throw new Error(`${key} holds a delete of another form: ${text}`);
    return { key: name, timestamp: BigInt(timestamp) };
  });
}

/** The values of one column as they are kept in memory. */
export function fromParquet(values: readonly unknown[], dataType: number): Column {
  return values.map((value) => {
    if (value === null || value === undefined) return null;
    if (dataType === dataTypes.int64 || dataType === dataTypes.timestamptz) return BigInt(value as bigint);
    if (dataType === dataTypes.bool) return Boolean(value);
    if (dataType === dataTypes.float || dataType === dataTypes.double) return Number(value);
    if (dataType <= dataTypes.int32) return Number(value);
    const bytes = value instanceof Uint8Array ? Buffer.from(value) : undefined;
    if (dataType === dataTypes.varChar || dataType === dataTypes.string || dataType === dataTypes.text) {
      return bytes?.toString('utf8') ?? String(value);
    }
    return bytes ?? Buffer.from(String(value), 'utf8');
  });
}
