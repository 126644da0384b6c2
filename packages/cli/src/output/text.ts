import type { TaskView } from '@milvus-backup/core';

const units = ['kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `538.8 kB`: decimal units, one digit after the point. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 'B';
  for (const next of units) {
    if (value < 999.95) break;
    value /= 1000;
    unit = next;
  }
  return unit === 'B' ? `${bytes} B` : `${value.toFixed(1)} ${unit}`;
}

/** `1 collection`, `2 collections`. */
export const counted = (number: number, noun: string): string =>
  `${number} ${noun}${number === 1 ? '' : 's'}`;

/** `0.15 s`, as the Go tool prints it. */
export function formatSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

/** One line of a run: `42% copying binlogs, 10.5 MB of 80.0 MB, 120/900 objects, 3/8 collections`. */
export function formatProgress({ progress }: TaskView): string {
  const parts = [`${Math.floor(progress.percent)}% ${progress.step}`.trimEnd()];
  if (progress.bytesTotal > 0) {
    parts.push(`${formatBytes(progress.bytesDone)} of ${formatBytes(progress.bytesTotal)}`);
  }
  if (progress.objectsTotal > 0) parts.push(`${progress.objectsDone}/${progress.objectsTotal} objects`);
  if (progress.collectionsTotal > 0) {
    parts.push(`${progress.collectionsDone}/${progress.collectionsTotal} collections`);
  }
  return parts.join(', ');
}

/** What a run did, for stderr: a line for each target of a restore, for each collection that is not in a backup, then the sum. */
export function formatRun(view: TaskView): string {
  const told = view.collections.filter((one) => view.kind !== 'create' || one.error !== '');
  const rows = told.map((collection) => [
    collection.outcome === undefined || collection.outcome === 'done' ? collection.state : collection.outcome,
    `${collection.database || 'default'}.${collection.collection}`,
    collection.rows > 0 ? `${collection.rows} rows proven` : '',
    collection.endedAt > 0 ? formatSeconds(collection.endedAt - collection.startedAt) : '',
    collection.error,
  ]);
  const { progress } = view;
  const objects = progress.objectsDone > 0 ? `${counted(progress.objectsDone, 'object')}, ` : '';
  const sum = `${view.backupName}: ${counted(progress.collectionsDone, 'collection')}, ${objects}${formatBytes(progress.bytesDone)}`;
  const warnings = (view.warnings ?? []).map((warning) => `warning: ${warning}\n`).join('');
  return `${formatColumns(rows)}${sum}\n${warnings}`;
}

/** What a copy has done, for stderr. */
export function formatCopy({ backupName, copy, progress }: TaskView): string {
  if (copy === undefined) return '';
  const as = copy.sourceName === backupName ? '' : ` as ${backupName}`;
  const name = `${copy.sourceName} from ${copy.from} to ${copy.to}${as}`;
  if (copy.objectsCopied === 0) return `${name}: ${progress.step}\n`;
  const kept = copy.objectsKept === 0 ? '' : `, ${copy.objectsKept} were there from an earlier run`;
  return `${name}: ${counted(copy.objectsCopied, 'object')}, ${formatBytes(copy.bytesCopied)} copied${kept}\n`;
}

/** Cells side by side, each column as wide as its widest. */
export function formatColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return rows
    .map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');
}
