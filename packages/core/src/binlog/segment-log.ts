import { unsupported } from './failures.js';

/** One binlog in the store of a backup. */
export interface SegmentLog {
  readonly kind: 'insert' | 'delta';
  readonly segment: bigint;
  /** Field, or column group with storage version 2; 0 for delta logs. */
  readonly field: bigint;
  /** Ends in the log id. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** The insert logs of a field, or of a column group, in the order they were written in: their numbers rise. */
export function insertLogs(logs: readonly SegmentLog[], field: bigint): SegmentLog[] {
  return logs
    .filter((log) => log.kind === 'insert' && log.field === field)
    .sort((left, right) => (logId(left) < logId(right) ? -1 : 1));
}

function logId(log: SegmentLog): bigint {
  const digits = /\d+$/.exec(log.key)?.[0];
  if (digits === undefined) throw unsupported(`the key ${log.key} does not end in a number`);
  return BigInt(digits);
}

/** Fields of the system, which each row of a binlog has. */
export const systemFields = { rowId: 0n, timestamp: 1n } as const;
