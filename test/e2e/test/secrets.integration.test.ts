import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TempDir, tempDir } from '@milvus-backup/test-support';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCommand } from './harness/binary.js';
import { type FaultStore, faultStores } from './harness/fault-stores.js';

/** Looks like nothing else that is printed. */
const planted = `planted${randomBytes(12).toString('hex')}`;
const accountKey = Buffer.from(`${planted}-which-is-a-key-of-an-account`).toString('base64');
const signature = encodeURIComponent(accountKey);

interface Way {
  readonly name: string;
  /** Of {@link faultStores}. */
  readonly store: string;
  /** `backup.storage` with a secret that is wrong. */
  readonly section: (store: FaultStore) => object;
}

const of = (store: FaultStore, more: object): object => {
  const { provider, address, port, bucketName, accountName } = store.section(store.target.port);
  return {
    provider,
    address,
    port,
    bucketName,
    rootPath: 'backup',
    ...(accountName ? { accountName } : {}),
    ...more,
  };
};
const endpointOf = (store: FaultStore): string => {
  const { address, port, accountName } = store.section(store.target.port);
  return `http://${address}:${port}/${accountName}`;
};
const keyFile = JSON.stringify({
  type: 'service_account',
  project_id: 'p',
  private_key_id: planted,
  private_key: `-----BEGIN PRIVATE KEY-----\n${planted}\n-----END PRIVATE KEY-----\n`,
  client_email: 'someone@p.iam.gserviceaccount.com',
  client_id: '1',
  token_uri: 'http://127.0.0.1:9/token',
});

/** Every way in which a secret is given. */
const ways: readonly Way[] = [
  {
    name: 'S3, keys and a session token',
    store: 'S3',
    section: (store) =>
      of(store, {
        auth: {
          type: 'static',
          accessKeyID: 'someone',
          secretAccessKey: planted,
          sessionToken: `${planted}-token`,
        },
      }),
  },
  {
    name: 'Azure, an account key',
    store: 'Azure',
    section: (store) => of(store, { auth: { type: 'sharedKey', accountKey } }),
  },
  {
    name: 'Azure, a shared access signature',
    store: 'Azure',
    section: (store) =>
      of(store, {
        auth: { type: 'default' },
        options: {
          sasToken: `sv=2022-11-02&sr=c&sp=racwdl&se=2099-01-01T00:00:00Z&sig=${signature}`,
          endpoint: endpointOf(store),
        },
      }),
  },
  {
    name: 'Azure, a connection string',
    store: 'Azure',
    section: (store) => {
      const { accountName } = store.section(0);
      const connectionString = `DefaultEndpointsProtocol=http;AccountName=${accountName};AccountKey=${accountKey};BlobEndpoint=${endpointOf(store)};`;
      return of(store, { auth: { type: 'default' }, options: { connectionString } });
    },
  },
  {
    name: 'GCS, the content of a key file',
    store: 'GCS',
    section: (store) => of(store, { auth: { type: 'default' }, options: { credentialsJson: keyFile } }),
  },
];

const secrets = [planted, accountKey, signature];

describe.each(faultStores)('secrets for $name', (kind) => {
  let store: FaultStore;
  let dir: TempDir;

  beforeAll(async () => {
    store = await kind.start();
  });
  afterAll(() => store?.stop());
  beforeEach(async () => {
    dir = await tempDir();
  });
  afterEach(() => dir?.remove());

  it.each(ways.filter((way) => kind.name.startsWith(way.store)))('$name', async ({ section }) => {
    const config = {
      configVersion: 'v2',
      log: { level: 'debug', console: true, file: { path: '' } },
      milvus: { user: 'root', password: `${planted}-of-milvus`, grpc: { address: '127.0.0.1', port: 9 } },
      backup: { storage: section(store) },
    };
    // JSON is YAML.
    await writeFile(join(dir.path, 'backup.yaml'), JSON.stringify(config), { mode: 0o600 });
    const run = (...args: string[]) => startCommand({ cwd: dir.path }, ...args);
    const commands = [
      ['config', 'show'],
      ['config', 'show', '--json'],
      ['list'],
      ['list', '--json'],
      ['check', '--json'],
      ['create', '-n', 'b'],
    ];
    for (const command of commands) {
      const { stdout, stderr, exitCode } = await run(...command);
      const said = stdout + stderr;
      expect(said.length).toBeGreaterThan(20);
      for (const secret of secrets) expect(said, command.join(' ')).not.toContain(secret);
      expect(exitCode === 0, `${command.join(' ')}: ${said}`).toBe(command[0] === 'config');
    }
  });
});
