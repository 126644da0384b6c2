import { BackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionName } from '../filter/types.js';
import type { ImportUnit } from './import-units.js';

/** Rows that an import must give: exactly as many when `min` equals `max`. */
export interface ExpectedRows {
  readonly min: number;
  readonly max: number;
}

/**
 * Rows of a unit's segments, less those that its own delta logs remove.
 * @param deleted rows removed, when known exactly; else how many delete records there are
 */
export function expectRows(
  unit: ImportUnit,
  deleted: { readonly rows: number; readonly exact: boolean },
): ExpectedRows {
  const rows = unit.segments.reduce((sum, segment) => sum + segment.num_of_rows, 0);
  return { min: Math.max(0, rows - deleted.rows), max: deleted.exact ? rows - deleted.rows : rows };
}

/**
 * Rows of the whole collection after all its imports.
 * @param parts of the data imports
 * @param hasL0 whether deletes were imported after the data: Milvus may take their rows out of its count at any time, so that only
 * the upper bound can be proven. Each import was proven by itself, before.
 */
export function expectCollection(parts: readonly ExpectedRows[], hasL0: boolean): ExpectedRows {
  return {
    min: hasL0 ? 0 : parts.reduce((sum, one) => sum + one.min, 0),
    max: parts.reduce((sum, one) => sum + one.max, 0),
  };
}

/** @throws BackupError `PROOF_FAILED` when the target has not what the backup holds */
export function assertRows(at: CollectionName, what: string, expected: ExpectedRows, got: number): void {
  if (got >= expected.min && got <= expected.max) return;
  const want = expected.min === expected.max ? `${expected.max}` : `${expected.min} to ${expected.max}`;
  throw new BackupError({
    code: 'PROOF_FAILED',
    message: `${nameKey(at)}: ${what} has ${got} rows, the backup holds ${want}`,
    remedy:
      'do not use this collection: drop it and restore again; when it stays so, compare bucket and root path of ' +
      'milvus.storage with what Milvus itself uses',
    details: { database: at.database, collection: at.collection, got, min: expected.min, max: expected.max },
  });
}
