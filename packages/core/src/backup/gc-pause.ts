import { toBackupError } from '../errors/index.js';
import type { Logger } from '../log.js';
import type { MilvusManagement } from '../milvus/gateway-backup.js';

/** Seconds that one pause lasts, and milliseconds after which it is renewed. */
const pauseSeconds = 3_600;
const renewAfter = 30 * 60 * 1_000;
const resumeTimeout = 10_000;

/** Keeps Milvus from removing files while a backup needs them. Best effort: what goes wrong is told, and the backup goes on. */
export interface GcControl {
  /** Around the whole run. */
  during<T>(run: () => Promise<T>): Promise<T>;
  /** Around the data of one collection. */
  duringCollection<T>(collectionId: bigint, run: () => Promise<T>): Promise<T>;
}

/**
 * Keeps Milvus from removing old files while backups run. Best effort, as in the Go tool: a server without the call (before
 * 2.4) is told as one line, and the backup goes on. Pausing is for the whole server, so the last of several backups resumes.
 */
export class GcPause implements GcControl {
  readonly #management: Pick<MilvusManagement, 'pauseGc' | 'resumeGc'>;
  readonly #logger: Logger;
  #holders = 0;
  #timer: NodeJS.Timeout | undefined;
  #supported = true;

  constructor(management: Pick<MilvusManagement, 'pauseGc' | 'resumeGc'>, logger: Logger) {
    this.#management = management;
    this.#logger = logger;
  }

  async during<T>(run: () => Promise<T>): Promise<T> {
    this.#holders += 1;
    try {
      this.#supported = await this.#pause();
      // Also after a failure: the pause may have reached the server, and the next one may.
      if (this.#supported && this.#timer === undefined) {
        this.#timer = setInterval(() => void this.#pause(), renewAfter);
        this.#timer.unref();
      }
      return await run();
    } finally {
      this.#holders -= 1;
      if (this.#holders === 0) await this.#resume();
    }
  }

  /** The whole server is paused already. */
  duringCollection<T>(_collectionId: bigint, run: () => Promise<T>): Promise<T> {
    return run();
  }

  /** @returns whether the server has the call at all */
  async #pause(): Promise<boolean> {
    try {
      await this.#management.pauseGc(pauseSeconds);
      return true;
    } catch (error) {
      const { code, message } = toBackupError(error);
      const supported = code !== 'MILVUS_UNSUPPORTED';
      this.#logger[supported ? 'warn' : 'info'](
        { code, reason: message },
        'garbage collection of Milvus is not paused',
      );
      return supported;
    }
  }

  /** Not with a run's signal: a cancelled run must resume garbage collection too. Asked in any case, as by the Go tool. */
  async #resume(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    try {
      await this.#management.resumeGc({ signal: AbortSignal.timeout(resumeTimeout) });
    } catch (error) {
      if (!this.#supported) return;
      this.#logger.warn(
        { reason: toBackupError(error).message, pauseSeconds },
        'garbage collection of Milvus could not be resumed; it resumes by itself when the pause runs out',
      );
    }
  }
}
