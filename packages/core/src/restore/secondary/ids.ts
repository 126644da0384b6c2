import { defaultDatabase } from '../../filter/index.js';
import type { BackupMeta } from '../../meta/types.js';

/** Of the default database, on every server (milvus-io/milvus, `util.DefaultDBID`). */
const defaultDatabaseId = 1n;

/** @param known the id that a collection tells of its database; @returns 0 when nobody tells */
export function databaseIdOf(
  meta: Pick<BackupMeta, 'database_backups'>,
  name: string,
  known: bigint = 0n,
): bigint {
  if (known !== 0n) return known;
  const database = name || defaultDatabase;
  const told = meta.database_backups.find((one) => (one.db_name || defaultDatabase) === database)?.db_id;
  return told || (database === defaultDatabase ? defaultDatabaseId : 0n);
}

/**
 * Numbers that nothing in the source or the target has, or gets: like Milvus's own ids they begin with the time. Ticks are small
 * ones: below every time of the source, and so below the flush messages, which come last.
 */
export class IdSource {
  #next: bigint;
  #tick = 0n;

  /** @param base milliseconds since 1970 when the restore was begun */
  constructor(base: number) {
    this.#next = BigInt(base) << 18n;
  }

  id(): bigint {
    this.#next += 1n;
    return this.#next;
  }

  tick(): bigint {
    this.#tick += 1n;
    return this.#tick;
  }
}
