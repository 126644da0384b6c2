import { isBackupError } from '../errors/index.js';
import { type ColumnValues, createSink } from './column-values.js';
import { broken, unsupported } from './failures.js';
import { loadParquet, type Parquet } from './load-parquet.js';
import { checkStart, type ParquetColumn, type ParquetFile, readFooter } from './parquet-file.js';
import { readChunk } from './read-chunk.js';

/**
 * Decodes the payload of an event of {@link parseBinlog}: one flat Parquet column. Whatever the bytes are, the process
 * survives: lengths, counts and runs are checked before the Parquet library sees them, and each page against its checksum.
 * @throws BackupError `VERIFY_FAILED` (`details.offset` counts from the payload's start), or `FORMAT_UNSUPPORTED`
 * for several columns, nested values, and encodings and compressions that Milvus does not write
 */
export async function readColumn(payload: Uint8Array): Promise<ColumnValues> {
  const parquet = await loadParquet();
  return guarded(() => {
    const file = openFile(parquet, payload);
    const [column] = file.columns;
    if (!column || file.columns.length !== 1) {
      throw unsupported(`it has ${file.columns.length} columns (${column?.name}…) instead of one`);
    }
    return decodeColumn(parquet, payload, file, column);
  });
}

/** One column of a file of several. */
export interface NamedColumn {
  readonly name: string;
  readonly field: bigint | null;
  readonly values: ColumnValues;
}

/**
 * Decodes a Parquet file of several flat columns one after another, in their order: only one is held at a time.
 * Throws as {@link readColumn}; `FORMAT_UNSUPPORTED` for a nested one after the flat ones have been given.
 */
export async function* readColumns(bytes: Uint8Array): AsyncGenerator<NamedColumn> {
  const parquet = await loadParquet();
  const file = guarded(() => openFile(parquet, bytes));
  for (const column of file.columns) {
    if (column.leaf === null) continue;
    const values = guarded(() => decodeColumn(parquet, bytes, file, column));
    yield { name: column.name, field: column.field, values };
  }
  const nested = file.columns.find(({ leaf }) => leaf === null);
  if (nested) throw unsupported(`its column ${nested.name} is nested`);
}

/** How many rows a Parquet file of any number of columns has, from its footer. Throws as {@link readColumn}. */
export async function countRows(payload: Uint8Array): Promise<number> {
  const parquet = await loadParquet();
  return openFile(parquet, payload).rows;
}

/** The error of whatever decodes bytes that may be anything. @throws BackupError */
export function guarded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (isBackupError(error)) throw error;
    throw broken('its values cannot be decoded', 0, error);
  }
}

function openFile(parquet: Parquet, bytes: Uint8Array): ParquetFile {
  checkStart(bytes);
  return readFooter(parquet, bytes, bytes.length);
}

function decodeColumn(
  parquet: Parquet,
  bytes: Uint8Array,
  { rows, footer }: ParquetFile,
  { name, leaf, nullable, chunks }: ParquetColumn,
): ColumnValues {
  if (leaf === null) throw unsupported(`its column ${name} is nested`);
  const sink = createSink(leaf, rows);
  for (const chunk of chunks) {
    readChunk(parquet, bytes.subarray(chunk.start, chunk.end), chunk, { leaf, nullable }, sink);
  }
  return sink.finish(footer);
}
