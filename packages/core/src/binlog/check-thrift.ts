import { broken } from './failures.js';

/** Parquet's own structures nest less than half as deep. */
const maxDepth = 16;

const types = {
  yes: 1,
  no: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  struct: 12,
} as const;

/**
 * Walks one Thrift struct (compact protocol) and gives the offset after it. The Parquet library allocates a list as long as
 * its header says and trusts string lengths, so that a flipped bit can end the process where no `catch` helps; what
 * passes here holds no more elements than bytes.
 * @param end offset that the struct must not pass
 * @throws BackupError `VERIFY_FAILED`
 */
export function checkThrift(bytes: Uint8Array, start: number, end: number): number {
  let at = start;

  const byte = (): number => {
    const value = at < end ? bytes[at] : undefined;
    if (value === undefined) throw broken('a Parquet header is cut', at);
    at += 1;
    return value;
  };

  const varint = (maxBytes: number): number => {
    let value = 0;
    for (let index = 0; index < maxBytes; index += 1) {
      const part = byte();
      value += (part & 0x7f) * 2 ** (7 * index);
      if ((part & 0x80) === 0) return value;
    }
    throw broken('a number in a Parquet header is too long', at);
  };

  const skip = (length: number): void => {
    if (length > end - at)
      throw broken(`${length} bytes announced, ${end - at} left in a Parquet header`, at);
    at += length;
  };

  const element = (type: number, depth: number): void => {
    if (type === types.i16 || type === types.i32) varint(5);
    else if (type === types.i64) varint(10);
    else if (type === types.byte) skip(1);
    else if (type === types.double) skip(8);
    else if (type === types.binary) skip(varint(5));
    else if (type === types.list) list(depth + 1);
    else if (type === types.struct) struct(depth + 1);
    else throw broken(`a Parquet header holds a value of type ${type}`, at);
  };

  const list = (depth: number): void => {
    if (depth > maxDepth) throw broken('a Parquet header nests too deep', at);
    const head = byte();
    const type = head & 0x0f;
    const size = head >> 4 === 15 ? varint(5) : head >> 4;
    if (size > end - at) throw broken(`a list of ${size} in ${end - at} bytes of a Parquet header`, at);
    const flags = type === types.yes || type === types.no;
    for (let index = 0; index < size; index += 1) element(flags ? types.byte : type, depth);
  };

  const struct = (depth: number): void => {
    if (depth > maxDepth) throw broken('a Parquet header nests too deep', at);
    for (let head = byte(); head !== 0; head = byte()) {
      const type = head & 0x0f;
      // Without a step the field's number follows; a flag has its value in the type.
      if (head >> 4 === 0) varint(5);
      if (type !== types.yes && type !== types.no) element(type, depth);
    }
  };

  struct(0);
  return at;
}
