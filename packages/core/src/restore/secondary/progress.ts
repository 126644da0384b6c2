import { toBackupError } from '../../errors/index.js';
import type { CollectionMeta } from '../../meta/types.js';
import type { CollectionTaskView, TaskState } from '../../task/types.js';
import { sourceName } from '../plan-targets.js';
import type { ImportStep } from './import-messages.js';
import type { Wave } from './plan-secondary.js';
import type { SecondaryRun } from './secondary-run.js';

/** Progress by collection, and of the whole by the collections' sizes. */
export class SecondaryProgress {
  readonly #run: Pick<SecondaryRun, 'tracker' | 'now' | 'meta'>;
  readonly #total: number;
  readonly #steps = new Map<CollectionMeta, Map<ImportStep, number>>();
  readonly #started = new Map<CollectionMeta, number>();
  readonly #percents = new Map<CollectionMeta, number>();

  constructor(run: Pick<SecondaryRun, 'tracker' | 'now' | 'meta'>) {
    this.#run = run;
    const all = run.meta.collection_backups;
    this.#total = all.reduce((sum, one) => sum + one.size + 1, 0);
    run.tracker.add({
      collectionsTotal: all.length,
      bytesTotal: all.reduce((sum, one) => sum + one.size, 0),
    });
    for (const collection of all) this.#show(collection, 'initial', 0);
  }

  begin({ collections, batches }: Wave): void {
    for (const collection of collections) {
      this.#started.set(collection, this.#run.now());
      this.#show(collection, 'executing', 1);
    }
    for (const { steps } of batches) {
      for (const step of steps) {
        const own = this.#steps.get(step.collection) ?? new Map<ImportStep, number>();
        this.#steps.set(step.collection, own.set(step, 0));
      }
    }
  }

  step(step: ImportStep, percent: number): void {
    const { collection } = step;
    const own = this.#steps.get(collection)?.set(step, percent) ?? new Map<ImportStep, number>();
    const total = [...own.keys()].reduce((sum, { unit }) => sum + unit.bytes + 1, 0);
    const done = [...own].reduce((sum, [{ unit }, part]) => sum + (unit.bytes + 1) * part, 0);
    this.#raise(collection, Math.min(99, done / Math.max(1, total)));
    this.#show(collection, 'executing', Math.max(1, Math.trunc(this.#percents.get(collection) ?? 1)));
  }

  end(collections: readonly CollectionMeta[]): void {
    for (const collection of collections) {
      this.#raise(collection, 100);
      this.#steps.delete(collection);
      this.#run.tracker.add({ collectionsDone: 1 });
      this.#show(collection, 'success', 100, '');
    }
  }

  fail(collections: readonly CollectionMeta[], error: unknown): void {
    const { message } = toBackupError(error);
    for (const collection of collections) {
      this.#show(collection, 'fail', Math.trunc(this.#percents.get(collection) ?? 1), message);
    }
  }

  #raise(collection: CollectionMeta, percent: number): void {
    const before = this.#percents.get(collection) ?? 0;
    if (percent <= before) return;
    this.#percents.set(collection, percent);
    const { tracker } = this.#run;
    const bytesOf = (part: number): number => Math.trunc((collection.size * part) / 100);
    tracker.add({ bytesDone: bytesOf(percent) - bytesOf(before) });
    const sum = [...this.#percents].reduce((all, [one, part]) => all + (one.size + 1) * part, 0);
    tracker.percent(Math.min(99, sum / Math.max(1, this.#total)));
  }

  #show(collection: CollectionMeta, state: TaskState, percent: number, error?: string): void {
    const rows = collection.partition_backups
      .flatMap((one) => one.segment_backups)
      .reduce((sum, one) => sum + (one.is_l0 ? 0 : one.num_of_rows), 0);
    const ended = error !== undefined;
    const view: CollectionTaskView = {
      ...sourceName(collection),
      state,
      percent,
      rows: state === 'success' ? rows : 0,
      startedAt: this.#started.get(collection) ?? 0,
      endedAt: ended ? this.#run.now() : 0,
      error: error ?? '',
      ...(ended ? { outcome: state === 'success' ? ('done' as const) : ('failed' as const) } : {}),
    };
    this.#run.tracker.collection(view);
  }
}
