import { broken } from './failures.js';

/** Which rows of a page have a value, and where the values begin. */
export interface PageLevels {
  /** 1 for a row with a value. */
  readonly levels: Uint8Array;
  /** Rows with a value. */
  readonly present: number;
  /** Offset in the page. */
  readonly end: number;
}

/**
 * Reads the definition levels of a flat column that may be null: runs of one bit a row, their length in front. Done here because the
 * Parquet library fills a run as long as it says.
 * @param count rows of the page
 * @param offset of the page, for messages
 * @throws BackupError `VERIFY_FAILED`
 */
export function readLevels(page: Uint8Array, count: number, offset: number): PageLevels {
  if (page.length < 4) throw broken('a page ends inside its levels', offset);
  const end = 4 + new DataView(page.buffer, page.byteOffset, page.byteLength).getUint32(0, true);
  if (end > page.length) throw broken(`levels of ${end - 4} bytes in a page of ${page.length}`, offset);
  const levels = new Uint8Array(count);
  let at = 4;
  let row = 0;
  let present = 0;
  while (row < count) {
    let run = 0;
    for (let shift = 0; ; shift += 7) {
      const part = at < end ? page[at] : undefined;
      if (part === undefined || shift > 28) throw broken('a run of levels is cut or too long', offset);
      at += 1;
      run += (part & 0x7f) * 2 ** shift;
      if ((part & 0x80) === 0) break;
    }
    const packed = run % 2 === 1;
    const length = Math.floor(run / 2);
    const bytes = packed ? length : 1;
    // Packed runs come in eights, so that the last may hold up to seven levels more than there are rows.
    const rows = packed ? Math.min(length * 8, count - row) : length;
    if (length === 0 || at + bytes > end || rows > count - row) {
      throw broken(`a run of ${length} levels in a page of ${count} rows`, offset);
    }
    for (let index = 0; index < rows; index += 1) {
      const byte = page[at + (packed ? index >> 3 : 0)] ?? 0;
      const level = packed ? (byte >> (index & 7)) & 1 : byte;
      if (level > 1) throw broken(`a level of ${level}`, offset);
      levels[row] = level;
      present += level;
      row += 1;
    }
    at += bytes;
  }
  return { levels, present, end };
}
