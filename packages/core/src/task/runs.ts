import { BackupError, cancelled, isBackupError, joinSignals, toBackupError } from '../errors/index.js';
import { withLogFields } from '../log-context.js';
import type { RunHandle } from '../service-types.js';
import { cancelledByUser } from './cancel.js';
import { TaskTracker } from './tracker.js';
import type { RunOptions, TaskView } from './types.js';

/** Ended runs that are remembered; older ones are found in the backup store. */
const remembered = 200;

export interface RunInit {
  readonly id: string;
  readonly kind: TaskView['kind'];
  readonly backupName: string;
  readonly options: RunOptions;
}

export interface RunContext {
  readonly tracker: TaskTracker;
  readonly signal: AbortSignal;
}

interface Run {
  readonly tracker: TaskTracker;
  readonly stop: AbortController;
  readonly done: Promise<TaskView>;
}

/** The runs of this process. */
export class Runs {
  readonly #now: () => number;
  /** In the order of their starts. Ids come from users and need not be unique. */
  readonly #runs = new Set<Run>();
  /** Those that are looked at before they start. */
  readonly #admitted = new Set<Promise<unknown>>();
  #draining = false;
  #closed = false;

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Lets a caller begin a run. What a run starts by itself is not asked for here.
   * @throws BackupError `SHUTTING_DOWN` once no more runs are taken, and what `begin` throws
   */
  async admit<T>(begin: () => Promise<T>): Promise<T> {
    if (this.#draining) throw shuttingDown();
    const begun = begin();
    this.#admitted.add(begun);
    try {
      return await begun;
    } finally {
      this.#admitted.delete(begun);
    }
  }

  /** Starts `work` in the background; its end, good or bad, is the run's. */
  start(init: RunInit, work: (context: RunContext) => Promise<void>): RunHandle {
    const { signal, onProgress } = init.options;
    const tracker = new TaskTracker({ ...init, now: this.#now, onProgress });
    const stop = new AbortController();
    const merged = joinSignals(signal, stop.signal);
    if (this.#closed) stop.abort(stopped());
    const execute = async (): Promise<TaskView> => {
      tracker.begin('starting');
      try {
        await withLogFields({ run: init.id }, () => work({ tracker, signal: merged }));
      } catch (cause) {
        const told = isBackupError(cause) && cause.code === 'CANCELLED';
        const error = toBackupError(merged.aborted && !told ? cancelled(merged) : cause);
        tracker.fail(error);
        throw error;
      }
      return tracker.succeed();
    };
    const done = execute();
    // Whoever does not wait must not be ended by the rejection; who waits still gets it.
    done.catch(() => {});
    this.#runs.add({ tracker, stop, done });
    this.#forgetOldest();
    return {
      id: init.id,
      view: () => tracker.view(),
      done: () => done,
      cancel: () => stop.abort(cancelledByUser()),
    };
  }

  /** The latest run that fits. */
  find(kind: TaskView['kind'], by: { readonly id?: string; readonly name?: string }): TaskView | null {
    const fits = (view: TaskView): boolean =>
      view.kind === kind &&
      (by.id === undefined || view.id === by.id) &&
      (by.name === undefined || view.backupName === by.name);
    return this.views().find(fits) ?? null;
  }

  /** The latest run of that id, of any kind. */
  findAny(id: string): TaskView | null {
    return this.#latest(id)?.tracker.view() ?? null;
  }

  /** All that are remembered, the latest first. */
  views(): TaskView[] {
    return [...this.#runs].map((run) => run.tracker.view()).reverse();
  }

  /** Cancels the latest run of that id; one that has ended stays as it is. @returns whether there is such a run */
  cancel(id: string): boolean {
    const run = this.#latest(id);
    if (run && run.tracker.view().endedAt === 0) run.stop.abort(cancelledByUser());
    return run !== undefined;
  }

  /** Forgets ended runs on a backup that was deleted, but not the delete itself: whoever asked for it may still look. */
  forget(backupName: string): void {
    for (const run of this.#runs) {
      const view = run.tracker.view();
      if (view.backupName === backupName && view.kind !== 'delete' && view.endedAt > 0)
        this.#runs.delete(run);
    }
  }

  /**
   * Takes no more runs, and waits until those under way have ended.
   * @param graceMs milliseconds after which it waits no longer
   */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<'over'>((resolve) => {
      timer = setTimeout(() => resolve('over'), graceMs);
    });
    try {
      for (let work = this.#underWay(); work.length > 0; work = this.#underWay())
        if ((await Promise.race([Promise.allSettled(work), over])) === 'over') return;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Takes no more runs, cancels those under way and waits for their clean-up. */
  async close(): Promise<void> {
    this.#draining = true;
    this.#closed = true;
    const running = [...this.#runs];
    for (const run of running) run.stop.abort(stopped());
    await Promise.allSettled(running.map((run) => run.done));
  }

  #underWay(): Promise<unknown>[] {
    const running = [...this.#runs].filter(({ tracker }) => tracker.view().endedAt === 0);
    return [...this.#admitted, ...running.map(({ done }) => done)];
  }

  #latest(id: string): Run | undefined {
    return [...this.#runs].findLast((run) => run.tracker.view().id === id);
  }

  #forgetOldest(): void {
    for (const run of this.#runs) {
      if (this.#runs.size <= remembered) return;
      if (run.tracker.view().endedAt > 0) this.#runs.delete(run);
    }
  }
}

/** Told of a run whose process was stopped: nobody has asked for this one run to end. */
function stopped(): BackupError {
  return new BackupError({
    code: 'CANCELLED',
    message: 'it was interrupted: its process was told to stop',
    remedy: 'run the same command again: it goes on where it stopped',
    details: { stopped: true },
  });
}

/** Whether a run ends because its process does; a user, or the caller of the run, may have ended it before. */
export const wasStopped = (signal: AbortSignal): boolean =>
  signal.aborted && isBackupError(signal.reason) && signal.reason.details.stopped === true;

function shuttingDown(): BackupError {
  return new BackupError({
    code: 'SHUTTING_DOWN',
    message: 'this process is about to stop and takes no new runs',
    remedy: 'ask again in a few seconds, when the next one has started',
  });
}
