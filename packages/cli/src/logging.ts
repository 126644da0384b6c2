import path from 'node:path';
import type { Logger, LogLevel, ResolvedConfig } from '@milvus-backup/core';
import type { CliHost } from './host.js';

/** Who reads the log: someone waiting for a command, someone who asked for silence, or an operator of the server. */
export type LogAudience = 'command' | 'quiet' | 'server';

export interface CliLogger {
  readonly logger: Logger;
  /** Writes out what is still buffered. */
  close(): void;
}

interface LineSink {
  write(line: string): void;
}

/**
 * A pino logger that writes to stderr, for people on a terminal and as JSON lines elsewhere, and to `log.file.path`
 * when the user set one. Nothing is created on disk before the first line.
 */
export async function createCliLogger(
  host: CliHost,
  config: ResolvedConfig,
  audience: LogAudience,
): Promise<CliLogger> {
  const { pino } = await import('pino');
  const { log } = config.value;
  const streams: { stream: LineSink; level: LogLevel }[] = [];
  if (log.console) {
    const stream = host.stderrIsTerminal ? await createTerminalSink(host) : host.stderr;
    streams.push({ stream, level: consoleLevel(host, log.level, audience) });
  }
  const file =
    isSet(config, 'log.file.path') && log.file.path !== '' ? createFileSink(host, log.file.path) : null;
  if (file) streams.push({ stream: file, level: log.level });

  const level = streams.length > 0 ? log.level : 'silent';
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.multistream(streams),
  );
  return { logger, close: () => file?.close() };

  function createFileSink(owner: CliHost, name: string): LineSink & { close(): void } {
    const target = path.resolve(owner.cwd, name);
    let sink: ReturnType<typeof pino.destination> | null | undefined;
    return {
      write(line) {
        if (sink === undefined) {
          try {
            sink = pino.destination({ dest: target, mkdir: true, mode: 0o600, sync: true });
          } catch (error) {
            sink = null;
            owner.stderr.write(`Warning: the log file ${target} cannot be written: ${String(error)}\n`);
          }
        }
        sink?.write(line);
      },
      close() {
        sink?.end();
      },
    };
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
  // The line may hold a progress bar, which draws itself anew.
  return { write: (line) => host.stderr.write(`\r\u001b[K${format(line)}`) };
}

function isSet(config: ResolvedConfig, key: string): boolean {
  return config.entries.some((entry) => entry.key === key && entry.source !== 'default');
}
