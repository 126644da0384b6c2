/**
 * The deletes of one segment as Milvus uses them at import.
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
