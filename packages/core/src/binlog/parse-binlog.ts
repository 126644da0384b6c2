import { broken, unsupported } from './failures.js';

/** One binlog of format V1: the values of one field of one segment, or deletes of one segment. */
export interface BinlogFile {
  readonly collection: bigint;
  readonly partition: bigint;
  readonly segment: bigint;
  /** 0 row ids, 1 timestamps, -1 in a delta log. */
  readonly field: bigint;
  /** Milvus's number of the field's data type. */
  readonly dataType: number;
  /** TSO of the first and the last row. */
  readonly startTs: bigint;
  readonly endTs: bigint;
  /** The descriptor's free part, such as `original_size` (bytes before compression, as text). */
  readonly extras: Readonly<Record<string, unknown>>;
  readonly events: readonly BinlogEvent[];
}

export interface BinlogEvent {
  readonly type: 'insert' | 'delete';
  /** TSO. */
  readonly startTs: bigint;
  readonly endTs: bigint;
  /** Where {@link payload} begins in the file. */
  readonly offset: number;
  /** One Parquet file; a view on the given bytes, not a copy. */
  readonly payload: Uint8Array;
}

const magic = 0x00fffabc;
const headerBytes = 17;
/** Collection, partition, segment, field, two timestamps, data type. */
const descriptorBytes = 52;
/** Event types for which a descriptor gives the length of what follows their header. */
const lengthsBytes = 8;
const dataEventBytes = 16;
const nextUnknown = -1;
const eventTypes = { descriptor: 0, insert: 1, delete: 2 } as const;

/**
 * Takes a binlog apart without decoding its values. Every length is checked against the bytes that are there.
 * @throws BackupError `VERIFY_FAILED` with `details.offset` when the bytes are not a whole binlog,
 * `FORMAT_UNSUPPORTED` when its events are of another kind than insert and delete
 */
export function parseBinlog(bytes: Uint8Array): BinlogFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  need(view, 0, 4, 'the magic number');
  if (view.getUint32(0, true) !== magic) throw broken('it does not begin with the magic number', 0);
  const header = readHeader(view, 4);
  if (header.type !== eventTypes.descriptor) throw broken('its first event is no descriptor', 12);
  const at = 4 + headerBytes;
  const descriptor = readDescriptor(view, at, header.end);
  const events: BinlogEvent[] = [];
  for (let start = header.end; start < bytes.length; ) {
    const event = readHeader(view, start);
    events.push(readDataEvent(bytes, view, start, event, descriptor.lengths));
    start = event.end;
  }
  // What `edek` holds is the encrypted key of a database with an encryption zone (`event_data.go`).
  if (descriptor.extras.edek !== undefined) throw unsupported('its values are encrypted');
  if (events.length === 0) throw broken('it ends after its descriptor', bytes.length);
  const { lengths: _lengths, ...facts } = descriptor;
  return { ...facts, events };
}

/** Whether an object is no V1 binlog at all but the Parquet file of a newer storage version. */
export function isBareParquet(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'PAR1';
}

interface EventHeader {
  readonly type: number;
  /** Offset after the event. */
  readonly end: number;
}

function readHeader(view: DataView, start: number): EventHeader {
  need(view, start, headerBytes, 'an event header');
  const type = view.getInt8(start + 8);
  const length = view.getInt32(start + 9, true);
  const next = view.getInt32(start + 13, true);
  if (length < headerBytes) throw broken(`an event of ${length} bytes`, start + 9);
  const end = start + length;
  // Since 2.4 Milvus writes binlogs as streams and leaves the place of the next event open (-1, `event_header.go`).
  if (next !== end && next !== nextUnknown)
    throw broken(`an event that ends at ${end} says that the next begins at ${next}`, start + 13);
  if (end > view.byteLength) {
    throw broken(`an event ends at ${end}, the file at ${view.byteLength}`, start + 9);
  }
  return { type, end };
}

type Descriptor = Omit<BinlogFile, 'events'> & { readonly lengths: Uint8Array };

function readDescriptor(view: DataView, at: number, end: number): Descriptor {
  const lengthsAt = at + descriptorBytes;
  const extrasAt = lengthsAt + lengthsBytes + 4;
  if (extrasAt > end) throw broken('the descriptor is too short', at);
  if (view.getUint8(lengthsAt) !== descriptorBytes) {
    throw unsupported(`its descriptor has a fixed part of ${view.getUint8(lengthsAt)} bytes`);
  }
  const extrasLength = view.getInt32(extrasAt - 4, true);
  if (extrasLength !== end - extrasAt) {
    throw broken(`${extrasLength} bytes of extras in ${end - extrasAt}`, extrasAt - 4);
  }
  const part = (offset: number, length: number): Uint8Array =>
    new Uint8Array(view.buffer, view.byteOffset + offset, length);
  return {
    collection: view.getBigInt64(at, true),
    partition: view.getBigInt64(at + 8, true),
    segment: view.getBigInt64(at + 16, true),
    field: view.getBigInt64(at + 24, true),
    startTs: view.getBigUint64(at + 32, true),
    endTs: view.getBigUint64(at + 40, true),
    dataType: view.getInt32(at + 48, true),
    lengths: part(lengthsAt, lengthsBytes),
    extras: parseExtras(part(extrasAt, extrasLength), extrasAt),
  };
}

function parseExtras(bytes: Uint8Array, offset: number): Readonly<Record<string, unknown>> {
  if (bytes.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw broken('the extras are no JSON', offset, cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw broken('the extras are no JSON object', offset);
  }
  return value as Readonly<Record<string, unknown>>;
}

function readDataEvent(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  header: EventHeader,
  lengths: Uint8Array,
): BinlogEvent {
  if (header.type !== eventTypes.insert && header.type !== eventTypes.delete) {
    throw unsupported(`it holds an event of type ${header.type}`);
  }
  if (lengths[header.type] !== dataEventBytes) {
    throw unsupported(`its events have a fixed part of ${lengths[header.type]} bytes`);
  }
  const at = start + headerBytes;
  const offset = at + dataEventBytes;
  if (offset > header.end) throw broken('a data event is too short', start);
  return {
    type: header.type === eventTypes.insert ? 'insert' : 'delete',
    startTs: view.getBigUint64(at, true),
    endTs: view.getBigUint64(at + 8, true),
    offset,
    payload: bytes.subarray(offset, header.end),
  };
}

function need(view: DataView, offset: number, length: number, what: string): void {
  if (offset + length > view.byteLength) throw broken(`it ends inside ${what}`, view.byteLength);
}
