import { BackupError, toBackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { Logger } from '../log.js';
import type { RestoreTarget } from './plan-targets.js';

/** Names told in one sentence; the log has all. */
const namesTold = 5;

/**
 * What a restore that fails leaves behind in Milvus. It is left, since it may be what explains the failure, but never left
 * unsaid: it looks like a collection that is whole.
 */
export class Leftovers {
  readonly #states = new Map<RestoreTarget, 'dropped' | 'incomplete'>();

  /** The collection that was there is gone. */
  dropped(target: RestoreTarget): void {
    this.#states.set(target, 'dropped');
  }

  /** The collection is made, its rows are not in it. */
  made(target: RestoreTarget): void {
    this.#states.set(target, 'incomplete');
  }

  /** The collection is as it should be. */
  whole(target: RestoreTarget): void {
    this.#states.delete(target);
  }

  /** The error with what is left in its remedy. */
  explain(error: unknown, logger: Logger): BackupError {
    const failure = toBackupError(error);
    const incomplete = this.#names('incomplete');
    const dropped = this.#names('dropped');
    if (incomplete.length === 0 && dropped.length === 0) return failure;
    logger.warn({ incomplete, dropped }, 'collections that this restore has left incomplete, or dropped');
    const parts = [
      failure.remedy,
      incomplete.length > 0 &&
        `not whole, to be dropped or replaced with --drop_exist_collection: ${list(incomplete)}`,
      dropped.length > 0 && `dropped and not made again: ${list(dropped)}`,
    ];
    const { code, message, retryable, details } = failure;
    const remedy = parts.filter(Boolean).join('; ');
    return new BackupError({ code, message, remedy, retryable, details, cause: failure });
  }

  #names(state: 'dropped' | 'incomplete'): string[] {
    return [...this.#states].filter(([, one]) => one === state).map(([target]) => nameKey(target.at));
  }
}

function list(names: readonly string[]): string {
  const more = names.length - namesTold;
  return names.slice(0, namesTold).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
