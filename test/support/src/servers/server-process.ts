import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { onExit } from '../exit-cleanup.js';
import { systemErrorCode } from '../node-errors.js';
import { SupportError } from '../support-error.js';

export interface ServerCommand {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Gets standard output and standard error. */
  readonly logFile: string;
  /** Removed by the watchdog when this process is killed; undefined leaves everything in place. */
  readonly throwAway: string | undefined;
}

export interface ServerProcess {
  readonly pid: number;
  readonly logFile: string;
  isRunning(): boolean;
  /** Ends the process by SIGKILL and waits until it is gone; a second call does nothing. */
  kill(): Promise<void>;
  /** Asks by SIGTERM, and kills when it is still there after `graceMs`. */
  terminate(graceMs: number): Promise<void>;
}

/**
 * A tiny shell that waits for the end of its input. The input is a pipe from this process, so it ends when
 * this process ends, however that comes about; SIGKILL leaves no other way to clean up.
 */
const watchdogProgram = 'read -r _; kill -9 "$1"; sleep 0.3; [ -z "$2" ] || rm -rf -- "$2"';

/**
 * Starts a server in its own session, so that an interrupt on the terminal reaches the tests and not the
 * server below them. It dies with this process, whatever ends it.
 * @throws SupportError `SERVER_START_FAILED` when the program cannot be run
 */
export async function spawnServer(command: ServerCommand): Promise<ServerProcess> {
  const log = openSync(command.logFile, 'a');
  const child = spawn(command.command, [...command.args], {
    cwd: command.cwd,
    env: command.env,
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  await spawned(child, command);
  const { pid } = child;
  if (pid === undefined) throw new SupportError({ code: 'SERVER_START_FAILED', message: command.name });
  const watchdog = spawn('/bin/sh', ['-c', watchdogProgram, 'watchdog', `${pid}`, command.throwAway ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.on('error', () => child.kill('SIGKILL'));
  child.unref();
  watchdog.unref();

  let running = true;
  const forget = onExit(() => child.kill('SIGKILL'));
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      running = false;
      // Its number may be given to another process from now on.
      watchdog.kill('SIGKILL');
      forget();
      resolve();
    });
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!running) return;
    child.ref();
    child.kill(signal);
    await gone;
  };
  return {
    pid,
    logFile: command.logFile,
    isRunning: () => running,
    kill: () => end('SIGKILL'),
    async terminate(graceMs) {
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await end('SIGTERM');
      clearTimeout(timer);
    },
  };
}

function spawned(child: ChildProcess, command: ServerCommand): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      const message = `${command.name} could not be started: ${cause.message}`;
      reject(new SupportError({ code: 'SERVER_START_FAILED', message, cause }));
    });
  });
}

/** The last `bytes` of a log, for messages; empty when there is no log. */
export async function readLogTail(path: string, bytes = 4_000): Promise<string> {
  try {
    await using handle = await open(path, 'r');
    const { size } = await handle.stat();
    const start = Math.max(0, size - bytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return '';
    throw error;
  }
}
