import { broken, unsupported } from './failures.js';
import type { Parquet } from './load-parquet.js';

/** Far above a page that Milvus writes (1 MiB, or one value), low enough to be allocated for a damaged header. */
const maxPageBytes = 256 * 1024 * 1024;
const frameMagic = 0xfd2fb528;

/**
 * A page's bytes before compression. The output is allocated from the page's header, so that a damaged frame cannot ask for
 * more, and compared with the checksum that Milvus's writer adds to each frame: the library ignores it.
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
  if (!Number.isInteger(size) || size < 0 || size > maxPageBytes) {
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
  const output = new Uint8Array(size);
  let unpacked: Uint8Array;
  try {
    unpacked = parquet.decompressZstd(packed, output);
  } catch (cause) {
    throw broken('a page cannot be unpacked', offset, cause);
  }
  const hasChecksum = (view.getUint8(4) & 4) !== 0;
  const checksum = hasChecksum ? view.getUint32(packed.length - 4, true) : null;
  if (unpacked !== output || (checksum !== null && checksum !== low32(parquet.xxhash64(output)))) {
    throw broken('a page differs from its checksum', offset);
  }
  return output;
}

function low32(hash: bigint): number {
  return Number(hash & 0xffff_ffffn);
}
