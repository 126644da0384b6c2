import { broken, unsupported } from './failures.js';

const widths: Readonly<Record<string, number>> = { INT32: 4, INT64: 8, FLOAT: 4, DOUBLE: 8 };
/** The library's bit reader is right up to here; a dictionary has fewer values than a page has bytes. */
const maxIndexBits = 24;

/**
 * Refuses a page of plain values whose bytes are not exactly those of `count` values, before the library allocates for them.
 * @throws BackupError `VERIFY_FAILED`, or `FORMAT_UNSUPPORTED` for a type that Milvus does not write
 */
export function checkPlain(
  page: Uint8Array,
  type: string,
  typeLength: number | undefined,
  count: number,
  offset: number,
): void {
  const want = plainBytes(page, type, typeLength, count);
  if (want !== page.length) throw broken(`${count} values in a page of ${page.length} bytes`, offset);
}

function plainBytes(page: Uint8Array, type: string, typeLength: number | undefined, count: number): number {
  if (type === 'BOOLEAN') return Math.ceil(count / 8);
  if (type === 'FIXED_LEN_BYTE_ARRAY') return count * (typeLength ?? Number.NaN);
  if (type === 'BYTE_ARRAY') return byteArraysLength(page, count);
  const width = widths[type];
  if (width === undefined) throw unsupported(`its values are of the type ${type}`);
  return count * width;
}

function byteArraysLength(page: Uint8Array, count: number): number {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + 4 > page.length) return Number.NaN;
    at += 4 + view.getUint32(at, true);
  }
  return at;
}

/**
 * Refuses dictionary indices whose runs do not give exactly `count` values: the library fills a run as long as it says, which
 * for a damaged one ends the process.
 * @param page its first byte is the width of an index in bits
 * @throws BackupError `VERIFY_FAILED`
 */
export function checkIndices(page: Uint8Array, count: number, offset: number): void {
  const width = page[0];
  if (width === undefined || width > maxIndexBits) throw broken(`indices of ${width} bits`, offset);
  if (width === 0) return;
  let at = 1;
  let seen = 0;
  while (seen < count) {
    const start = at;
    let run = 0;
    for (let shift = 0; ; shift += 7) {
      const part = page[at];
      if (part === undefined || shift > 21) throw broken('a run of indices is cut or too long', offset);
      at += 1;
      run += (part & 0x7f) * 2 ** shift;
      if ((part & 0x80) === 0) break;
    }
    const length = run >>> 1;
    const packed = (run & 1) === 1;
    at += packed ? length * width : Math.ceil(width / 8);
    seen += packed ? length * 8 : length;
    // Packed runs come in eights, so that the last may hold up to seven values more than there are.
    if (length === 0 || at > page.length || seen >= count + (packed ? 8 : 1)) {
      throw broken(`a run of ${length} indices at byte ${start} of a page with ${count} values`, offset);
    }
  }
}
