import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts, releasePorts } from '../ports/free-ports.js';
import { SupportError } from '../support-error.js';
import { type TempDir, tempDir } from '../temp-dir.js';
import { ensureFakeGcs } from '../tools/fake-gcs.js';
import { type ServerProcess, spawnServer } from './server-process.js';
import { startWithRetry } from './start-with-retry.js';
import { expectHttpOk, waitUntilReady } from './wait-until-ready.js';

export interface GcsOptions {
  /** Keep the objects in this folder and leave it there at the end. Default: a temporary folder. */
  readonly dir?: string;
  /** For a restart at the same address. Default: a free one. */
  readonly port?: number;
  /** Created when the server is ready. */
  readonly buckets?: readonly string[];
  /** Milliseconds until the start counts as failed. Default: 60,000. */
  readonly timeoutMs?: number;
}

export interface GcsServer {
  readonly address: '127.0.0.1';
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly pid: number;
  readonly dir: string;
  readonly logFile: string;
  createBucket(name: string): Promise<void>;
  /** Ends the server by SIGKILL and leaves its folder, to start another one on it. */
  kill(): Promise<void>;
  /** Ends the server and removes its folder, unless that was given in the options. */
  stop(): Promise<void>;
}

/**
 * Starts fake-gcs-server on loopback, plain HTTP, with its objects in a folder. It takes any credentials and none.
 * @throws SupportError `SERVER_START_FAILED` with the end of the log, or what {@link ensureFakeGcs} throws
 */
export async function startGcs(options: GcsOptions = {}): Promise<GcsServer> {
  const binary = await ensureFakeGcs();
  const own = options.dir === undefined ? await tempDir('milvus-backup-gcs-') : undefined;
  try {
    return await startWithRetry(() => launch(binary, options, own));
  } catch (error) {
    await own?.remove();
    throw error;
  }
}

async function launch(binary: string, options: GcsOptions, own: TempDir | undefined): Promise<GcsServer> {
  const dir = own?.path ?? options.dir ?? '';
  const data = join(dir, 'data');
  await mkdir(data, { recursive: true });
  const reserved = await freePorts(1);
  const port = options.port ?? reserved[0] ?? 0;
  const endpoint = `http://127.0.0.1:${port}`;
  const logFile = join(dir, 'fake-gcs-server.log');
  await rm(logFile, { force: true });
  let server: ServerProcess | undefined;
  try {
    const started = await spawnServer({
      name: 'fake-gcs-server',
      command: binary,
      args: serverArguments(data, port, endpoint),
      cwd: dir,
      env: { PATH: process.env.PATH, HOME: dir, TMPDIR: dir },
      logFile,
      throwAway: own?.path,
    });
    server = started;
    await waitUntilReady({
      name: 'fake-gcs-server',
      process: server,
      timeoutMs: options.timeoutMs ?? 60_000,
      probe: () => expectHttpOk(`${endpoint}/storage/v1/b?project=test`),
    });
    for (const bucket of options.buckets ?? []) await createBucket(endpoint, bucket);
    return {
      address: '127.0.0.1',
      port,
      endpoint,
      pid: server.pid,
      dir,
      logFile,
      createBucket: (name) => createBucket(endpoint, name),
      kill: () => started.kill(),
      async stop() {
        await started.kill();
        releasePorts(reserved);
        await own?.remove();
      },
    };
  } catch (error) {
    await server?.kill();
    releasePorts(reserved);
    throw error;
  }
}

async function createBucket(endpoint: string, name: string): Promise<void> {
  const response = await fetch(`${endpoint}/storage/v1/b?project=test`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (response.ok) return;
  throw new SupportError({
    code: 'SERVER_START_FAILED',
    message: `fake-gcs-server did not make the bucket "${name}": ${response.status} ${text.slice(0, 300)}`,
  });
}

/** Without the two URLs it sends clients to other hosts: uploads to one of Google's, and requests by bucket name nowhere. */
function serverArguments(data: string, port: number, endpoint: string): string[] {
  return [
    '-scheme=http',
    '-host=127.0.0.1',
    `-port=${port}`,
    '-backend=filesystem',
    `-filesystem-root=${data}`,
    `-public-host=127.0.0.1:${port}`,
    `-external-url=${endpoint}`,
    '-log-level=error',
  ];
}
