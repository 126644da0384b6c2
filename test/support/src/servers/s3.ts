import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { freePorts, releasePorts } from '../ports/free-ports.js';
import { type TempDir, tempDir } from '../temp-dir.js';
import { ensureSeaweedFs } from '../tools/tools.js';
import { type ServerProcess, spawnServer } from './server-process.js';
import { startWithRetry } from './start-with-retry.js';
import { expectHttpOk, waitUntilReady } from './wait-until-ready.js';

export interface S3Options {
  /** Keep the objects in this folder and leave it there at the end. Default: a temporary folder. */
  readonly dir?: string;
  /** S3 port, for a restart at the same address. Default: a free one. */
  readonly port?: number;
  readonly accessKey?: string;
  readonly secretKey?: string;
  /** A second identity that may only read and list. */
  readonly reader?: { readonly accessKey: string; readonly secretKey: string };
  /** Created when the server is ready. */
  readonly buckets?: readonly string[];
  /** `GOMEMLIMIT` of the server, such as `256MiB`. Default: none. */
  readonly memoryLimit?: string;
  /** Milliseconds until the start counts as failed. Default: 60,000. */
  readonly timeoutMs?: number;
}

export interface S3Server {
  readonly address: '127.0.0.1';
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly region: 'us-east-1';
  readonly accessKey: string;
  readonly secretKey: string;
  readonly pid: number;
  readonly dir: string;
  readonly logFile: string;
  /** A client with path-style addressing; the caller destroys it. */
  createClient(): S3Client;
  createBucket(name: string): Promise<void>;
  /** Ends the server by SIGKILL and leaves its folder, to start another one on it. */
  kill(): Promise<void>;
  /** Ends the server and removes its folder, unless that was given in the options. */
  stop(): Promise<void>;
}

/**
 * Starts SeaweedFS on loopback with one signed identity and waits until a signed call is answered. Several
 * can run at once. Stopping is by SIGKILL, since it takes half a minute to go by itself.
 * @throws SupportError `SERVER_START_FAILED` with the end of the log, or what {@link ensureSeaweedFs} throws
 */
export async function startS3(options: S3Options = {}): Promise<S3Server> {
  const binary = await ensureSeaweedFs();
  const own = options.dir === undefined ? await tempDir('milvus-backup-s3-') : undefined;
  try {
    return await startWithRetry(() => launch(binary, options, own));
  } catch (error) {
    await own?.remove();
    throw error;
  }
}

async function launch(binary: string, options: S3Options, own: TempDir | undefined): Promise<S3Server> {
  const dir = own?.path ?? options.dir ?? '';
  const data = join(dir, 'data');
  await mkdir(data, { recursive: true });
  const keys = {
    accessKey: options.accessKey ?? 'test-access-key',
    secretKey: options.secretKey ?? 'test-secret-key',
  };
  const identity = join(dir, 's3.json');
  await writeFile(identity, JSON.stringify(identities(keys, options.reader)), { mode: 0o600 });
  const reserved = await freePorts(8);
  const port = options.port ?? reserved[0] ?? 0;
  const logFile = join(dir, 'seaweedfs.log');
  await rm(logFile, { force: true });
  let server: ServerProcess | undefined;
  try {
    server = await spawnServer({
      name: 'SeaweedFS',
      command: binary,
      args: serverArguments(data, identity, port, reserved),
      cwd: dir,
      env: {
        PATH: process.env.PATH,
        HOME: dir,
        ...(options.memoryLimit === undefined ? {} : { GOMEMLIMIT: options.memoryLimit }),
      },
      logFile,
      throwAway: own?.path,
    });
    const s3 = createServer({ server, port, dir, keys, reserved, own });
    await waitUntilReady({
      name: 'SeaweedFS',
      process: server,
      timeoutMs: options.timeoutMs ?? 60_000,
      probe: () => probe(s3),
    });
    for (const bucket of options.buckets ?? []) await s3.createBucket(bucket);
    return s3;
  } catch (error) {
    await server?.kill();
    releasePorts(reserved);
    throw error;
  }
}

interface Parts {
  readonly server: ServerProcess;
  readonly port: number;
  readonly dir: string;
  readonly keys: { readonly accessKey: string; readonly secretKey: string };
  readonly reserved: readonly number[];
  readonly own: TempDir | undefined;
}

function createServer({ server, port, dir, keys, reserved, own }: Parts): S3Server {
  const endpoint = `http://127.0.0.1:${port}`;
  const createClient = (): S3Client =>
    new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: keys.accessKey, secretAccessKey: keys.secretKey },
    });
  return {
    address: '127.0.0.1',
    port,
    endpoint,
    region: 'us-east-1',
    ...keys,
    pid: server.pid,
    dir,
    logFile: server.logFile,
    createClient,
    async createBucket(name) {
      const client = createClient();
      try {
        await client.send(new CreateBucketCommand({ Bucket: name }));
      } finally {
        client.destroy();
      }
    },
    kill: () => server.kill(),
    async stop() {
      await server.kill();
      releasePorts(reserved);
      await removeSockets([port, ...reserved]);
      await own?.remove();
    },
  };
}

/** SeaweedFS puts a socket per port into /tmp, whatever TMPDIR says, and SIGKILL leaves them there. */
async function removeSockets(ports: readonly number[]): Promise<void> {
  const kinds = ['master', 'volume', 'filer', 's3'].flatMap((kind) => [kind, `${kind}-grpc`]);
  for (const port of ports) {
    for (const kind of kinds) await rm(`/tmp/seaweedfs-${kind}-${port}.sock`, { force: true });
  }
}

/** `healthz` answers before the filer behind it works, so a signed call has the last word. */
async function probe(s3: S3Server): Promise<void> {
  await expectHttpOk(`${s3.endpoint}/healthz`);
  const client = s3.createClient();
  try {
    await client.send(new ListBucketsCommand({}), { abortSignal: AbortSignal.timeout(5_000) });
  } finally {
    client.destroy();
  }
}

interface Keys {
  readonly accessKey: string;
  readonly secretKey: string;
}

function identities(keys: Keys, reader: Keys | undefined): object {
  const actions = ['Admin', 'Read', 'Write', 'List', 'Tagging'];
  const readers = reader ? [{ name: 'reader', credentials: [reader], actions: ['Read', 'List'] }] : [];
  return { identities: [{ name: 'test', credentials: [keys], actions }, ...readers] };
}

/** Every port is named, because the defaults are fixed numbers (8080 among them) and gRPC takes port + 10000. */
function serverArguments(dir: string, identity: string, port: number, ports: readonly number[]): string[] {
  const [, s3Grpc, master, masterGrpc, volume, volumeGrpc, filer, filerGrpc] = ports;
  return [
    'server',
    `-dir=${dir}`,
    '-ip=127.0.0.1',
    '-ip.bind=127.0.0.1',
    '-master.telemetry=false',
    `-master.port=${master}`,
    `-master.port.grpc=${masterGrpc}`,
    '-master.volumeSizeLimitMB=1024',
    `-volume.port=${volume}`,
    `-volume.port.grpc=${volumeGrpc}`,
    '-volume.max=1000',
    '-volume.preStopSeconds=1',
    '-volume.minFreeSpacePercent=1',
    '-filer',
    `-filer.port=${filer}`,
    `-filer.port.grpc=${filerGrpc}`,
    '-s3',
    `-s3.port=${port}`,
    `-s3.port.grpc=${s3Grpc}`,
    '-s3.port.iceberg=0',
    '-s3.port.lance=0',
    `-s3.config=${identity}`,
    '-s3.autoCreateBucket=false',
    '-s3.allowDeleteBucketNotEmpty=false',
  ];
}
