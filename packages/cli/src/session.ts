import { setTimeout } from 'node:timers/promises';
import type { BackupService, Logger, ResolvedConfig } from '@milvus-backup/core';
import type { CliHost, StopSignal } from './host.js';
import { createCliLogger, type LogAudience } from './logging.js';

/** Milliseconds that the log gets after a second stop signal. */
const flushMs = 1000;

export interface SessionOptions {
  /** `null` when none was given. */
  readonly configPath: string | null;
  readonly set: readonly string[];
  readonly audience: LogAudience;
}

/** One command's hold on the service, with the signal that ends it. */
export interface Session {
  readonly config: ResolvedConfig;
  readonly service: BackupService;
  readonly logger: Logger;
  /** Aborts on the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

/**
 * Loads the configuration, opens the service, and closes it whatever happens. The first stop signal cancels and
 * waits for the clean-up, the second ends the process.
 * @throws BackupError of the configuration or of `use`; `CANCELLED` after a signal
 */
export async function withSession<T>(
  host: CliHost,
  options: SessionOptions,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const { BackupError, isBackupError, loadConfig } = await import('@milvus-backup/core');
  const { env, cwd } = host;
  const config = await loadConfig({ path: options.configPath, set: options.set, env, cwd });
  for (const warning of config.warnings) host.stderr.write(`Warning: ${warning}\n`);

  const log = await createCliLogger(host, config, options.audience);
  const controller = new AbortController();
  let received: StopSignal | undefined;
  const stopListening = host.onStopSignal((signal) => {
    if (received) {
      // lines about what went wrong are worth a moment, a dead disk is not
      const flushed = Promise.race([log.close(), setTimeout(flushMs)]);
      void flushed.finally(() => host.exitNow(signal === 'SIGTERM' ? 143 : 130));
      return;
    }
    received = signal;
    if (options.audience !== 'server') {
      host.stderr.write(`\n${signal} received: cancelling and cleaning up; send it again to stop at once\n`);
    }
    controller.abort(
      new BackupError({
        code: 'CANCELLED',
        message: `cancelled by ${signal}`,
        remedy: 'run the same command again',
        details: { signal },
      }),
    );
  });

  try {
    const service = await host.openService({ config, logger: log.logger });
    try {
      return await use({ config, service, logger: log.logger, signal: controller.signal });
    } finally {
      await service.close();
    }
  } catch (error) {
    if (received && !(isBackupError(error) && error.details.signal === received)) {
      throw new BackupError({
        code: 'CANCELLED',
        message: `cancelled by ${received}: ${error instanceof Error ? error.message : String(error)}`,
        cause: error,
        details: { signal: received },
      });
    }
    throw error;
  } finally {
    stopListening();
    await log.close();
  }
}
