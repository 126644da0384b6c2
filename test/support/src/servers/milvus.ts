import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectMilvus } from '../milvus-client.js';
import { freePorts, releasePorts } from '../ports/free-ports.js';
import { type TempDir, tempDir } from '../temp-dir.js';
import { ensureMilvus, type MilvusInstallation } from '../tools/tools.js';
import {
  type ConfigTree,
  type MilvusPorts,
  type MilvusStorage,
  milvusPortNames,
  renderEtcdConfig,
  renderMilvusConfig,
} from './milvus-config.js';
import type { S3Server } from './s3.js';
import { type ServerProcess, spawnServer } from './server-process.js';
import { startWithRetry } from './start-with-retry.js';
import { expectHttpOk, waitUntilReady } from './wait-until-ready.js';

export interface MilvusS3Storage {
  readonly s3: Pick<S3Server, 'address' | 'port' | 'accessKey' | 'secretKey'>;
  /** Created by Milvus when it is missing. */
  readonly bucket: string;
  /** Default: `files`. */
  readonly rootPath?: string;
}

export interface MilvusOptions {
  /** A bucket of an S3 server, or a folder of its own. */
  readonly storage: MilvusS3Storage | { readonly local: true };
  /** Ask for user and password (`root` / `Milvus`). Default: false. */
  readonly authorization?: boolean;
  /** Parts of `milvus.yaml` that replace its own. */
  readonly config?: ConfigTree;
  /** Milliseconds until the start counts as failed. Default: 90,000. */
  readonly timeoutMs?: number;
}

export interface MilvusServer {
  readonly address: '127.0.0.1';
  /** gRPC and REST. */
  readonly port: number;
  /** Health, metrics and management (`/management/…`). */
  readonly managementPort: number;
  readonly storage: MilvusStorage;
  /** Set when authorization is on. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly pid: number;
  readonly dir: string;
  readonly logFile: string;
  /** Ends the server by SIGKILL and leaves its folder; {@link MilvusServer.stop} is still to be called. */
  kill(): Promise<void>;
  /** Ends the server by SIGKILL and starts it again over what it had; resolves when it answers. */
  restart(): Promise<void>;
  /** Ends the server and removes its folder. What it had in a bucket stays there. */
  stop(): Promise<void>;
}

/**
 * Starts a real Milvus 2.3.5 (standalone, embedded etcd and RocksMQ) in a temporary folder and waits until it
 * answers gRPC. Several can run at once, each on its own ports.
 * @throws SupportError `SERVER_START_FAILED` with the end of the log, or what {@link ensureMilvus} throws
 */
export async function startMilvus(options: MilvusOptions): Promise<MilvusServer> {
  const installation = await ensureMilvus();
  return startWithRetry(() => launch(installation, options));
}

async function launch(installation: MilvusInstallation, options: MilvusOptions): Promise<MilvusServer> {
  const dir = await tempDir('milvus-backup-milvus-');
  const reserved = await freePorts(milvusPortNames.length);
  let server: ServerProcess | undefined;
  try {
    const ports = namePorts(reserved);
    const storage = describeStorage(options.storage, dir.path);
    await prepareFolder(installation, dir.path, ports, storage, options);
    const spawn = (): Promise<ServerProcess> =>
      spawnServer({
        name: 'Milvus',
        command: installation.binary,
        args: ['run', 'standalone'],
        cwd: dir.path,
        env: {
          PATH: process.env.PATH,
          HOME: dir.path,
          LD_LIBRARY_PATH: installation.libraryFolder,
          DEPLOY_MODE: 'STANDALONE',
          METRICS_PORT: String(ports.management),
          MILVUS_RUN_DIR: join(dir.path, 'run'),
        },
        logFile: join(dir.path, 'milvus.log'),
        throwAway: dir.path,
      });
    const untilReady = (process: ServerProcess): Promise<void> =>
      waitUntilReady({
        name: 'Milvus',
        process,
        timeoutMs: options.timeoutMs ?? 90_000,
        probe: () => probe(milvus),
      });
    server = await spawn();
    const milvus = describeServer({ server, spawn, untilReady, dir, reserved, ports, storage, options });
    await untilReady(server);
    return milvus;
  } catch (error) {
    await server?.kill();
    releasePorts(reserved);
    await dir.remove();
    throw error;
  }
}

async function prepareFolder(
  installation: MilvusInstallation,
  base: string,
  ports: MilvusPorts,
  storage: MilvusStorage,
  options: MilvusOptions,
): Promise<void> {
  await mkdir(join(base, 'etcd'), { mode: 0o700 });
  for (const name of ['configs', 'data', 'rocksmq', 'logs', 'run']) await mkdir(join(base, name));
  await copyFile(installation.glogConfig, join(base, 'configs', 'glog.conf'));
  const template = await readFile(installation.configTemplate, 'utf8');
  const config = renderMilvusConfig(template, {
    base,
    ports,
    storage,
    authorization: options.authorization ?? false,
    overrides: options.config,
  });
  await writeFile(join(base, 'configs', 'milvus.yaml'), config, { mode: 0o600 });
  await writeFile(join(base, 'configs', 'etcd.yaml'), renderEtcdConfig(base, ports));
}

interface Parts {
  readonly server: ServerProcess;
  readonly spawn: () => Promise<ServerProcess>;
  readonly untilReady: (process: ServerProcess) => Promise<void>;
  readonly dir: TempDir;
  readonly reserved: readonly number[];
  readonly ports: MilvusPorts;
  readonly storage: MilvusStorage;
  readonly options: MilvusOptions;
}

function describeServer(parts: Parts): MilvusServer {
  const { spawn, untilReady, dir, reserved, ports, storage, options } = parts;
  let { server } = parts;
  const numbers = [server.pid];
  return {
    address: '127.0.0.1',
    port: ports.proxy,
    managementPort: ports.management,
    storage,
    user: options.authorization ? 'root' : undefined,
    password: options.authorization ? 'Milvus' : undefined,
    get pid() {
      return server.pid;
    },
    dir: dir.path,
    logFile: server.logFile,
    kill: () => server.kill(),
    async restart() {
      await server.kill();
      server = await spawn();
      numbers.push(server.pid);
      await untilReady(server);
    },
    async stop() {
      await server.kill();
      releasePorts(reserved);
      await dir.remove();
      // Milvus leaves its number behind in a folder that does not follow its settings.
      for (const pid of numbers) await rm(join(tmpdir(), 'milvus', `server_id_${pid}`), { force: true });
    },
  };
}

/** The health check turns green a moment before the proxy serves collections, so that is asked as well. */
async function probe(milvus: MilvusServer): Promise<void> {
  await expectHttpOk(`http://127.0.0.1:${milvus.managementPort}/healthz`);
  const client = await connectMilvus(milvus);
  try {
    const answer = await client.showCollections({ timeout: 5_000 });
    if (answer.status.error_code !== 'Success') throw new Error(answer.status.reason);
  } finally {
    await client.closeConnection();
  }
}

function describeStorage(storage: MilvusOptions['storage'], base: string): MilvusStorage {
  if ('local' in storage) return { kind: 'local', path: join(base, 'data') };
  const { s3, bucket, rootPath = 'files' } = storage;
  const { address, port, accessKey, secretKey } = s3;
  return { kind: 's3', address, port, accessKey, secretKey, bucket, rootPath };
}

function namePorts(reserved: readonly number[]): MilvusPorts {
  const entries = milvusPortNames.map((name, index) => [name, reserved[index] ?? 0] as const);
  return Object.fromEntries(entries) as MilvusPorts;
}
