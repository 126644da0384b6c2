import { readFileSync } from 'node:fs';
import { runCli } from './cli.js';
import { exitCodes } from './exit-codes.js';
import type { CliHost, StopSignal } from './host.js';

// The one place that reads the process: all else gets it handed down.

/** The S3 SDK's notice about Node 20, on every start, tells our users nothing they can act on. */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const host: CliHost = {
  version,
  cwd: process.cwd(),
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  stderrIsTerminal: process.stderr.isTTY === true,
  colorDepth: process.stdout.isTTY && !process.env.NO_COLOR ? process.stdout.getColorDepth() : 1,
  now: Date.now,
  onStopSignal(listener) {
    const signals: StopSignal[] = ['SIGINT', 'SIGTERM'];
    const handlers = signals.map((signal) => ({ signal, handle: () => listener(signal) }));
    for (const { signal, handle } of handlers) process.on(signal, handle);
    return () => {
      for (const { signal, handle } of handlers) process.off(signal, handle);
    };
  },
  exitNow: (code) => process.exit(code),
  async openService({ config, logger }) {
    const { openService, processSurroundings } = await import('@milvus-backup/core');
    return openService(config, logger, processSurroundings(version, [import.meta.url]));
  },
  async startServer({ service, logger, host: hostname, port }) {
    const { startApi } = await import('@milvus-backup/server');
    const api = await startApi({ service, logger, version, port, hostname });
    process.on('SIGHUP', api.reload);
    return {
      ...api,
      close: async () => {
        await api.close();
        process.off('SIGHUP', api.reload);
      },
    };
  },
};

// `milvus-backup list | head -1` closes the pipe early, which is no failure.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(0);
  process.stderr.write(`Error: the result cannot be written to stdout: ${message}\n`);
  process.exit(exitCodes.failure);
});
// Nobody reads the log any more, or its disk is full: no reason for a backup or the server to die.
process.stderr.on('error', () => {});

process.exitCode = await runCli(process.argv.slice(2), host);
