import { broken, unsupported } from './failures.js';
import type { Parquet } from './load-parquet.js';

/** Far above a page that Milvus writes (1 MiB, or one value): a damaged header must not ask for more. */
const maxPageBytes = 64 * 1024 * 1024;
const frameMagic = 0xfd2fb528;

/**
 * A page's bytes before compression, proven by the checksum that Milvus's writer adds to each frame.
 * @param offset of the page in the payload, for messages
 * @throws BackupError `VERIFY_FAILED`, or `FORMAT_UNSUPPORTED` for another compression
 */
export function unpackPage(
  parquet: Parquet,
  codec: string,
  packed: Uint8Array,
  size: number,
  offset: number,
): Uint8Array {
  // The decoder takes a size of zero for an unknown one.
  if (!Number.isInteger(size) || size < 1 || size > maxPageBytes) {
    throw broken(`a page says that it holds ${size} bytes`, offset);
  }
  if (codec === 'UNCOMPRESSED') {
    if (packed.length !== size) throw broken(`a page of ${packed.length} bytes instead of ${size}`, offset);
    return packed;
  }
  if (codec !== 'ZSTD') throw unsupported(`its compression is ${codec}`);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  if (packed.length < 9 || view.getUint32(0, true) !== frameMagic) {
    throw broken('a page is no Zstandard frame', offset);
  }
  // What cannot be unpacked, does not fit or differs from its checksum comes back empty.
  const unpacked = parquet.zstdDecoder.decode(packed, size);
  if (unpacked.length !== size)
    throw broken('a page cannot be unpacked, or differs from its checksum', offset);
  return unpacked;
}
