import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll } from 'vitest';
import type { CliHost, ServerRequest, StopSignal } from '../src/index.js';
import { runCli } from '../src/index.js';
import { createFakeService, type FakeService } from './fake-service.js';

export interface TestRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly service: FakeService;
  readonly servers: readonly ServerRequest[];
  /** Codes of `exitNow`. */
  readonly exits: readonly number[];
}

export interface TestOptions {
  readonly service?: FakeService;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly terminal?: boolean;
  /** What the server says about its own safety. */
  readonly serverWarnings?: readonly string[];
  /** Given the function that sends a stop signal, before the command begins. */
  readonly onSignals?: (send: (signal: StopSignal) => void) => void;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A new empty folder, gone after the test file. */
export function makeFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'milvus-backup-cli-'));
  folders.push(folder);
  return folder;
}

/** Runs a command line in this process: real configuration and rendering, {@link createFakeService} behind it. */
export async function run(argv: readonly string[], options: TestOptions = {}): Promise<TestRun> {
  const service = options.service ?? createFakeService();
  const cwd = options.cwd ?? makeFolder();
  const env = options.env ?? {};
  const output = { stdout: '', stderr: '' };
  const listeners = new Set<(signal: StopSignal) => void>();
  const servers: ServerRequest[] = [];
  const exits: number[] = [];
  const capture = (name: keyof typeof output): Writable =>
    Object.assign(
      new Writable({
        write(chunk, _encoding, done) {
          output[name] += String(chunk);
          done();
        },
      }),
      options.terminal ? { isTTY: true, columns: 120 } : {},
    );
  options.onSignals?.((signal) => {
    for (const listener of [...listeners]) listener(signal);
  });
  let time = 0;
  const host: CliHost = {
    version: '9.9.9',
    cwd,
    env,
    stdin: Readable.from([]),
    stdout: capture('stdout'),
    stderr: capture('stderr'),
    stderrIsTerminal: options.terminal ?? false,
    colorDepth: 1,
    now: () => {
      time += 75;
      return time;
    },
    onStopSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    exitNow: (code) => exits.push(code),
    async openService({ config, logger }) {
      service.logger = logger;
      return { ...service.api, config };
    },
    async startServer(request) {
      servers.push(request);
      return {
        port: request.port || 12345,
        scheme: 'http',
        warnings: options.serverWarnings ?? [],
        close: async () => void service.calls.push(['server.close']),
      };
    },
  };
  const code = await runCli(argv, host);
  return { code, ...output, service, servers, exits };
}
