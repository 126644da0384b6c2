import type { BackupError } from '../errors/index.js';
import type {
  CollectionTaskView,
  CopyFacts,
  MigrateFacts,
  RunOptions,
  TaskProgress,
  TaskState,
  TaskView,
} from './types.js';

/** At most this often (milliseconds) is a listener told of progress; state changes are told at once. */
const notifyInterval = 200;

type RunReports = Pick<TaskView, 'verify' | 'drill' | 'cleanup'>;

export interface TrackerInit {
  readonly id: string;
  readonly kind: TaskView['kind'];
  readonly backupName: string;
  readonly now: () => number;
  readonly onProgress?: RunOptions['onProgress'];
}

/** The one place where a run's progress is kept; hands out immutable views. */
export class TaskTracker {
  readonly #init: TrackerInit;
  readonly #collections = new Map<string, CollectionTaskView>();
  readonly #warnings: string[] = [];
  #state: TaskState = 'initial';
  #percent = 0;
  #counts = {
    step: 'starting',
    bytesDone: 0,
    bytesTotal: 0,
    objectsDone: 0,
    objectsTotal: 0,
    collectionsDone: 0,
    collectionsTotal: 0,
  };
  readonly #startedAt: number;
  #endedAt = 0;
  #error: BackupError | null = null;
  #lastNotified = 0;
  #copy: CopyFacts | undefined;
  #migrate: MigrateFacts | undefined;
  #reports: RunReports = {};

  constructor(init: TrackerInit) {
    this.#init = init;
    this.#startedAt = init.now();
  }

  view(): TaskView {
    return {
      id: this.#init.id,
      kind: this.#init.kind,
      backupName: this.#init.backupName,
      state: this.#state,
      progress: { percent: this.#percent, ...this.#counts },
      startedAt: this.#startedAt,
      endedAt: this.#endedAt,
      error: this.#error,
      collections: [...this.#collections.values()],
      ...(this.#warnings.length === 0 ? {} : { warnings: [...this.#warnings] }),
      ...(this.#copy === undefined ? {} : { copy: this.#copy }),
      ...this.#reports,
      ...(this.#migrate === undefined ? {} : { migrate: this.#migrate }),
    };
  }

  begin(step: string): void {
    this.#state = 'executing';
    this.step(step);
  }

  step(step: string, percent?: number): void {
    this.#counts.step = step;
    this.#raise(percent);
    this.#notify(true);
  }

  /** Raises the percentage; a lower value is ignored. */
  percent(value: number): void {
    this.#raise(value);
    this.#notify(false);
  }

  /** Adds to the counters. */
  add(delta: Partial<Omit<TaskProgress, 'percent' | 'step'>>): void {
    const counts = this.#counts;
    counts.bytesDone += delta.bytesDone ?? 0;
    counts.bytesTotal += delta.bytesTotal ?? 0;
    counts.objectsDone += delta.objectsDone ?? 0;
    counts.objectsTotal += delta.objectsTotal ?? 0;
    counts.collectionsDone += delta.collectionsDone ?? 0;
    counts.collectionsTotal += delta.collectionsTotal ?? 0;
    this.#notify(false);
  }

  collection(view: CollectionTaskView): void {
    this.#collections.set(`${view.database}.${view.collection}`, view);
    this.#notify(false);
  }

  copy(facts: CopyFacts): void {
    this.#copy = facts;
    this.#notify(false);
  }

  migrate(facts: MigrateFacts): void {
    this.#migrate = facts;
    this.#notify(false);
  }

  /** What it came to, for whoever looks at the run later. */
  report(reports: RunReports): void {
    this.#reports = reports;
  }

  /** What the outcome has to tell although it is no failure. */
  warn(sentence: string): void {
    this.#warnings.push(sentence);
    this.#notify(false);
  }

  /** The end of a run that kept something: `partial` when one of its collections did not come to its end. */
  succeed(): TaskView {
    this.#raise(100);
    const views = [...this.#collections.values()];
    const whole = views.every(({ outcome }) => outcome === undefined || outcome === 'done');
    return this.#end(whole ? 'success' : 'partial', null);
  }

  fail(error: BackupError): TaskView {
    return this.#end('fail', error);
  }

  #end(state: TaskState, error: BackupError | null): TaskView {
    // Said by the run and by its keeper: the time is that of the first, which is in the record.
    if (this.#state !== state) this.#endedAt = this.#init.now();
    this.#state = state;
    this.#error = error;
    this.#notify(true);
    return this.view();
  }

  #raise(percent: number | undefined): void {
    if (percent !== undefined) this.#percent = Math.max(this.#percent, Math.min(100, Math.trunc(percent)));
  }

  #notify(always: boolean): void {
    const listener = this.#init.onProgress;
    if (!listener) return;
    const now = this.#init.now();
    if (!always && now - this.#lastNotified < notifyInterval) return;
    this.#lastNotified = now;
    listener(this.view());
  }
}
