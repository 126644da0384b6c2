import { BackupError, cancelled, isBackupError, joinSignals, toBackupError } from '../errors/index.js';
import type { RunHandle } from '../service-types.js';
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

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Starts `work` in the background; its end, good or bad, is the run's. */
  start(init: RunInit, work: (context: RunContext) => Promise<void>): RunHandle {
    const { signal, onProgress } = init.options;
    const tracker = new TaskTracker({ ...init, now: this.#now, onProgress });
    const stop = new AbortController();
    const merged = joinSignals(signal, stop.signal);
    const execute = async (): Promise<TaskView> => {
      tracker.begin('starting');
      try {
        await work({ tracker, signal: merged });
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
      cancel: () => stop.abort(userCancelled()),
    };
  }

  /** The latest run that fits. */
  find(kind: TaskView['kind'], by: { readonly id?: string; readonly name?: string }): TaskView | null {
    const views = [...this.#runs].map((run) => run.tracker.view()).reverse();
    const fits = (view: TaskView): boolean =>
      view.kind === kind &&
      (by.id === undefined || view.id === by.id) &&
      (by.name === undefined || view.backupName === by.name);
    return views.find(fits) ?? null;
  }

  /** Forgets ended runs on a backup that was deleted. */
  forget(backupName: string): void {
    for (const run of this.#runs) {
      const view = run.tracker.view();
      if (view.backupName === backupName && view.endedAt > 0) this.#runs.delete(run);
    }
  }

  /** Cancels what runs and waits for its clean-up. */
  async close(): Promise<void> {
    const running = [...this.#runs];
    for (const run of running) run.stop.abort(userCancelled());
    await Promise.allSettled(running.map((run) => run.done));
  }

  #forgetOldest(): void {
    for (const run of this.#runs) {
      if (this.#runs.size <= remembered) return;
      if (run.tracker.view().endedAt > 0) this.#runs.delete(run);
    }
  }
}

function userCancelled(): BackupError {
  return new BackupError({
    code: 'CANCELLED',
    message: 'the run was cancelled',
    remedy: 'run the same command again when you want it to go on',
  });
}
