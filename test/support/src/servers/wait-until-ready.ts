import { setTimeout as delay } from 'node:timers/promises';
import { SupportError } from '../support-error.js';
import { readLogTail, type ServerProcess } from './server-process.js';

export interface ReadinessOptions {
  readonly name: string;
  readonly process: ServerProcess;
  /** Milliseconds. */
  readonly timeoutMs: number;
  /** Resolves when the server truly answers; whatever it throws means "not yet". */
  readonly probe: () => Promise<void>;
}

/**
 * Polls until the probe succeeds.
 * @throws SupportError `SERVER_START_FAILED` with the end of the log when the process ends or time is up
 */
export async function waitUntilReady(options: ReadinessOptions): Promise<void> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    let last: unknown;
    try {
      await options.probe();
      // Another server may be answering on a port that ours could not get.
      if (options.process.isRunning()) return;
    } catch (error) {
      last = error;
    }
    const running = options.process.isRunning();
    if (running && Date.now() < deadline) {
      await delay(100);
      continue;
    }
    const why = running ? `gave no answer within ${options.timeoutMs / 1000} s` : 'ended while it started';
    throw new SupportError({
      code: 'SERVER_START_FAILED',
      message: `${options.name} ${why}. End of ${options.process.logFile}:\n${await readLogTail(options.process.logFile)}`,
      cause: last,
    });
  }
}

/** Fails unless a GET is answered with 200 within two seconds. */
export async function expectHttpOk(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
}
