import type { SchemaElement } from 'hyparquet/src/types.js';
import { checkIndices, checkPlain } from './check-page.js';
import { checkThrift } from './check-thrift.js';
import type { ValueSink } from './column-values.js';
import { broken, unsupported } from './failures.js';
import type { Parquet } from './load-parquet.js';
import type { ParquetChunk } from './parquet-file.js';
import { readLevels } from './read-levels.js';
import { unpackPage } from './unpack-page.js';

/** The column that a chunk is of. */
export interface ChunkColumn {
  readonly leaf: SchemaElement;
  readonly nullable: boolean;
}

/**
 * Hands the values of one column in one row group to a sink.
 * @param bytes the chunk, from its start to its end
 * @throws BackupError `VERIFY_FAILED`, `FORMAT_UNSUPPORTED` for encodings and compressions that Milvus does not write
 */
export function readChunk(
  parquet: Parquet,
  bytes: Uint8Array,
  { meta, start, rows }: ParquetChunk,
  { leaf, nullable }: ChunkColumn,
  sink: ValueSink,
): void {
  const view = viewOf(bytes);
  let seen = 0;
  let hasDictionary = false;
  for (let at = 0; at < bytes.length; ) {
    const offset = start + at;
    const body = checkThrift(bytes, at, bytes.length);
    const header = parquet.parquetHeader({ view, offset: at });
    const next = body + header.compressed_page_size;
    if (!(next >= body && next <= bytes.length))
      throw broken(`a page from ${start + body} to ${start + next} of ${start + bytes.length}`, offset);
    const page = unpackPage(
      parquet,
      meta.codec,
      bytes.subarray(body, next),
      header.uncompressed_page_size,
      offset,
    );
    const head = header.data_page_header ?? header.dictionary_page_header;
    const count = head?.num_values ?? -1;
    if (header.type === 'DICTIONARY_PAGE' && header.dictionary_page_header) {
      if (hasDictionary || seen > 0) throw broken('a second dictionary', offset);
      if (!isCount(count, page.length)) throw broken(`a dictionary of ${count} values`, offset);
      checkPlain(page, meta.type, leaf.type_length, count, offset);
      sink.setDictionary(
        parquet.readPlain({ view: viewOf(page), offset: 0 }, meta.type, count, leaf.type_length),
      );
      hasDictionary = true;
    } else if (header.type === 'DATA_PAGE' && header.data_page_header) {
      if (!isCount(count, rows - seen))
        throw broken(`a page of ${count} values, ${rows - seen} are left`, offset);
      const { encoding, definition_level_encoding } = header.data_page_header;
      if (nullable && definition_level_encoding !== 'RLE')
        throw unsupported(`its levels are encoded as ${definition_level_encoding}`);
      const levels = nullable ? readLevels(page, count, offset) : null;
      const values = levels ? page.subarray(levels.end) : page;
      const present = levels ? levels.present : count;
      const plain = encoding === 'PLAIN';
      if (!plain && encoding !== 'RLE_DICTIONARY' && encoding !== 'PLAIN_DICTIONARY') {
        throw unsupported(`its encoding is ${encoding}`);
      }
      if (present === 0) {
        sink.add([], false, offset, levels?.levels ?? null);
      } else {
        if (plain) checkPlain(values, meta.type, leaf.type_length, present, offset);
        else if (hasDictionary) checkIndices(values, present, offset);
        else throw broken('indices without a dictionary', offset);
        const flat = { ...header.data_page_header, num_values: present };
        const { dataPage } = parquet.readDataPage(values, flat, {
          pathInSchema: [],
          element: leaf,
          // The levels are off: what is left is as that of a required, flat column.
          schemaPath: [],
          ...meta,
        } as unknown as Parameters<Parquet['readDataPage']>[2]);
        sink.add(dataPage, !plain, offset, levels && present < count ? levels.levels : null);
      }
      seen += count;
    } else {
      throw unsupported(`it has a page of the kind ${header.type}`);
    }
    at = next;
  }
  if (seen !== rows) throw broken(`${seen} values instead of ${rows}`, start);
}

function isCount(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
