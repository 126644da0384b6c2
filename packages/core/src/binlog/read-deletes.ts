import { parseWideJson, readWideInteger } from '../meta/wide-json.js';
import type { ColumnValues } from './column-values.js';
import { broken, unsupported } from './failures.js';
import { type BinlogFile, isBareParquet, parseBinlog } from './parse-binlog.js';
import { readColumn, readColumns } from './read-column.js';

/** One row of a delta log. */
export interface DeleteRecord {
  readonly pk: bigint | string;
  /** TSO. */
  readonly ts: bigint;
}

/** Milvus's number of the data type of a delta log whose rows are JSON texts. */
const stringType = 20;
const pkTypes = { int64: 5, varChar: 21 } as const;

/** Extra of a delta log with a column for the key and one for the timestamp (`event_data.go` of Milvus 2.5). */
const twoColumns = 'MULTI_FIELD';

/**
 * The deletes of one delta log: JSON texts, or, as Milvus writes them since 2.5 when told to (`dataNode.storage.deltalog` is
 * `parquet`; read in its source, not seen on a real one), a column of keys and one of timestamps. Texts are parsed as they
 * are asked for, so that the iterable throws too.
 * @throws BackupError `VERIFY_FAILED` when it is damaged; `FORMAT_UNSUPPORTED` for another form, such as that of StorageV3
 */
export async function readDeletes(bytes: Uint8Array): Promise<Iterable<DeleteRecord>> {
  const file = parseDeletes(bytes);
  const pages: (readonly string[])[] = [];
  const columns: DeleteColumns[] = [];
  for (const { payload } of file.events) {
    if (isTwoColumns(file)) {
      columns.push(await readTwoColumns(payload));
      continue;
    }
    const column = await readColumn(payload);
    if (column.type !== 'string') throw unsupported(`its deletes are a column of type ${column.type}`);
    pages.push(column.values);
  }
  return isTwoColumns(file) ? pairs(columns) : parseRows(pages);
}

/** The Parquet files of a delta log; throws as {@link readDeletes}. */
export function deletePayloads(bytes: Uint8Array): readonly Uint8Array[] {
  return parseDeletes(bytes).events.map(({ payload }) => payload);
}

function parseDeletes(bytes: Uint8Array): BinlogFile {
  if (isBareParquet(bytes)) throw unsupported('its deletes are bare Parquet (StorageV3)');
  const file = parseBinlog(bytes);
  const { version } = file.extras;
  if (!isTwoColumns(file) && (version !== undefined || file.dataType !== stringType)) {
    throw unsupported(`its deletes are of data type ${file.dataType}, version ${String(version)}`);
  }
  const insert = file.events.find((event) => event.type !== 'delete');
  if (insert) throw broken('a delta log holds inserts', insert.offset);
  return file;
}

const isTwoColumns = ({ extras }: BinlogFile): boolean => extras.version === twoColumns;

interface DeleteColumns {
  readonly keys: BigInt64Array | readonly string[];
  readonly times: BigInt64Array;
}

async function readTwoColumns(payload: Uint8Array): Promise<DeleteColumns> {
  const columns: ColumnValues[] = [];
  for await (const { values } of readColumns(payload)) columns.push(values);
  const [keys, times] = columns;
  if (columns.length !== 2 || times?.type !== 'long' || (keys?.type !== 'long' && keys?.type !== 'string')) {
    throw unsupported(`its deletes are columns of the types ${columns.map(({ type }) => type).join(', ')}`);
  }
  if (keys.present !== null || times.present !== null) throw broken('a delete lacks its key or its time', 0);
  return { keys: keys.values, times: times.values };
}

function* pairs(pages: readonly DeleteColumns[]): Generator<DeleteRecord> {
  for (const { keys, times } of pages) {
    for (const [row, ts] of times.entries()) {
      yield { pk: keys[row] ?? '', ts: BigInt.asUintN(64, ts) };
    }
  }
}

function* parseRows(pages: readonly (readonly string[])[]): Generator<DeleteRecord> {
  let row = 0;
  for (const texts of pages) {
    for (const text of texts) {
      yield parseRow(text, row);
      row += 1;
    }
  }
}

function parseRow(text: string, row: number): DeleteRecord {
  let value: unknown;
  try {
    value = parseWideJson(text);
  } catch (cause) {
    throw broken(`delete ${row} is no JSON`, 0, cause);
  }
  const { pk, ts, pkType } = Object(value) as Record<string, unknown>;
  const time = toInteger(ts);
  const key = pkType === pkTypes.varChar ? toText(pk) : pkType === pkTypes.int64 ? toInteger(pk) : null;
  if (time === null || key === null) throw broken(`delete ${row} lacks a key or a timestamp`, 0);
  return { pk: key, ts: time };
}

function toInteger(value: unknown): bigint | null {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  return readWideInteger(value);
}

function toText(value: unknown): string | null {
  return typeof value === 'string' && readWideInteger(value) === null ? value : null;
}
