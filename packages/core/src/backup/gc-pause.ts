import { toBackupError } from '../errors/index.js';
import type { Logger } from '../log.js';
import type { MilvusManagement } from '../milvus/gateway.js';

/** Seconds that one pause lasts, and milliseconds after which it is renewed. */
const pauseSeconds = 3_600;
const renewAfter = 30 * 60 * 1_000;
const resumeTimeout = 10_000;

/**
 * Keeps Milvus from removing old files while `run` goes on. Best effort, as in the Go tool: a server
 * without the call (before 2.4) is told as one line, and the backup goes on.
 */
export async function withGcPaused<T>(
  management: MilvusManagement,
  logger: Logger,
  run: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const pause = async (): Promise<boolean> => {
    try {
      await management.pauseGc(pauseSeconds, { signal });
      return true;
    } catch (error) {
      const { code, message } = toBackupError(error);
      const level = code === 'MILVUS_UNSUPPORTED' ? 'info' : 'warn';
      logger[level]({ code, reason: message }, 'garbage collection of Milvus is not paused');
      return false;
    }
  };
  if (!(await pause())) return await run();
  const timer = setInterval(() => void pause(), renewAfter);
  timer.unref();
  try {
    return await run();
  } finally {
    clearInterval(timer);
    try {
      // Not the run's signal: a cancelled run must resume garbage collection too.
      await management.resumeGc({ signal: AbortSignal.timeout(resumeTimeout) });
    } catch (error) {
      logger.warn(
        { reason: toBackupError(error).message, pauseSeconds },
        'garbage collection of Milvus could not be resumed; it resumes by itself when the pause runs out',
      );
    }
  }
}
