import { parseWideJson, readWideInteger } from '../meta/wide-json.js';
import { broken, unsupported } from './failures.js';
import { isBareParquet, parseBinlog } from './parse-binlog.js';
import { readColumn } from './read-column.js';

/** One row of a delta log. */
export interface DeleteRecord {
  readonly pk: bigint | string;
  /** TSO. */
  readonly ts: bigint;
}

/** Milvus's number of the data type of a delta log whose rows are JSON texts. */
const stringType = 20;
const pkTypes = { int64: 5, varChar: 21 } as const;

/**
 * The deletes of one delta log of Milvus 2.2 and 2.3, where each row is a JSON text. Rows are parsed as they are
 * asked for, so that the iterable throws too.
 * @throws BackupError `VERIFY_FAILED` when it is damaged; `FORMAT_UNSUPPORTED` for the newer form with a column for the key
 * and a column for the timestamp, and for bare Parquet
 */
export async function readDeletes(bytes: Uint8Array): Promise<Iterable<DeleteRecord>> {
  const pages: (readonly string[])[] = [];
  for (const payload of deletePayloads(bytes)) {
    const column = await readColumn(payload);
    if (column.type !== 'string') throw unsupported(`its deletes are a column of type ${column.type}`);
    pages.push(column.values);
  }
  return parseRows(pages);
}

/** The Parquet files of a delta log; throws as {@link readDeletes}. */
export function deletePayloads(bytes: Uint8Array): readonly Uint8Array[] {
  if (isBareParquet(bytes)) throw unsupported('it is bare Parquet (storage version 2)');
  const file = parseBinlog(bytes);
  if (file.extras.version !== undefined || file.dataType !== stringType) {
    throw unsupported(
      `its deletes are of data type ${file.dataType}, version ${String(file.extras.version)}`,
    );
  }
  return file.events.map((event) => {
    if (event.type !== 'delete') throw broken('a delta log holds inserts', event.offset);
    return event.payload;
  });
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
