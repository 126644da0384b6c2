import type { BackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionName } from '../filter/types.js';
import type { SchemaExtras } from '../meta/extras.js';
import type { CollectionMeta } from '../meta/types.js';
import type { CollectionTaskView } from '../task/types.js';
import type { CollectionResult } from './backup-collection.js';
import type { BackupRun } from './backup-run.js';

/** What became of each collection so far; keeps the order of the selection. */
export class CollectionResults {
  readonly #run: Pick<BackupRun, 'tracker' | 'logger' | 'now'>;
  #selected: readonly CollectionName[];
  readonly #results = new Map<string, CollectionResult>();
  readonly #startedAt = new Map<string, number>();

  constructor(run: Pick<BackupRun, 'tracker' | 'logger' | 'now'>, selected: readonly CollectionName[]) {
    this.#run = run;
    this.#selected = selected;
  }

  /** Those that have not ended. */
  pending(): CollectionName[] {
    return this.#selected.filter((at) => !this.#results.has(nameKey(at)));
  }

  /** The metadata of those that are in the backup, and what it cannot say of their schemas. */
  done(): { readonly collections: CollectionMeta[]; readonly schemas: SchemaExtras[] } {
    const collections: CollectionMeta[] = [];
    const schemas: SchemaExtras[] = [];
    for (const at of this.#selected) {
      const result = this.#results.get(nameKey(at));
      if (result?.outcome !== 'done') continue;
      const { collection, fullSchema } = result;
      collections.push(collection);
      if (fullSchema !== '') schemas.push({ ...at, schema: fullSchema });
    }
    return { collections, schemas };
  }

  /** An external collection: its data is not Milvus's, so that it is no part of a backup, and no failure either. */
  leaveOut(at: CollectionName): void {
    this.#selected = this.#selected.filter((one) => nameKey(one) !== nameKey(at));
    this.#run.tracker.add({ collectionsTotal: -1 });
    this.#run.logger.warn(
      { ...at },
      'an external collection: its data lies outside of Milvus; it is left out',
    );
  }

  begin(at: CollectionName): void {
    this.#startedAt.set(nameKey(at), this.#run.now());
    this.#tell(at, { state: 'executing', percent: 1 });
  }

  percent(at: CollectionName, percent: number): void {
    this.#tell(at, { state: 'executing', percent: Math.max(1, Math.trunc(percent)) });
  }

  end(at: CollectionName, result: CollectionResult): void {
    this.#results.set(nameKey(at), result);
    const { outcome } = result;
    const endedAt = this.#run.now();
    if (outcome === 'done') {
      this.#run.tracker.add({ collectionsDone: 1 });
      this.#tell(at, { state: 'success', percent: 100, endedAt, outcome, rows: rowsOf(result.collection) });
      return;
    }
    const { error } = result;
    this.#run.logger.warn({ ...at, outcome, code: error.code, reason: error.message }, left(error));
    this.#tell(at, { state: 'fail', percent: 0, endedAt, outcome, error: error.message });
  }

  #tell(
    at: CollectionName,
    told: Pick<CollectionTaskView, 'state' | 'percent'> & Partial<CollectionTaskView>,
  ): void {
    const startedAt = this.#startedAt.get(nameKey(at)) ?? 0;
    this.#run.tracker.collection({ ...at, rows: 0, startedAt, endedAt: 0, error: '', ...told });
  }
}

/** As the segments tell, deletes not subtracted. */
function rowsOf({ partition_backups }: CollectionMeta): number {
  return partition_backups
    .flatMap(({ segment_backups }) => segment_backups)
    .reduce((sum, { num_of_rows }) => sum + num_of_rows, 0);
}

function left({ code }: BackupError): string {
  return code === 'COLLECTION_NOT_FOUND'
    ? 'a collection went away during the backup; it is left out'
    : 'a collection could not be backed up; it is left out';
}
