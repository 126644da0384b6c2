import type { StorageDriver } from '../driver/driver.js';
import { isBackupError, throwIfAborted } from '../errors/index.js';
import { groupBy } from '../group-by.js';
import { createDeleteIndex, type DeleteIndex } from './delete-index.js';
import { broken, unsupported } from './failures.js';
import { isBareParquet, parseBinlog } from './parse-binlog.js';
import { countRows, readColumn } from './read-column.js';
import { deletePayloads, readDeletes } from './read-deletes.js';

/** One binlog in the store of a backup. */
export interface SegmentLog {
  readonly kind: 'insert' | 'delta';
  readonly segment: bigint;
  /** 0 for delta logs. */
  readonly field: bigint;
  /** Ends in the log id. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

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

/** Low enough that the whole program stays under 250 MiB: a decoded column takes several times its file's size. */
const defaultLimits = { logBytes: 64 * 1024 * 1024, deletes: 500_000 };

const timestampField = 1n;

/**
 * How many rows Milvus leaves out when it imports insert logs together with the delta logs of the same segments. Of
 * segments with delta logs it reads the key and the timestamp column, one segment and one pair of logs at a time; the others cost
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
  const deletes = await indexDeletes(input, logs);
  const keys = insertLogs(logs, input.pkField);
  const times = insertLogs(logs, timestampField);
  const [first] = keys;
  if (!first) throw unsupported(`the key is not in a log of its own (field ${input.pkField})`);
  if (keys.length !== times.length) {
    throw broken(`${keys.length} logs of the key, ${times.length} of the timestamps beside ${first.key}`, 0);
  }
  let rows = 0;
  // Field by field the n-th log, by number, holds the rows of the n-th flush.
  for (const [index, key] of keys.entries()) {
    const time = times[index];
    if (time) rows += await countInLogs(input, deletes, key, time);
  }
  return rows;
}

async function indexDeletes(input: CountDeletedInput, logs: readonly SegmentLog[]): Promise<DeleteIndex> {
  const most = input.limits?.deletes ?? defaultLimits.deletes;
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

async function countInLogs(
  input: CountDeletedInput,
  deletes: DeleteIndex,
  keyLog: SegmentLog,
  timeLog: SegmentLog,
): Promise<number> {
  const times = await reading(input, timeLog, readLongs);
  return reading(input, keyLog, async (bytes) => {
    let rows = 0;
    let row = 0;
    for (const payload of insertPayloads(bytes)) {
      const column = await readColumn(payload);
      if (column.type !== 'long' && column.type !== 'string') {
        throw unsupported(`its keys are of the type ${column.type}`);
      }
      for (const pk of column.values) {
        const ts = times[row];
        if (ts !== undefined && deletes.removes(pk, BigInt.asUintN(64, ts))) rows += 1;
        row += 1;
      }
    }
    if (row !== times.length) throw broken(`${times.length} timestamps do not fit its ${row} keys`, 0);
    return rows;
  });
}

async function readLongs(bytes: Uint8Array): Promise<BigInt64Array> {
  const parts: BigInt64Array[] = [];
  for (const payload of insertPayloads(bytes)) {
    const column = await readColumn(payload);
    if (column.type !== 'long') throw unsupported(`its timestamps are of the type ${column.type}`);
    parts.push(column.values);
  }
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const all = new BigInt64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function insertPayloads(bytes: Uint8Array): Uint8Array[] {
  if (isBareParquet(bytes)) throw unsupported('it is bare Parquet (storage version 2)');
  return parseBinlog(bytes).events.map((event) => {
    if (event.type !== 'insert') throw broken('an insert log holds deletes', event.offset);
    return event.payload;
  });
}

/** From the footers of one field's logs, whatever the form of the others. */
async function countSegmentRows(input: CountDeletedInput, logs: readonly SegmentLog[]): Promise<number> {
  const times = insertLogs(logs, timestampField);
  const any = logs.find((log) => log.kind === 'insert');
  const field = times.length > 0 ? times : any ? insertLogs(logs, any.field) : [];
  let rows = 0;
  for (const log of field) {
    rows += await reading(input, log, async (bytes) => {
      const payloads = isBareParquet(bytes) ? [bytes] : insertPayloads(bytes);
      let sum = 0;
      for (const payload of payloads) sum += await countRows(payload);
      return sum;
    });
  }
  return rows;
}

/** The insert logs of a field in the order they were written in: their numbers rise. */
function insertLogs(logs: readonly SegmentLog[], field: bigint): SegmentLog[] {
  return logs
    .filter((log) => log.kind === 'insert' && log.field === field)
    .sort((left, right) => (logId(left) < logId(right) ? -1 : 1));
}

function logId(log: SegmentLog): bigint {
  const digits = /\d+$/.exec(log.key)?.[0];
  if (digits === undefined) throw unsupported(`the key ${log.key} does not end in a number`);
  return BigInt(digits);
}

/** Reads a log whole and hands it on; what is damaged in it is reported with its key. */
async function reading<T>(
  input: CountDeletedInput,
  log: SegmentLog,
  use: (bytes: Uint8Array) => Promise<T>,
): Promise<T> {
  const most = input.limits?.logBytes ?? defaultLimits.logBytes;
  if (log.size > most) throw unsupported(`${log.key} has ${log.size} bytes, at most ${most} are read`);
  const { body, info } = await input.driver.get(log.key, { signal: input.signal });
  if (info.size !== log.size) {
    body.destroy();
    throw broken(`${log.key} has ${info.size} bytes instead of ${log.size}`, 0);
  }
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part as Uint8Array);
  try {
    return await use(Buffer.concat(parts));
  } catch (error) {
    if (!isBackupError(error) || error.code !== 'VERIFY_FAILED') throw error;
    throw broken(`${log.key}: ${error.message}`, Number(error.details.offset ?? 0), error);
  }
}
