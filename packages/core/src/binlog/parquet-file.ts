import type { ColumnMetaData, FileMetaData, SchemaElement } from 'hyparquet/src/types.js';
import { checkThrift } from './check-thrift.js';
import { broken, unsupported } from './failures.js';
import type { Parquet } from './load-parquet.js';

const parquetMagic = 0x31524150;
/** More than twice what Milvus puts into one binlog; a dictionary can claim any number of rows in a few bytes. */
const maxRows = 2 ** 24;
/** A footer of one column has a few hundred bytes and two values as statistics; of many row groups and columns some more. */
export const maxFooterBytes = 4 * 1024 * 1024;
/** Magic number and length of the footer. */
export const tailBytes = 8;

/** A Parquet file by its footer. */
export interface ParquetFile {
  readonly columns: readonly ParquetColumn[];
  readonly rows: number;
  /** Rows of each row group. */
  readonly groups: readonly number[];
  /** Offset of the footer. */
  readonly footer: number;
}

export interface ParquetColumn {
  readonly name: string;
  /** The field of the collection: by the file's own ids, or by a name that is a number; `null` when it has neither. */
  readonly field: bigint | null;
  /** `null`: it is nested, and not read here. */
  readonly leaf: SchemaElement | null;
  readonly nullable: boolean;
  /** By row group. */
  readonly chunks: readonly ParquetChunk[];
}

export interface ParquetChunk {
  readonly meta: ColumnMetaData;
  /** Offsets in the file. */
  readonly start: number;
  readonly end: number;
  readonly rows: number;
}

/** How many of the last bytes of a file hold its footer, by its last {@link tailBytes}. @throws BackupError `VERIFY_FAILED` */
export function measureFooter(tail: Uint8Array, size: number): number {
  const at = tail.length - tailBytes;
  if (at < 0 || size < tailBytes + 4) throw broken('too short for a Parquet file', size);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  if (view.getUint32(at + 4, true) !== parquetMagic) throw broken('no Parquet file ends here', size - 4);
  const length = view.getUint32(at, true);
  if (length > size - tailBytes - 4 || length > maxFooterBytes)
    throw broken(`a Parquet footer of ${length} bytes`, size - tailBytes);
  return length + tailBytes;
}

/**
 * Reads a footer; what it says of places and counts is checked before the Parquet library or anybody else relies on it.
 * @param tail the last bytes of the file, at least as many as {@link measureFooter} says
 * @param size of the file
 * @throws BackupError `VERIFY_FAILED`, or `FORMAT_UNSUPPORTED` for a file of more rows than Milvus puts into one
 */
export function readFooter(parquet: Parquet, tail: Uint8Array, size: number): ParquetFile {
  const footer = size - measureFooter(tail, size);
  const within = tail.subarray(tail.length - (size - footer));
  const length = within.length - tailBytes;
  if (checkThrift(within, 0, length) !== length) throw broken('the Parquet footer ends early', footer);
  let metadata: FileMetaData;
  try {
    metadata = parquet.parquetMetadata(within, { geoparquet: false });
  } catch (cause) {
    throw broken('the Parquet footer cannot be read', footer, cause);
  }
  const groups = metadata.row_groups.map((group) => toCount(group.num_rows, footer));
  const rows = groups.reduce((sum, count) => sum + count, 0);
  if (rows > maxRows) throw unsupported(`it has ${rows} rows, at most ${maxRows} are read`);
  if (rows !== toCount(metadata.num_rows, footer)) {
    throw broken(`${metadata.num_rows} rows in row groups of ${rows}`, footer);
  }
  return { columns: readSchema(metadata, footer), rows, groups, footer };
}

function readSchema(metadata: FileMetaData, footer: number): ParquetColumn[] {
  const [root, ...elements] = metadata.schema;
  const columns: ParquetColumn[] = [];
  let at = 0;
  /** Leaves so far: a row group has a chunk for each. */
  let leaves = 0;
  const skip = (depth: number): void => {
    const element = elements[at];
    if (!element || depth > 8) throw broken('the Parquet schema is broken', footer);
    at += 1;
    if (element.num_children === undefined) leaves += 1;
    for (let child = 0; child < (element.num_children ?? 0); child += 1) skip(depth + 1);
  };
  for (let index = 0; index < (root?.num_children ?? 0); index += 1) {
    const element = elements[at];
    const first = leaves;
    skip(0);
    if (!element) throw broken('the Parquet schema is broken', footer);
    const nested = element.num_children !== undefined || element.repetition_type === 'REPEATED';
    columns.push({
      name: element.name,
      field: fieldOf(element),
      leaf: nested ? null : element,
      nullable: element.repetition_type === 'OPTIONAL',
      chunks: nested ? [] : chunksOf(metadata, element, first, footer),
    });
  }
  if (columns.length === 0 || at !== elements.length) throw broken('the Parquet schema is broken', footer);
  for (const group of metadata.row_groups) {
    if (group.columns.length !== leaves)
      throw broken(`a row group has ${group.columns.length} columns instead of ${leaves}`, footer);
  }
  return columns;
}

/**
 * In packed files Milvus 2.6 gives each column the field's id, and names it by the field or by the id (`internal/storage/schema.go`);
 * read in its source, not seen on a real one.
 */
function fieldOf({ field_id, name }: SchemaElement): bigint | null {
  if (field_id !== undefined && field_id >= 0) return BigInt(field_id);
  return /^\d{1,18}$/.test(name) ? BigInt(name) : null;
}

function chunksOf(
  metadata: FileMetaData,
  leaf: SchemaElement,
  index: number,
  footer: number,
): ParquetChunk[] {
  return metadata.row_groups.map((group) => {
    const meta = group.columns[index]?.meta_data;
    if (!meta) throw broken(`a row group lacks column ${leaf.name}`, footer);
    if (meta.type !== leaf.type || meta.num_values !== group.num_rows) {
      throw broken('a row group does not fit the schema', footer);
    }
    const start = toCount(meta.dictionary_page_offset || meta.data_page_offset, footer);
    const end = start + toCount(meta.total_compressed_size, footer);
    if (start < 4 || end > footer) throw broken(`values from ${start} to ${end} of ${footer}`, footer);
    return { meta, start, end, rows: toCount(meta.num_values, footer) };
  });
}

function toCount(value: unknown, offset: number): number {
  if (typeof value !== 'bigint' || value < 0n || value > Number.MAX_SAFE_INTEGER) {
    throw broken(`${String(value)} is no count`, offset);
  }
  return Number(value);
}

/** @throws BackupError `VERIFY_FAILED` unless the bytes begin as a Parquet file */
export function checkStart(bytes: Uint8Array): void {
  if (bytes.length < 12) throw broken('too short for a Parquet file', bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== parquetMagic) throw broken('no Parquet file begins here', 0);
}
