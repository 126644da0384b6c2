import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { CheckItem, CheckReport } from '@milvus-backup/core';
import {
  type ConfigTree,
  callRaw,
  connectMilvus,
  createFixture,
  documentsFixture,
  type Stack,
  scalarsFixture,
  startMilvus,
  startStack,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import { GlobalPrivileges, type MilvusClient, RbacObjects } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseDocument, startCommand } from './harness/binary.js';
import { openBucket } from './harness/buckets.js';
import { openFrom } from './harness/open.js';

const reader = { accessKey: 'reader-access-key', secretKey: 'reader-secret-key' };

let dir: TempDir;
let stack: Stack;
let client: MilvusClient;
let s3: S3Client;
let files = 0;

beforeAll(async () => {
  dir = await tempDir();
  stack = await startStack({ authorization: true, s3: { reader } });
  client = await connectMilvus(stack.milvus);
  s3 = stack.s3.createClient();
  await createFixture(client, documentsFixture({ rows: 200, seed: 31 }));
  await createFixture(client, { ...scalarsFixture({ rows: 200, seed: 32 }), db: 'other' });
});

afterAll(async () => {
  s3?.destroy();
  await client?.closeConnection();
  await stack?.stop();
  await dir?.remove();
});

const writeConfig = (overrides: ConfigTree = {}): Promise<string> =>
  writeBackupYaml(join(dir.path, `c${files++}`), stack, overrides);

async function checkWith(overrides: ConfigTree = {}, set: readonly string[] = []): Promise<CheckReport> {
  const service = await openFrom(await writeConfig(overrides), set);
  try {
    return await service.check();
  } finally {
    await service.close();
  }
}

function lineOf(report: CheckReport, name: string): CheckItem {
  const found = report.items.find((item) => item.name === name);
  if (found) return found;
  throw new Error(`no line ${name}`);
}

const namesOf = (report: CheckReport, status: CheckItem['status']): string[] =>
  report.items.filter((item) => item.status === status).map((item) => item.name);

async function listBuckets(): Promise<string[]> {
  const names = ['a-bucket', 'b-bucket', 'backup-bucket'];
  const lists = await Promise.all(
    names.map(async (name) => [...(await openBucket(s3, name).list()).keys()].map((key) => `${name}/${key}`)),
  );
  return lists.flat().sort();
}

describe('check of a real Milvus on a real S3', () => {
  it('finds all well, tells the plan, and leaves nothing in buckets or Milvus', async () => {
    const place = { minio: { backupBucketName: 'backup-bucket' } };
    const service = await openFrom(await writeConfig(place));
    onTestFinished(() => service.close());
    // Flushes what Milvus still holds in memory; what the plan says next is what this moved.
    const { progress } = await service.create({ name: 'planned' });
    await service.delete('planned');

    const [before, collections] = [await listBuckets(), await client.showCollections()];
    const report = await checkWith(place);
    expect(namesOf(report, 'failed')).toEqual([]);
    expect(namesOf(report, 'warning')).toEqual([]);
    expect(namesOf(report, 'skipped')).toEqual(['milvus.privileges-rbac', 'plan.space']);
    expect(lineOf(report, 'copy.to-backup').message).toContain('by itself');
    expect(await listBuckets()).toEqual(before);
    expect((await client.showCollections()).data.map((one) => one.name)).toEqual(
      collections.data.map((one) => one.name),
    );
    const imports = await callRaw<{ tasks: unknown[] }>(client, 'ListImportTasks', { limit: '100' });
    expect(imports.tasks).toEqual([]);

    const { plan } = report;
    expect(plan?.databases.map(({ name }) => name)).toEqual(['default', 'other']);
    expect([plan?.collections, plan?.objects, plan?.bytes]).toEqual([
      progress.collectionsTotal,
      progress.objectsTotal,
      progress.bytesTotal,
    ]);
  });

  it('names the right root path for a wrong one, and the right bucket', async () => {
    const root = lineOf(await checkWith({ minio: { rootPath: 'file' } }), 'milvus-storage.root-path');
    expect(root.status).toBe('failed');
    expect(root.remedy).toContain('set milvus.storage.rootPath to "files"');
    const wrong = { minio: { bucketName: 'b-bucket', backupBucketName: 'backup-bucket' } };
    const bucket = lineOf(await checkWith(wrong), 'milvus-storage.root-path');
    expect(bucket.status).toBe('failed');
    expect(bucket.remedy).toContain('set milvus.storage.bucketName to "a-bucket"');
  });

  it('tells a wrong key, a missing bucket and a store that is not there, without secrets', async () => {
    const secret = 'planted-secret-value';
    const key = await checkWith({
      minio: { backupSecretAccessKey: secret, backupBucketName: 'backup-bucket' },
    });
    expect(lineOf(key, 'backup-storage.connection').status).toBe('ok');
    expect(lineOf(key, 'backup-storage.credentials')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('secret key'),
    });
    expect(JSON.stringify(key)).not.toContain(secret);
    expect(JSON.stringify(key)).not.toContain(stack.s3.secretKey);

    const buckets = await checkWith({ minio: { bucketName: 'nobodys', backupBucketName: 'nobodys-either' } });
    expect(lineOf(buckets, 'milvus-storage.bucket').status).toBe('failed');
    expect(lineOf(buckets, 'milvus-storage.root-path').remedy).toContain('bucketName to "a-bucket"');
    expect(lineOf(buckets, 'backup-storage.bucket').status).toBe('warning');

    const away = await checkWith({ minio: { backupPort: 1 } });
    expect(lineOf(away, 'backup-storage.connection').status).toBe('failed');
    expect(lineOf(away, 'milvus-storage.root-path').status).toBe('ok');
  });

  it('takes credentials that may only read for the store of Milvus, not for that of backups', async () => {
    const keys = { accessKeyID: reader.accessKey, secretAccessKey: reader.secretKey };
    const data = await checkWith({ minio: { ...keys, backupBucketName: 'backup-bucket' } });
    expect(lineOf(data, 'milvus-storage.write').status).toBe('warning');
    expect(lineOf(data, 'milvus-storage.read').status).toBe('ok');
    expect(namesOf(data, 'failed')).toEqual([]);
    const backupKeys = { backupAccessKeyID: reader.accessKey, backupSecretAccessKey: reader.secretKey };
    const backups = await checkWith({ minio: { ...backupKeys, backupBucketName: 'backup-bucket' } });
    expect(lineOf(backups, 'backup-storage.write').status).toBe('failed');
    expect(lineOf(backups, 'backup-storage.list').status).toBe('ok');
  });

  it('names the calls that Milvus denies, and a wrong password', async () => {
    await client.createUser({ username: 'nobody', password: 'Nobody-1' });
    const user = { milvus: { user: 'nobody', password: 'Nobody-1' } };
    const first = await checkWith(user);
    expect(lineOf(first, 'milvus.credentials').status).toBe('ok');
    expect(lineOf(first, 'milvus.collections').message).toContain('ListDatabases');
    await client.createRole({ roleName: 'lister' });
    await client.addUserToRole({ username: 'nobody', roleName: 'lister' });
    await client.grantRolePrivilege({
      roleName: 'lister',
      object: RbacObjects.Global,
      objectName: '*',
      privilegeName: GlobalPrivileges.ListDatabases,
    });
    const denied = await checkWith(user);
    expect(lineOf(denied, 'milvus.privileges-backup').status).toBe('failed');
    expect(lineOf(denied, 'milvus.privileges-backup').message).toContain('Flush');
    expect(lineOf(denied, 'milvus.privileges-restore').status).toBe('warning');
    expect(lineOf(denied, 'milvus.privileges-restore').message).toContain('CreateCollection');
    const wrong = await checkWith({ milvus: { password: 'planted-password' } });
    expect(lineOf(wrong, 'milvus.credentials').status).toBe('failed');
    expect(JSON.stringify(wrong)).not.toContain('planted-password');
  });

  it('fails a store that never answers, through the command', async () => {
    const silent: Server = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const address = silent.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const file = await writeConfig({ minio: { backupPort: address.port } });
    const { exitCode, stdout } = await startCommand({ cwd: dir.path }, '--config', file, 'check', '--json');
    expect(exitCode).toBe(1);
    const document = parseDocument(stdout);
    expect(document.ok).toBe(false);
    expect(document.items).toContainEqual(
      expect.objectContaining({ name: 'backup-storage.connection', status: 'failed' }),
    );
  });

  it('leaves nothing after SIGINT', async () => {
    const before = await listBuckets();
    const file = await writeConfig();
    const command = startCommand({ cwd: dir.path }, '--config', file, 'check');
    command.stdout?.once('data', () => command.kill('SIGINT'));
    expect((await command).exitCode).toBe(130);
    expect(await listBuckets()).toEqual(before);
  });
});

it('check of a Milvus that keeps its data on disk, beside a directory of backups', async () => {
  const milvus = await startMilvus({ storage: { local: true } });
  onTestFinished(() => milvus.stop());
  const local = await connectMilvus(milvus);
  onTestFinished(async () => void (await local.closeConnection()));
  await createFixture(local, documentsFixture({ rows: 100, seed: 33 }));
  const file = await writeBackupYaml(join(dir.path, 'local'), { milvus });
  const service = await openFrom(file);
  onTestFinished(() => service.close());
  // Makes Milvus write down what it holds in memory.
  await service.create({ name: 'b1' });
  const report = await service.check();
  expect(namesOf(report, 'failed')).toEqual([]);
  expect(namesOf(report, 'warning')).toEqual([]);
  expect(report.plan?.freeBytes).toBeGreaterThan(0);
  if (milvus.storage.kind !== 'local') throw new Error('this Milvus was to keep its data on disk');
  const { path } = milvus.storage;
  const above = { minio: { rootPath: dirname(path) } };
  const wrong = await openFrom(await writeBackupYaml(join(dir.path, 'above'), { milvus }, above));
  onTestFinished(() => wrong.close());
  const root = lineOf(await wrong.check(), 'milvus-storage.root-path');
  expect(root).toMatchObject({ status: 'failed', remedy: expect.stringContaining(`to "${path}"`) });
});
