import type { DeleteRecord } from '../binlog/index.js';
import { allPartitions } from '../restore/backup-logs.js';

/** Times of the deletes of one key; most keys are deleted once. */
type Times = bigint | bigint[];

const none: readonly bigint[] = [];

/**
 * Deletes of L0 segments by the partition they are for. Keeps every delete of a key, not the latest alone: a restore up to a point in
 * time leaves out later ones.
 */
export class ScopedDeletes {
  readonly #scopes = new Map<bigint, Map<bigint | string, Times>>();
  #size = 0;

  /** Deletes held. */
  get size(): number {
    return this.#size;
  }

  /** @param partition -1: all */
  add(partition: bigint, { pk, ts }: DeleteRecord): void {
    const scope = this.#scopes.get(partition) ?? new Map<bigint | string, Times>();
    this.#scopes.set(partition, scope);
    const known = scope.get(pk);
    this.#size += 1;
    if (known === undefined) scope.set(pk, ts);
    else if (typeof known === 'bigint') scope.set(pk, [known, ts]);
    else known.push(ts);
  }

  /** Times of the deletes of a key that are newer than a row of a partition, in any order; each once. */
  hits(partition: bigint, pk: bigint | string, rowTime: bigint): readonly bigint[] {
    // Asked for every row: most have none, and cost nothing.
    let found: bigint[] | null = null;
    for (const scope of [this.#scopes.get(allPartitions), this.#scopes.get(partition)]) {
      const times = scope?.get(pk);
      if (times === undefined) continue;
      for (const ts of typeof times === 'bigint' ? [times] : times) {
        if (ts <= rowTime) continue;
        found ??= [];
        if (!found.includes(ts)) found.push(ts);
      }
    }
    return found ?? none;
  }

  clear(): void {
    this.#scopes.clear();
    this.#size = 0;
  }
}
