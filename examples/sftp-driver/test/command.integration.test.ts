import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ConfigTree,
  compareCollections,
  connectMilvus,
  createFixture,
  documentsFixture,
  type Stack,
  startStack,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type SftpServer, startAsyncSsh } from './servers.js';

const program = join(import.meta.dirname, '../../../packages/cli/bin/milvus-backup.js');
const driver = 'milvus-backup-driver-sftp';
const fixture = documentsFixture({ rows: 300, seed: 4 });
let stack: Stack;
let server: SftpServer;
let client: Awaited<ReturnType<typeof connectMilvus>>;
let dir: TempDir;

beforeAll(async () => {
  [stack, server, dir] = await Promise.all([startStack(), startAsyncSsh(), tempDir()]);
  client = await connectMilvus(stack.milvus);
  await createFixture(client, fixture);
  // What `npm install ../sftp-driver` does beside the configuration file.
  await mkdir(join(dir.path, 'node_modules'));
  await symlink(join(import.meta.dirname, '..'), join(dir.path, 'node_modules', driver));
  await writeBackupYaml(dir.path, stack, {
    minio: {
      backupDriver: driver,
      backupOptions: options(),
      backupBucketName: 'vault',
      backupRootPath: 'v1',
    },
  });
  await writeFile(join(dir.path, 'v2.yaml'), v2(options()));
});
afterAll(async () => {
  await client?.closeConnection();
  await stack?.stop();
  await server?.stop();
  await dir?.remove();
});

const options = (): ConfigTree => ({
  host: '127.0.0.1',
  port: server.port,
  username: server.username,
  password: server.password,
  hostFingerprint: server.hostFingerprint,
  directory: '/',
});

function v2(written: object): string {
  const { storage, address, port, managementPort } = stack.milvus;
  if (storage.kind === 'local') throw new Error('this test wants Milvus on S3');
  return stringify({
    configVersion: 'v2',
    log: { console: true, level: 'debug', file: { path: join(dir.path, 'v2.log') } },
    milvus: {
      grpc: { address, port },
      management: { endpoint: `http://${address}:${managementPort}` },
      storage: {
        provider: 'minio',
        address: storage.address,
        port: storage.port,
        bucketName: storage.bucket,
        rootPath: storage.rootPath,
        auth: { type: 'static', accessKeyID: storage.accessKey, secretAccessKey: storage.secretKey },
      },
    },
    backup: { storage: { driver, options: written, bucketName: 'vault', rootPath: 'v2' } },
  });
}

let said = '';
async function run(...args: string[]) {
  const result = await execa(process.execPath, [program, ...args], {
    cwd: dir.path,
    reject: false,
    stdin: 'ignore',
  });
  said += result.stdout + result.stderr;
  return result;
}

it.each([
  ['the first schema', 'backup.yaml', 'v1'],
  ['the second schema', 'v2.yaml', 'v2'],
])('a backup on SFTP, configured in %s: create, list, get, restore, delete', async (_schema, file, root) => {
  const call = (...args: string[]) => run(...args, '--config', file);
  const created = await call('create', '-n', 'far', '--filter', `${fixture.db}.${fixture.collection}`);
  expect([created.exitCode, created.stderr]).toEqual([0, expect.stringContaining('far: 1 collection,')]);
  expect(await readdir(join(server.folder, 'vault', root))).toEqual(['far']);
  expect((await call('list')).stdout).toContain('far');
  const got = await call('get', '-n', 'far');
  expect(JSON.parse(got.stdout)).toMatchObject({ name: 'far' });
  const suffix = `_${root}`;
  const restored = await call('restore', '-n', 'far', '-s', suffix, '--rebuild_index');
  expect([restored.exitCode, restored.stderr]).toEqual([0, expect.anything()]);
  const { db, collection } = fixture;
  const copy = { db, collection: `${collection}${suffix}` };
  const compared = await compareCollections(client, fixture, client, copy);
  expect(compared).toMatchObject({ equal: true });
  expect(compared.sourceRows).toBeGreaterThan(0);
  expect((await call('delete', '-n', 'far')).exitCode).toBe(0);
  expect(await readdir(join(server.folder, 'vault'))).toEqual([]);
});

it('a wrong option is told with section, key and value', async () => {
  await writeFile(join(dir.path, 'wrong.yaml'), v2({ ...options(), port: 70_000, colour: 'red' }));
  const { exitCode, stderr } = await run('list', '--config', 'wrong.yaml');
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain('backup.storage.options.port: invalid value "70000"');
  expect(stderr).toContain('backup.storage.options.colour: invalid value "red"');
  const set = await run('list', '--config', 'v2.yaml', '--set', 'backup.storage.options.timeoutSeconds=soon');
  expect(set.stderr).toContain('backup.storage.options.timeoutSeconds: invalid value "soon"');
});

it('a wrong password and a wrong host key are told as what they are', async () => {
  const password = await run('list', '--config', 'v2.yaml', '--set', 'backup.storage.options.password=wrong');
  expect(password.stderr).toContain('refuses the credentials');
  const other = `SHA256:${'A'.repeat(43)}`;
  const key = await run(
    'list',
    '--config',
    'v2.yaml',
    '--set',
    `backup.storage.options.hostFingerprint=${other}`,
  );
  expect(key.stderr).toContain('hostFingerprint');
  expect([password.exitCode, key.exitCode]).not.toContain(0);
});

it('the password is nowhere to be read', async () => {
  for (const file of ['backup.yaml', 'v2.yaml']) {
    const shown = await run('config', 'show', '--config', file);
    expect(shown.stdout).toMatch(/options +\{host, port, username, password,/i);
    await run('config', 'show', '--json', '--config', file);
  }
  expect(said).not.toContain(server.password);
  for (const log of ['backup.log', 'v2.log']) {
    expect(await readFile(join(dir.path, log), 'utf8')).not.toContain(server.password);
  }
});
