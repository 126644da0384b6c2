import type { DeleteRecord } from './read-deletes.js';
import { writeTextColumn } from './write-text-column.js';

export interface DeleteLogInput {
  readonly collection: bigint;
  readonly partition: bigint;
  readonly segment: bigint;
  /** At least one; keys all of one kind. */
  readonly deletes: readonly DeleteRecord[];
}

const magic = 0x00fffabc;
const headerBytes = 17;
const fixedBytes = 52;
/** Fixed part of each kind of event, by its number, of which the descriptor is the first. */
const fixedLengths = [fixedBytes, 16, 16, 16, 16, 16, 16, 16];
const eventTypes = { descriptor: 0, delete: 2 } as const;
const stringType = 20;
const pkTypes = { bigint: 5, string: 21 } as const;
const noField = -1n;

/**
 * A delta log of storage version 1 as Milvus 2.3.5 writes it: a descriptor, and one event around a Parquet file with a JSON text a
 * delete. The same deletes in the same order give the same bytes.
 *
 * A real 2.3.5 imports it: `test/e2e/test/l0compact.integration.test.ts`. Its Parquet file is not compressed, which that writer does
 * and no reader asks for.
 */
export async function writeDeleteLog(input: DeleteLogInput): Promise<Uint8Array> {
  const { deletes } = input;
  const texts = deletes.map(toText);
  const payload = await writeTextColumn('val', texts);
  const size = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const times = { start: deletes[0]?.ts ?? 0n, end: deletes[0]?.ts ?? 0n };
  for (const { ts } of deletes) {
    if (ts < times.start) times.start = ts;
    if (ts > times.end) times.end = ts;
  }
  const fixed = Buffer.alloc(16);
  fixed.writeBigUInt64LE(times.start, 0);
  fixed.writeBigUInt64LE(times.end, 8);
  const start = Buffer.alloc(4);
  start.writeUInt32LE(magic);
  const descriptor = event(
    eventTypes.descriptor,
    times.end,
    start.length,
    descriptorOf(input, times, String(size)),
  );
  const data = event(eventTypes.delete, times.end, start.length + descriptor.length, [fixed, payload]);
  return Buffer.concat([start, descriptor, data]);
}

/** 64-bit integers are bare, as Go writes them. */
function toText({ pk, ts }: DeleteRecord): string {
  const key = typeof pk === 'bigint' ? String(pk) : JSON.stringify(pk);
  const type = typeof pk === 'bigint' ? pkTypes.bigint : pkTypes.string;
  return `{"pk":${key},"ts":${ts},"pkType":${type}}`;
}

function descriptorOf(
  { collection, partition, segment }: DeleteLogInput,
  times: { readonly start: bigint; readonly end: bigint },
  originalSize: string,
): Buffer[] {
  const extras = Buffer.from(JSON.stringify({ original_size: originalSize }));
  const fixed = Buffer.alloc(fixedBytes + fixedLengths.length + 4);
  for (const [index, id] of [collection, partition, segment, noField].entries())
    fixed.writeBigInt64LE(id, index * 8);
  fixed.writeBigUInt64LE(times.start, 32);
  fixed.writeBigUInt64LE(times.end, 40);
  fixed.writeInt32LE(stringType, 48);
  fixed.set(fixedLengths, fixedBytes);
  fixed.writeInt32LE(extras.length, fixedBytes + fixedLengths.length);
  return [fixed, extras];
}

/** @param position of the event in the file */
function event(type: number, timestamp: bigint, position: number, body: readonly Uint8Array[]): Buffer {
  const length = headerBytes + body.reduce((sum, part) => sum + part.length, 0);
  const header = Buffer.alloc(headerBytes);
  header.writeBigUInt64LE(timestamp, 0);
  header.writeInt8(type, 8);
  header.writeInt32LE(length, 9);
  header.writeInt32LE(position + length, 13);
  return Buffer.concat([header, ...body]);
}
