import type { StorageDriver } from '../driver/driver.js';
import { isBackupError, throwIfAborted } from '../errors/index.js';
import { groupBy } from '../group-by.js';
import { createDeleteIndex, type DeleteIndex } from './delete-index.js';
import { unsupported } from './failures.js';
import { openPacked } from './packed-file.js';
import { parseBinlog } from './parse-binlog.js';
import { naming, readBytes } from './read-bytes.js';
import { countRows } from './read-column.js';
import { deletePayloads, readDeletes } from './read-deletes.js';
import { defaultLogBytes, isPacked, readRows } from './read-rows.js';
import { insertLogs, type SegmentLog, systemFields } from './segment-log.js';

export interface CountDeletedInput {
  readonly driver: StorageDriver;
  readonly logs: readonly SegmentLog[];
  readonly pkField: bigint;
  readonly signal: AbortSignal;
  readonly limits?: CountLimits;
}

/** What is held in memory at once, for one segment. */
export interface CountLimits {
  /** Bytes of one object; it is read whole. Default 64 MiB, what Milvus puts into one binlog. */
  readonly logBytes?: number;
  /** Delete records of one segment. Default 500,000; Milvus compacts a segment long before. */
  readonly deletes?: number;
}

export interface DeletedRows {
  /** When not exact, at most so many; `Number.MAX_SAFE_INTEGER` when nothing is known. */
  readonly rows: number;
  readonly exact: boolean;
}

const defaultDeletes = 500_000;

/**
 * How many rows Milvus leaves out when it imports insert logs together with the delta logs of the same segments. Of
 * segments with delta logs it reads the key and the timestamp column, one segment and some rows at a time; the others cost
 * nothing. A segment without insert logs (L0) adds nothing: its deletes are for other segments.
 *
 * Not exact when a log has a form that is not known here or passes a limit. The number of deletes would then be no
 * bound, since one delete removes every older row of its key; so the segment's rows are given.
 * @throws BackupError `VERIFY_FAILED` naming the object when a log is damaged, `CANCELLED`, or the driver's errors
 */
export async function countDeletedRows(input: CountDeletedInput): Promise<DeletedRows> {
  let rows = 0;
  let exact = true;
  for (const logs of groupBy(input.logs, (log) => log.segment).values()) {
    if (!logs.some((log) => log.kind === 'delta') || !logs.some((log) => log.kind === 'insert')) continue;
    throwIfAborted(input.signal);
    const counted = await orUnsupported(() => countInSegment(input, logs));
    if (counted === null) exact = false;
    const most = counted ?? (await orUnsupported(() => countSegmentRows(input, logs)));
    rows = Math.min(Number.MAX_SAFE_INTEGER, rows + (most ?? Number.MAX_SAFE_INTEGER));
  }
  return { rows, exact };
}

async function orUnsupported<T>(count: () => Promise<T>): Promise<T | null> {
  try {
    return await count();
  } catch (error) {
    if (isBackupError(error) && error.code === 'FORMAT_UNSUPPORTED') return null;
    throw error;
  }
}

async function countInSegment(input: CountDeletedInput, logs: readonly SegmentLog[]): Promise<number> {
  const { driver, pkField, signal, limits } = input;
  const deletes = await indexDeletes(input, logs);
  let rows = 0;
  const logBytes = limits?.logBytes ?? defaultLogBytes;
  for await (const { keys, times } of readRows({ driver, logs, key: pkField, signal, logBytes })) {
    for (const [row, key] of keys.entries()) {
      if (deletes.removes(key, BigInt.asUintN(64, times[row] ?? 0n))) rows += 1;
    }
  }
  return rows;
}

async function indexDeletes(input: CountDeletedInput, logs: readonly SegmentLog[]): Promise<DeleteIndex> {
  const most = input.limits?.deletes ?? defaultDeletes;
  const index = createDeleteIndex();
  let records = 0;
  for (const log of logs) {
    if (log.kind !== 'delta') continue;
    await reading(input, log, async (bytes) => {
      for (const payload of deletePayloads(bytes)) records += await countRows(payload);
      if (records > most) throw unsupported(`${records} deletes in one segment, at most ${most} are counted`);
      for (const { pk, ts } of await readDeletes(bytes)) index.add(pk, ts);
    });
  }
  return index;
}

/** From the footers of one field's logs, whatever the form of the others. */
async function countSegmentRows(input: CountDeletedInput, logs: readonly SegmentLog[]): Promise<number> {
  const { driver, signal } = input;
  const times = insertLogs(logs, systemFields.timestamp);
  const any = logs.find((log) => log.kind === 'insert');
  const field = times.length > 0 ? times : any ? insertLogs(logs, any.field) : [];
  let rows = 0;
  for (const log of field) {
    if (await isPacked(driver, log, signal)) {
      rows += (await openPacked(driver, log, defaultLogBytes, signal)).rows;
      continue;
    }
    rows += await reading(input, log, async (bytes) => {
      let sum = 0;
      for (const { payload } of parseBinlog(bytes).events) sum += await countRows(payload);
      return sum;
    });
  }
  return rows;
}

/** Reads a log whole and hands it on; what is damaged in it is reported with its key. */
async function reading<T>(
  input: CountDeletedInput,
  log: SegmentLog,
  use: (bytes: Uint8Array) => Promise<T>,
): Promise<T> {
  const most = input.limits?.logBytes ?? defaultLogBytes;
  if (log.size > most) throw unsupported(`${log.key} has ${log.size} bytes, at most ${most} are read`);
  const bytes = await readBytes(input.driver, log, input.signal);
  return await naming(log.key, () => use(bytes));
}
