import type { StorageDriver } from '../driver/driver.js';
import { isBackupError, throwIfAborted } from '../errors/index.js';
import { type ColumnValues, joinColumns } from './column-values.js';
import { broken, unsupported } from './failures.js';
import { isBareParquet, parseBinlog } from './parse-binlog.js';
import { naming, readBytes, type SizedObject } from './read-bytes.js';
import { readColumn } from './read-column.js';
import { readPackedRows } from './read-packed-rows.js';
import { insertLogs, type SegmentLog, systemFields } from './segment-log.js';

export interface RowsInput {
  readonly driver: StorageDriver;
  /** Of one segment; its delta logs are passed over. */
  readonly logs: readonly SegmentLog[];
  /** Field of the primary key; it and the timestamps are in each block. */
  readonly key: bigint;
  /** Other fields that are wanted. */
  readonly fields?: readonly bigint[];
  readonly signal: AbortSignal;
  /**
   * Bytes that are held at once of one column: a log of storage version 1, which is read whole, or a part of a packed file. Default
   * 64 MiB, what Milvus puts into one binlog.
   */
  readonly logBytes?: number;
  /** Told of a field besides key and timestamp whose form is not decoded here; without it that is an error. */
  readonly onSkipped?: (field: bigint) => void;
}

/** Some rows of a segment, columns beside each other. */
export interface RowBlock {
  readonly rows: number;
  readonly keys: BigInt64Array | readonly string[];
  /** TSO of each row. */
  readonly times: BigInt64Array;
  /** By field; one that was added to the collection later has none in older rows. Key and timestamp are among them. */
  readonly columns: ReadonlyMap<bigint, ColumnValues>;
}

/** Low enough that the whole program stays under 250 MiB: a decoded column takes several times its file's size. */
export const defaultLogBytes = 64 * 1024 * 1024;

/**
 * The rows of one segment in their order, some at a time, whatever the storage version: of version 1 those of one flush, of packed
 * files (version 2) no more than a row group. Only the columns that are asked for are read.
 * @throws BackupError `VERIFY_FAILED` naming the object when a log is damaged or columns do not fit each other,
 * `FORMAT_UNSUPPORTED`, `CANCELLED`, and errors of the store
 */
export async function* readRows(input: RowsInput): AsyncGenerator<RowBlock> {
  const first = input.logs.find(({ kind }) => kind === 'insert');
  if (!first) return;
  const blocks = (await isPacked(input.driver, first, input.signal))
    ? readPackedRows(input, input.logBytes ?? defaultLogBytes)
    : readFlushes(input);
  for await (const columns of blocks) {
    throwIfAborted(input.signal);
    yield toBlock(input, columns, first.key);
  }
}

/** Whether the logs of a segment are files of column groups, by the first bytes of one of them. */
export async function isPacked(
  driver: StorageDriver,
  log: SizedObject,
  signal: AbortSignal,
): Promise<boolean> {
  return isBareParquet(await readBytes(driver, log, signal, { start: 0, end: Math.min(4, log.size) }));
}

/** Field by field the n-th log, by number, holds the rows of the n-th flush. */
async function* readFlushes(input: RowsInput): AsyncGenerator<ReadonlyMap<bigint, ColumnValues>> {
  const { logs, key, fields = [] } = input;
  const keys = insertLogs(logs, key);
  const times = insertLogs(logs, systemFields.timestamp);
  const [first] = keys;
  if (!first) throw unsupported(`the key is not in a log of its own (field ${key})`);
  if (keys.length !== times.length) {
    throw broken(`${keys.length} logs of the key, ${times.length} of the timestamps beside ${first.key}`, 0);
  }
  const wanted = [...new Set([key, systemFields.timestamp, ...fields])];
  const byField = new Map(wanted.map((field) => [field, insertLogs(logs, field)]));
  for (const flush of keys.keys()) {
    const columns = new Map<bigint, ColumnValues>();
    for (const [field, list] of byField) {
      if (list.length > keys.length)
        throw broken(`${list.length} logs of field ${field} beside ${first.key}`, 0);
      // A field that was added later is in the last ones.
      const log = list[flush - (keys.length - list.length)];
      const values = log && (await orSkipped(input, field, () => readLog(input, log)));
      if (values) columns.set(field, values);
    }
    yield columns;
  }
}

/** @returns `null` for a field that is passed over */
export async function orSkipped<T>(
  { key, onSkipped }: RowsInput,
  field: bigint,
  read: () => Promise<T>,
): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    const needed = field === key || field === systemFields.timestamp;
    if (!onSkipped || needed || !isBackupError(error) || error.code !== 'FORMAT_UNSUPPORTED') throw error;
    onSkipped(field);
    return null;
  }
}

async function readLog({ driver, signal, logBytes }: RowsInput, log: SegmentLog): Promise<ColumnValues> {
  const most = logBytes ?? defaultLogBytes;
  if (log.size > most) throw unsupported(`${log.key} has ${log.size} bytes, at most ${most} are read`);
  const bytes = await readBytes(driver, log, signal);
  return await naming(log.key, async () => {
    const columns: ColumnValues[] = [];
    for (const event of parseBinlog(bytes).events) {
      if (event.type !== 'insert') throw broken('an insert log holds deletes', event.offset);
      columns.push(await readColumn(event.payload));
    }
    const [column, ...rest] = columns;
    if (!column) throw broken('it holds no values', 0);
    return joinColumns([column, ...rest]);
  });
}

function toBlock({ key }: RowsInput, columns: ReadonlyMap<bigint, ColumnValues>, beside: string): RowBlock {
  const [keys, times] = [columns.get(key), columns.get(systemFields.timestamp)];
  if (keys?.type !== 'long' && keys?.type !== 'string') {
    throw unsupported(`its keys are of the type ${String(keys?.type)}`);
  }
  if (times?.type !== 'long') throw unsupported(`its timestamps are of the type ${String(times?.type)}`);
  if (keys.present !== null || times.present !== null)
    throw broken(`a row beside ${beside} lacks its key`, 0);
  const rows = keys.values.length;
  for (const [field, { values }] of columns) {
    if (values.length !== rows)
      throw broken(`${values.length} values of field ${field} for ${rows} keys, beside ${beside}`, 0);
  }
  return { rows, keys: keys.values, times: times.values, columns };
}
