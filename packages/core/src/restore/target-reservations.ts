import { BackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionName } from '../filter/types.js';

/**
 * The collections that restores of this process are filling. Milvus takes a second `CreateCollection` of the same schema for
 * done, so two restores of one backup at one time would both import, and double the rows.
 */
export class TargetReservations {
  /** Run by `database.collection`. */
  readonly #runs = new Map<string, string>();

  /**
   * Takes all or none.
   * @returns frees them
   * @throws BackupError `TASK_EXISTS` naming the run that has one of them
   */
  take(run: string, targets: Iterable<CollectionName>): () => void {
    const names = [...targets].map(nameKey);
    for (const name of names) {
      const other = this.#runs.get(name);
      if (other !== undefined) throw beingRestored(name, other);
    }
    for (const name of names) this.#runs.set(name, run);
    return () => {
      for (const name of names) this.#runs.delete(name);
    };
  }
}

function beingRestored(name: string, run: string): BackupError {
  return new BackupError({
    code: 'TASK_EXISTS',
    message: `restore ${run} is filling collection ${name} already`,
    remedy: 'wait for it to end, or restore under another name',
    details: { run, collection: name },
  });
}
