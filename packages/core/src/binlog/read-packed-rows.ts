import { type ColumnValues, sliceColumn } from './column-values.js';
import { broken, unsupported } from './failures.js';
import { openPacked, type PackedFile } from './packed-file.js';
import type { ParquetColumn } from './parquet-file.js';
import { orSkipped, type RowsInput } from './read-rows.js';
import { insertLogs, systemFields } from './segment-log.js';

/** A column in one file. */
interface Part {
  readonly file: PackedFile;
  readonly column: ParquetColumn;
}

/**
 * Rows of packed files: each column group has files of its own, cut into row groups of its own size. The columns are read side by side,
 * so much at a time as each of them has at hand.
 *
 * Stands on the source of Milvus 2.6 (`internal/storagev2/packed`) and the simulator; a real 2.6 was not at hand.
 */
export async function* readPackedRows(
  input: RowsInput,
  chunkBytes: number,
): AsyncGenerator<ReadonlyMap<bigint, ColumnValues>> {
  const { key, fields = [] } = input;
  const required = [key, systemFields.timestamp];
  const parts = await findColumns(input, new Set([...required, ...fields]), chunkBytes);
  for (const field of required) {
    if (!parts.has(field)) throw unsupported(`field ${field} is in none of the packed files`);
  }
  const rows = rowsOf(parts.get(key) ?? []);
  const cursors = new Map<bigint, Cursor>();
  for (const [field, list] of parts) {
    const own = rowsOf(list);
    if (own > rows)
      throw broken(`${own} values of field ${field} for ${rows} keys in ${list[0]?.file.key}`, 0);
    // A field that was added later is in the last rows.
    cursors.set(field, new Cursor(list, rows - own));
  }
  for (let row = 0; row < rows; ) {
    let count = rows - row;
    for (const [field, cursor] of cursors) {
      const available = await orSkipped(input, field, () => cursor.available(row));
      if (available === null) cursors.delete(field);
      else count = Math.min(count, available);
    }
    if (count < 1) throw broken(`its columns end at row ${row} of ${rows}`, 0);
    const columns = new Map<bigint, ColumnValues>();
    for (const [field, cursor] of cursors) {
      const values = cursor.take(row, count);
      if (values) columns.set(field, values);
    }
    yield columns;
    row += count;
  }
}

/** Where each field lies; groups that cannot add anything are not opened. */
async function findColumns(
  { driver, logs, signal }: RowsInput,
  wanted: ReadonlySet<bigint>,
  chunkBytes: number,
): Promise<Map<bigint, Part[]>> {
  const parts = new Map<bigint, Part[]>();
  const groups = [...new Set(logs.filter(({ kind }) => kind === 'insert').map(({ field }) => field))];
  // The lowest group has the narrow columns, the system's among them.
  for (const group of groups.sort((a, b) => (a < b ? -1 : 1))) {
    if ([...wanted].every((field) => parts.has(field))) break;
    for (const log of insertLogs(logs, group)) {
      const file = await openPacked(driver, log, chunkBytes, signal);
      for (const column of file.columns) {
        if (column.field === null || !wanted.has(column.field)) continue;
        const known = parts.get(column.field);
        if (known) known.push({ file, column });
        else parts.set(column.field, [{ file, column }]);
      }
    }
  }
  return parts;
}

const rowsOf = (parts: readonly Part[]): number => parts.reduce((sum, { file }) => sum + file.rows, 0);

/** One column through all its files, of which it holds one row group. */
class Cursor {
  readonly #parts: readonly Part[];
  /** Rows of the segment before the first one of the column. */
  readonly #lead: number;
  #part = 0;
  #group = 0;
  #held: ColumnValues | null = null;
  #used = 0;

  constructor(parts: readonly Part[], lead: number) {
    this.#parts = parts;
    this.#lead = lead;
  }

  /** How many rows from `row` on can be taken: those at hand, or those that lack the column. */
  async available(row: number): Promise<number> {
    if (row < this.#lead) return this.#lead - row;
    while (this.#held === null || this.#used === this.#held.values.length) {
      const part = this.#parts[this.#part];
      if (!part) return 0;
      if (this.#group === part.file.groups.length) {
        this.#part += 1;
        this.#group = 0;
        continue;
      }
      this.#held = await part.file.readGroup(part.column, this.#group);
      this.#used = 0;
      this.#group += 1;
    }
    return this.#held.values.length - this.#used;
  }

  /** `null` for rows that lack the column. */
  take(row: number, count: number): ColumnValues | null {
    if (row < this.#lead || this.#held === null) return null;
    const from = this.#used;
    this.#used += count;
    return sliceColumn(this.#held, from, this.#used);
  }
}
