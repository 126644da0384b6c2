import type { ColumnMetaData, FileMetaData, SchemaElement } from 'hyparquet/src/types.js';
import { isBackupError } from '../errors/index.js';
import { checkIndices, checkPlain } from './check-page.js';
import { checkThrift } from './check-thrift.js';
import { type ColumnValues, createSink, type ValueSink } from './column-values.js';
import { broken, unsupported } from './failures.js';
import { loadParquet, type Parquet } from './load-parquet.js';
import { unpackPage } from './unpack-page.js';

const parquetMagic = 0x31524150;
/** More than twice what Milvus puts into one binlog; a dictionary can claim any number of rows in a few bytes. */
const maxRows = 2 ** 24;
/** A footer of one column has a few hundred bytes and two values as statistics. */
const maxFooterBytes = 4 * 1024 * 1024;

/**
 * Decodes the payload of an event of {@link parseBinlog}: one required Parquet column. Whatever the bytes are, the process
 * survives: lengths, counts and runs are checked before the Parquet library sees them, and each page against its checksum.
 * @throws BackupError `VERIFY_FAILED` (`details.offset` counts from the payload's start), or `FORMAT_UNSUPPORTED`
 * for several columns, nullable values, and encodings and compressions that Milvus 2.3 does not write
 */
export async function readColumn(payload: Uint8Array): Promise<ColumnValues> {
  const parquet = await loadParquet();
  try {
    return decode(parquet, payload);
  } catch (error) {
    if (isBackupError(error)) throw error;
    throw broken('its values cannot be decoded', 0, error);
  }
}

/** How many rows a Parquet file of any number of columns has, from its footer. Throws as {@link readColumn}. */
export async function countRows(payload: Uint8Array): Promise<number> {
  const parquet = await loadParquet();
  return openFile(parquet, payload).rows;
}

function decode(parquet: Parquet, payload: Uint8Array): ColumnValues {
  const { metadata, leaf, rows, footer } = openFile(parquet, payload);
  if (metadata.schema.length !== 2) {
    throw unsupported(
      `it has ${metadata.schema.length - 1} columns (${metadata.schema[1]?.name}…) instead of one`,
    );
  }
  if (leaf.repetition_type !== 'REQUIRED') throw unsupported(`its column is ${leaf.repetition_type}`);
  const sink = createSink(leaf, rows);
  for (const group of metadata.row_groups) {
    const meta = group.columns[0]?.meta_data;
    if (group.columns.length !== 1 || !meta) throw broken('a row group has not one column', footer);
    if (meta.type !== leaf.type || meta.num_values !== group.num_rows) {
      throw broken('a row group does not fit the schema', footer);
    }
    readChunk(parquet, payload, footer, meta, leaf, sink);
  }
  return sink.finish(footer);
}

interface OpenFile {
  readonly metadata: FileMetaData;
  readonly leaf: SchemaElement;
  readonly rows: number;
  /** Offset of the footer. */
  readonly footer: number;
}

function openFile(parquet: Parquet, payload: Uint8Array): OpenFile {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const lengthAt = payload.length - 8;
  if (lengthAt < 4) throw broken('too short for a Parquet file', payload.length);
  if (view.getUint32(0, true) !== parquetMagic) throw broken('no Parquet file begins here', 0);
  if (view.getUint32(lengthAt + 4, true) !== parquetMagic)
    throw broken('no Parquet file ends here', lengthAt + 4);
  const length = view.getUint32(lengthAt, true);
  if (length > lengthAt - 4 || length > maxFooterBytes)
    throw broken(`a Parquet footer of ${length} bytes`, lengthAt);
  const footer = lengthAt - length;
  if (checkThrift(payload, footer, lengthAt) !== lengthAt)
    throw broken('the Parquet footer ends early', footer);
  let metadata: FileMetaData;
  try {
    metadata = parquet.parquetMetadata(payload, { geoparquet: false });
  } catch (cause) {
    throw broken('the Parquet footer cannot be read', footer, cause);
  }
  const [root, leaf] = metadata.schema;
  if (!root || !leaf || root.num_children !== metadata.schema.length - 1) {
    throw broken('the Parquet schema is broken', footer);
  }
  const rows = metadata.row_groups.reduce((sum, group) => sum + toCount(group.num_rows, footer), 0);
  if (rows > maxRows) throw unsupported(`it has ${rows} rows, at most ${maxRows} are read`);
  if (rows !== toCount(metadata.num_rows, footer)) {
    throw broken(`${metadata.num_rows} rows in row groups of ${rows}`, footer);
  }
  return { metadata, leaf, rows, footer };
}

function toCount(value: unknown, offset: number): number {
  if (typeof value !== 'bigint' || value < 0n || value > Number.MAX_SAFE_INTEGER) {
    throw broken(`${String(value)} is no count`, offset);
  }
  return Number(value);
}

function readChunk(
  parquet: Parquet,
  payload: Uint8Array,
  footer: number,
  meta: ColumnMetaData,
  leaf: SchemaElement,
  sink: ValueSink,
): void {
  const start = toCount(meta.dictionary_page_offset || meta.data_page_offset, footer);
  const end = start + toCount(meta.total_compressed_size, footer);
  if (start < 4 || end > footer) throw broken(`values from ${start} to ${end} of ${footer}`, footer);
  const rows = toCount(meta.num_values, footer);
  let seen = 0;
  let hasDictionary = false;
  for (let at = start; at < end; ) {
    const body = checkThrift(payload, at, end);
    const header = parquet.parquetHeader({ view: viewOf(payload.subarray(0, end)), offset: at });
    const next = body + header.compressed_page_size;
    if (!(next >= body && next <= end)) throw broken(`a page from ${body} to ${next} of ${end}`, at);
    const page = unpackPage(
      parquet,
      meta.codec,
      payload.subarray(body, next),
      header.uncompressed_page_size,
      at,
    );
    const head = header.data_page_header ?? header.dictionary_page_header;
    const count = head?.num_values ?? -1;
    if (header.type === 'DICTIONARY_PAGE' && header.dictionary_page_header) {
      if (hasDictionary || seen > 0) throw broken('a second dictionary', at);
      if (!isCount(count, page.length)) throw broken(`a dictionary of ${count} values`, at);
      checkPlain(page, meta.type, leaf.type_length, count, at);
      sink.setDictionary(
        parquet.readPlain({ view: viewOf(page), offset: 0 }, meta.type, count, leaf.type_length),
      );
      hasDictionary = true;
    } else if (header.type === 'DATA_PAGE' && header.data_page_header) {
      if (!isCount(count, rows - seen))
        throw broken(`a page of ${count} values, ${rows - seen} are left`, at);
      const { encoding } = header.data_page_header;
      const plain = encoding === 'PLAIN';
      if (!plain && encoding !== 'RLE_DICTIONARY' && encoding !== 'PLAIN_DICTIONARY') {
        throw unsupported(`its encoding is ${encoding}`);
      }
      if (plain) checkPlain(page, meta.type, leaf.type_length, count, at);
      else if (hasDictionary) checkIndices(page, count, at);
      else throw broken('indices without a dictionary', at);
      const { dataPage } = parquet.readDataPage(page, header.data_page_header, {
        pathInSchema: [],
        element: leaf,
        // Nothing above the column: it is required and flat, so that a page has no levels.
        schemaPath: [],
        ...meta,
      } as unknown as Parameters<Parquet['readDataPage']>[2]);
      sink.add(dataPage, !plain, at);
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
