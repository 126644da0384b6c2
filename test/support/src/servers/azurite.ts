import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, releasePorts } from '../ports/free-ports.js';
import { type TempDir, tempDir } from '../temp-dir.js';
import { makeCertificate } from '../tls/self-signed.js';
import { ensureAzurite } from '../tools/azurite.js';
import { createContainer, statusOf } from './azurite-request.js';
import { type ServerProcess, spawnServer } from './server-process.js';
import { startWithRetry } from './start-with-retry.js';
import { waitUntilReady } from './wait-until-ready.js';

export interface AzuriteOptions {
  /** Created in the first account when the server is ready. */
  readonly containers?: readonly string[];
  /** Names of the accounts. Default: `account1` and `account2`. */
  readonly accounts?: readonly string[];
  /** Speak TLS with a certificate of its own, and take bearer tokens (whose signature it does not check). Default false. */
  readonly tls?: boolean;
  /** Port, for a restart at the same address. Default: a free one. */
  readonly port?: number;
  /** Keep the blobs in this folder and leave it there at the end. Default: a temporary folder. */
  readonly dir?: string;
  /** Milliseconds until the start counts as failed. Default: 60,000. */
  readonly timeoutMs?: number;
}

export interface AzuriteAccount {
  readonly accountName: string;
  /** Base64, random for each start. */
  readonly accountKey: string;
  /** `http(s)://127.0.0.1:<port>/<account>` */
  readonly url: string;
  readonly connectionString: string;
}

export interface AzuriteServer {
  readonly address: '127.0.0.1';
  readonly port: number;
  readonly tls: boolean;
  /** `http(s)://127.0.0.1:<port>`, without account. */
  readonly endpoint: string;
  /** Name and key of the first account. */
  readonly accountName: string;
  readonly accountKey: string;
  readonly accounts: readonly AzuriteAccount[];
  /** PEM file with the certificate to trust; `undefined` without TLS. */
  readonly caFile: string | undefined;
  readonly pid: number;
  readonly dir: string;
  readonly logFile: string;
  /** Makes a container in the named account, the first by default. */
  createContainer(name: string, accountName?: string): Promise<void>;
  /** Ends the server by SIGKILL and leaves its folder, to start another one on it. */
  kill(): Promise<void>;
  /** Ends the server and removes its folder, unless that was given in the options. */
  stop(): Promise<void>;
}

/**
 * Starts the blob service of Azurite on loopback, with two accounts, and waits until it answers. Several can run at once.
 * @throws SupportError `SERVER_START_FAILED` with the end of the log, or what {@link ensureAzurite} throws
 */
export async function startAzurite(options: AzuriteOptions = {}): Promise<AzuriteServer> {
  const script = await ensureAzurite();
  const own = options.dir === undefined ? await tempDir('milvus-backup-azurite-') : undefined;
  const names = options.accounts ?? ['account1', 'account2'];
  const keys = names.map((name): readonly [string, string] => [name, randomBytes(64).toString('base64')]);
  try {
    return await startWithRetry(() => launch(script, options, own, keys));
  } catch (error) {
    await own?.remove();
    throw error;
  }
}

async function launch(
  script: string,
  options: AzuriteOptions,
  own: TempDir | undefined,
  keys: readonly (readonly [string, string])[],
): Promise<AzuriteServer> {
  const dir = own?.path ?? options.dir ?? '';
  const data = join(dir, 'data');
  await mkdir(data, { recursive: true });
  const port = options.port ?? (await freePort());
  const logFile = join(dir, 'azurite.log');
  await rm(logFile, { force: true });
  const tls = options.tls ? await writeCertificate(dir) : undefined;
  const endpoint = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  const accounts = keys.map((key) => describeAccount(endpoint, key));
  const first = accounts[0];
  if (first === undefined) throw new Error('Azurite needs at least one account');
  let server: ServerProcess | undefined;
  try {
    server = await spawnServer({
      name: 'Azurite',
      command: process.execPath,
      args: serverArguments(script, data, port, tls),
      cwd: dir,
      env: {
        PATH: process.env.PATH,
        HOME: dir,
        // For copies, it reads from itself.
        ...(tls ? { NODE_EXTRA_CA_CERTS: tls.cert } : {}),
        AZURITE_ACCOUNTS: keys.map((pair) => pair.join(':')).join(';'),
      },
      logFile,
      throwAway: own?.path,
    });
    const running = server;
    await waitUntilReady({
      name: 'Azurite',
      process: running,
      timeoutMs: options.timeoutMs ?? 60_000,
      // Any answer will do: without a signature it is 403.
      probe: () => statusOf('GET', `${first.url}?comp=list`).then(() => undefined),
    });
    const azurite: AzuriteServer = {
      address: '127.0.0.1',
      port,
      tls: tls !== undefined,
      endpoint,
      accountName: first.accountName,
      accountKey: first.accountKey,
      accounts,
      caFile: tls?.cert,
      pid: running.pid,
      dir,
      logFile,
      createContainer: (name, accountName = first.accountName) =>
        createContainer(find(accounts, accountName), name),
      kill: () => running.kill(),
      async stop() {
        await running.terminate(5_000);
        releasePorts([port]);
        await own?.remove();
      },
    };
    for (const name of options.containers ?? []) await azurite.createContainer(name);
    return azurite;
  } catch (error) {
    await server?.kill();
    releasePorts([port]);
    throw error;
  }
}

function describeAccount(
  endpoint: string,
  [accountName, accountKey]: readonly [string, string],
): AzuriteAccount {
  const url = `${endpoint}/${accountName}`;
  const protocol = endpoint.startsWith('https') ? 'https' : 'http';
  return {
    accountName,
    accountKey,
    url,
    connectionString: `DefaultEndpointsProtocol=${protocol};AccountName=${accountName};AccountKey=${accountKey};BlobEndpoint=${url};`,
  };
}

function find(accounts: readonly AzuriteAccount[], name: string): AzuriteAccount {
  const account = accounts.find(({ accountName }) => accountName === name);
  if (account === undefined) throw new Error(`Azurite has no account ${name}`);
  return account;
}

interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

async function writeCertificate(dir: string): Promise<TlsFiles> {
  const files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  const { cert, key } = makeCertificate();
  await writeFile(files.cert, cert);
  await writeFile(files.key, key, { mode: 0o600 });
  return files;
}

/** The API version is not checked: SDKs know newer ones than any Azurite. */
function serverArguments(script: string, data: string, port: number, tls: TlsFiles | undefined): string[] {
  return [
    script,
    '--blobHost',
    '127.0.0.1',
    '--blobPort',
    String(port),
    '--location',
    data,
    '--silent',
    '--disableTelemetry',
    '--disableProductStyleUrl',
    '--skipApiVersionCheck',
    ...(tls ? ['--cert', tls.cert, '--key', tls.key, '--oauth', 'basic'] : []),
  ];
}
