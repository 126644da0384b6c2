import {
  type BackupService,
  type Logger,
  loadConfig,
  openService,
  processSurroundings,
  silentLogger,
} from '@milvus-backup/core';

/** The real service over a configuration file, as the frontends open it. */
export async function openFrom(
  file: string,
  set: readonly string[] = [],
  logger: Logger = silentLogger,
): Promise<BackupService> {
  const surroundings = processSurroundings('0.0.0-test', [import.meta.url]);
  const config = await loadConfig({ path: file, env: {}, cwd: surroundings.cwd, set });
  return openService(config, logger, surroundings);
}

/** A logger that keeps what is warned of, for tests that expect a warning, or none. */
export function recordingLogger(): Logger & { readonly warnings: string[] } {
  const warnings: string[] = [];
  const logger = {
    ...silentLogger,
    warnings,
    warn: (_fields: object, message: string) => void warnings.push(message),
    child: () => logger,
  };
  return logger;
}
