import path from 'node:path';
import type { Logger, LogLevel, ResolvedConfig } from '@milvus-backup/core';
import type { CliHost } from './host.js';
import { type LogFile, openLogFile } from './log-file.js';
import { toPlain } from './output/plain.js';

/** Who reads the log: someone waiting for a command, someone who asked for silence, or an operator of the server. */
export type LogAudience = 'command' | 'quiet' | 'server';

export interface CliLogger {
  readonly logger: Logger;
  /** Resolves once all lines are out. */
  close(): Promise<void>;
}

interface LineSink {
  write(line: string): void;
}

/**
 * A pino logger that writes to stderr, for people on a terminal and as JSON lines elsewhere, and as JSON lines to
 * `log.file.path` when the user set one. Every line has the request and the run that it belongs to.
 * @throws BackupError `CONFIG_INVALID` when the log file cannot be written
 */
export async function createCliLogger(
  host: CliHost,
  config: ResolvedConfig,
  audience: LogAudience,
): Promise<CliLogger> {
  const { pino } = await import('pino');
  const { currentLogFields } = await import('@milvus-backup/core');
  const { log } = config.value;
  const streams: { stream: LineSink; level: LogLevel }[] = [];
  if (log.console) {
    const stream = host.stderrIsTerminal ? await createTerminalSink(host) : host.stderr;
    streams.push({ stream, level: consoleLevel(host, log.level, audience) });
  }
  const wanted = isSet(config, 'log.file.path') && log.file.path !== '';
  const file = wanted ? await createFileSink(host, log.file) : null;
  if (file) streams.push({ stream: file, level: log.level });

  const level = streams.length > 0 ? log.level : 'silent';
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: (_fields, _level, child) => {
        const fields = currentLogFields();
        const names = Object.keys(fields);
        if (names.length === 0) return {};
        // what a child logger says already would stand on the line twice
        const bound = child.bindings();
        return Object.fromEntries(
          names.filter((name) => !(name in bound)).map((name) => [name, fields[name]]),
        );
      },
    },
    pino.multistream(streams),
  );
  return { logger, close: async () => file?.close() };
}

async function createFileSink(host: CliHost, log: ResolvedConfig['value']['log']['file']): Promise<LogFile> {
  const target = path.resolve(host.cwd, log.path);
  try {
    return await openLogFile({
      ...log,
      file: target,
      now: host.now,
      onFault: ({ message }) =>
        host.stderr.write(`Warning: the log file ${target} cannot be written any more: ${message}\n`),
    });
  } catch (cause) {
    const { BackupError } = await import('@milvus-backup/core');
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BackupError({
      code: 'CONFIG_INVALID',
      message: `cfg: log.file.path: the log file ${target} cannot be written: ${reason}`,
      remedy: 'name a file that this user may write, or an empty text to have none',
      cause,
      details: { key: 'log.file.path' },
    });
  }
}

/** Beside a progress bar only what needs attention; `debug` is taken as a wish to see all. */
function consoleLevel(host: CliHost, level: LogLevel, audience: LogAudience): LogLevel {
  const calm = audience === 'quiet' || (audience === 'command' && host.stderrIsTerminal);
  return calm && level === 'info' ? 'warn' : level;
}

async function createTerminalSink(host: CliHost): Promise<LineSink> {
  const { prettyFactory } = await import('pino-pretty');
  const format = prettyFactory({
    colorize: host.colorDepth > 1,
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
  // Names in it may come from anyone; colours are ours and are added afterwards.
  const calm = (line: string): unknown =>
    JSON.parse(line, (_key, value: unknown) => (typeof value === 'string' ? toPlain(value) : value));
  // The line may hold a progress bar, which draws itself anew.
  return { write: (line) => host.stderr.write(`\r\u001b[K${format(calm(line))}`) };
}

function isSet(config: ResolvedConfig, key: string): boolean {
  return config.entries.some((entry) => entry.key === key && entry.source !== 'default');
}
