/**
 * The deletes of one segment as Milvus uses them at import: a row is left out when its key was deleted after the row was
 * written, by the latest delete of that key. A delete older than the row keeps it, and so does one of the very same
 * moment (both halves of an upsert have one timestamp, and its row is kept); a delete takes every older row of its key.
 *
 * Seen on Milvus 2.3.5 with rows that share keys, before and after deletes and upserts, in one segment and across two
 * imported by one call: `test/e2e/test/binlog-deletes.integration.test.ts`.
 */
export interface DeleteIndex {
  add(pk: bigint | string, ts: bigint): void;
  /** @param ts TSO of the row */
  removes(pk: bigint | string, ts: bigint): boolean;
}

export function createDeleteIndex(): DeleteIndex {
  const latest = new Map<bigint | string, bigint>();
  return {
    add(pk, ts) {
      const known = latest.get(pk);
      if (known === undefined || ts > known) latest.set(pk, ts);
    },
    removes(pk, ts) {
      const deleted = latest.get(pk);
      return deleted !== undefined && deleted > ts;
    },
  };
}
