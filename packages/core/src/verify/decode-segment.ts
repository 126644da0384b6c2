import { broken } from '../binlog/failures.js';
import {
  type BinlogFile,
  countRows,
  defaultLogBytes,
  isBareParquet,
  isPacked,
  openPacked,
  parseBinlog,
  readColumn,
  readColumns,
  readDeletes,
} from '../binlog/index.js';
import { BackupError, isBackupError, throwIfAborted } from '../errors/index.js';
import { backupPrefix, parseBackupLogKey } from '../layout/index.js';
import type { CollectionState, LiveLog } from './check-collection.js';
import type { VerifyProblemKind } from './types.js';
import type { VerifyRun } from './verify-run.js';

export interface DecodeTools {
  readonly signal: AbortSignal;
  /** The bytes when they can be trusted; empty when they are too many to be held. */
  readonly readProven: (log: LiveLog) => Promise<Uint8Array | null>;
}

/** Which field a delta log names. */
const noField = -1n;
const deltaFolder = 'binlogs/delta_log/';

/**
 * Parses every binlog of one segment: framing, Parquet payload with the checksum of each page, ids against the key it lies under,
 * and the rows of each field against the metadata.
 */
export async function decodeSegment(
  run: VerifyRun,
  state: CollectionState,
  logs: readonly LiveLog[],
  tools: DecodeTools,
): Promise<void> {
  const rows = new Map<bigint, { rows: number; logs: number; path: string }>();
  const storage = logs.find((log) => log.expected)?.expected?.segment.storage_version ?? 0n;
  let undecoded = 0;
  for (const log of logs) {
    const bytes = await tools.readProven(log);
    if (bytes === null) continue;
    const problem = (kind: VerifyProblemKind, message: string): void =>
      run.findings.problem({ kind, key: log.path, message, collection: state.name });
    try {
      const large = bytes.length === 0 && log.info.size > 0;
      if (storage > 2n) throw notDecoded();
      const count = large
        ? await decodeLarge(run, log, tools.signal)
        : await decodeLog(run, log, bytes, problem);
      if (count === null) continue;
      run.findings.count({ objectsDecoded: 1 });
      if (log.expected?.kind !== 'insert') continue;
      const field = rows.get(log.expected.field) ?? { rows: 0, logs: 0, path: log.path };
      rows.set(log.expected.field, { ...field, rows: field.rows + count, logs: field.logs + 1 });
    } catch (error) {
      if (!isBackupError(error)) throw error;
      if (error.code === 'FORMAT_UNSUPPORTED') undecoded += 1;
      else if (error.code === 'VERIFY_FAILED') problem('content', error.message);
      else throw error;
    }
  }
  if (undecoded > 0) {
    run.findings.warn(
      `${undecoded} logs beside ${logs[0]?.path} have a form ${storage > 2n ? `(StorageV${storage}) ` : ''}or a size that is not decoded here; their bytes were read`,
    );
  }
  compareFields(run, state, logs, rows);
}

/** @returns its rows; `null` when it is another one's, which is then told */
async function decodeLog(
  run: VerifyRun,
  log: LiveLog,
  bytes: Uint8Array,
  problem: (kind: VerifyProblemKind, message: string) => void,
): Promise<number | null> {
  if (isBareParquet(bytes) && !log.path.startsWith(deltaFolder)) return await decodePacked(bytes);
  const file = parseBinlog(bytes);
  const stranger = findStranger(run, log, file);
  if (stranger !== null) {
    problem('content', `it is another object's content: ${stranger}`);
    return null;
  }
  if (log.path.startsWith(deltaFolder)) {
    let rows = 0;
    for (const _record of await readDeletes(bytes)) rows += 1;
    return rows;
  }
  let rows = 0;
  for (const { payload } of file.events) rows += (await readColumn(payload)).values.length;
  return rows;
}

/** A file of a column group: every value of every column. Its rows are those of each of them. */
async function decodePacked(bytes: Uint8Array): Promise<number> {
  const rows = await countRows(bytes);
  for await (const { name, values } of readColumns(bytes)) {
    if (values.values.length !== rows)
      throw broken(`column ${name} has ${values.values.length} rows of ${rows}`, 0);
  }
  return rows;
}

/** A packed file that is too large to be held, row group by row group; its bytes have been held against their sums before. */
async function decodeLarge(run: VerifyRun, log: LiveLog, signal: AbortSignal): Promise<number> {
  const object = { key: log.key, size: log.info.size };
  if (log.path.startsWith(deltaFolder) || !(await isPacked(run.driver, object, signal))) throw notDecoded();
  const file = await openPacked(run.driver, object, defaultLogBytes, signal);
  for (const column of file.columns) {
    for (const group of file.groups.keys()) {
      throwIfAborted(signal);
      await file.readGroup(column, group);
    }
  }
  return file.rows;
}

const notDecoded = (): BackupError =>
  new BackupError({ code: 'FORMAT_UNSUPPORTED', message: 'its form or size is not decoded here' });

function findStranger(run: VerifyRun, log: LiveLog, file: BinlogFile): string | null {
  const parsed = parseBackupLogKey(backupPrefix(run.root, run.name), log.key);
  if (!parsed) return null;
  const { ids } = parsed;
  const wanted = [
    ['collection', ids.collection, file.collection],
    ['partition', ids.partition, file.partition],
    ['segment', ids.segment, file.segment],
    ['field', parsed.kind === 'insert' ? parsed.ids.field : noField, file.field],
  ] as const;
  for (const [what, want, got] of wanted) {
    if (want !== got) return `it was written for ${what} ${got}`;
  }
  const kind = file.events.every((event) => event.type === (parsed.kind === 'insert' ? 'insert' : 'delete'));
  return kind ? null : 'it holds events of the other kind';
}

function compareFields(
  run: VerifyRun,
  state: CollectionState,
  logs: readonly LiveLog[],
  rows: ReadonlyMap<bigint, { readonly rows: number; readonly logs: number; readonly path: string }>,
): void {
  const segment = logs.find((log) => log.expected)?.expected?.segment;
  if (!segment) return;
  for (const { fieldID, binlogs } of segment.binlogs) {
    const found = rows.get(fieldID);
    // One that is missing or damaged has been told already.
    if (!found || found.logs !== binlogs.length || found.rows === segment.num_of_rows) continue;
    run.findings.problem({
      kind: 'rows',
      key: found.path,
      message: `field ${fieldID} of segment ${segment.segment_id} has ${found.rows} rows, the metadata says ${segment.num_of_rows}`,
      collection: state.name,
    });
  }
}
