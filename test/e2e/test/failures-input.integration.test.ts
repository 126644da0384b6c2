import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ListBucketsCommand, type S3Client } from '@aws-sdk/client-s3';
import type { BackupService } from '@milvus-backup/core';
import {
  connectMilvus,
  createFixture,
  documentsFixture,
  emptyFixture,
  freePort,
  releasePorts,
  type Stack,
  startStack,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument, startCommand } from './harness/binary.js';
import { type Bucket, openBucket } from './harness/buckets.js';
import { openFrom } from './harness/open.js';
import { type Snapshot, takeSnapshot } from './harness/snapshot.js';

/** A wrong command or configuration: what is said, how it ends, and that nothing was changed. */
let dir: TempDir;
let stack: Stack;
let client: MilvusClient;
let s3: S3Client;
let data: Bucket;
let backups: Bucket;
let service: BackupService;
let closedPort: number;

beforeAll(async () => {
  [dir, stack] = await Promise.all([tempDir(), startStack()]);
  client = await connectMilvus(stack.milvus);
  s3 = stack.s3.createClient();
  data = openBucket(s3, 'a-bucket');
  backups = openBucket(s3, stack.backupBucket);
  const size = { rows: 60, seed: 3 };
  await createFixture(client, documentsFixture(size));
  await createFixture(client, emptyFixture(size));
  const file = await writeBackupYaml(dir.path, stack, { minio: { backupBucketName: stack.backupBucket } });
  service = await openFrom(file);
  await service.create({ name: 'good' });
  closedPort = await freePort();
});

afterAll(async () => {
  releasePorts([closedPort]);
  await service?.close();
  s3?.destroy();
  await client?.closeConnection();
  await stack?.stop();
  await dir?.remove();
});

const snapshot = (): Promise<Snapshot> =>
  takeSnapshot(client, [
    { bucket: backups, prefix: '' },
    { bucket: data, prefix: 'backup/' },
    { bucket: data, prefix: 'restore-temp-' },
  ]);

interface Refusal {
  readonly code: string;
  readonly exitCode: number;
  readonly message: string | RegExp;
  readonly remedy: string | RegExp;
}

const matching = (text: string | RegExp): unknown =>
  typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text);

/** Runs the built command, and finds all as it was. */
async function expectRefusal(args: readonly string[], refusal: Refusal, cwd = dir.path): Promise<void> {
  const before = await snapshot();
  const { exitCode, stdout, stderr } = await startCommand({ cwd }, ...args, '--json');
  expect({ exitCode, ...parseDocument(stdout) }).toMatchObject({
    exitCode: refusal.exitCode,
    error: { code: refusal.code, message: matching(refusal.message), remedy: matching(refusal.remedy) },
  });
  expect(stderr).toMatch(/^Error: .+\n {2}→ .+$/m);
  expect(stderr).not.toMatch(/^ {4}at /m);
  expect(await snapshot()).toEqual(before);
}

const unknownBackup = {
  code: 'BACKUP_NOT_FOUND',
  exitCode: 3,
  message: 'backup nosuch not found',
  remedy: '`list`',
};
const existingTarget = {
  code: 'TARGET_EXISTS',
  exitCode: 5,
  message: /collection already exist, database default collection (documents|empty)/,
  remedy: '--drop_exist_collection',
};

describe('names of things that are not there, or are there already', () => {
  it.each<[string, string[], Refusal]>([
    ['get of an unknown backup', ['get', '-n', 'nosuch'], unknownBackup],
    ['restore of an unknown backup', ['restore', '-n', 'nosuch'], unknownBackup],
    ['delete of an unknown backup', ['delete', '-n', 'nosuch'], unknownBackup],
    [
      'create under a name that is taken',
      ['create', '-n', 'good'],
      {
        code: 'BACKUP_EXISTS',
        exitCode: 5,
        message: 'backup with name good already exist',
        remedy: '`delete`',
      },
    ],
    [
      'create of an unknown collection',
      ['create', '-n', 'b', '--filter', 'default.documents,default.nosuch'],
      {
        code: 'COLLECTION_NOT_FOUND',
        exitCode: 3,
        message: 'filter collection default.nosuch not found in milvus',
        remedy: 'correct the name',
      },
    ],
    [
      'create of an unknown database',
      ['create', '-n', 'b', '--filter', 'nosuch.*'],
      {
        code: 'DATABASE_NOT_FOUND',
        exitCode: 3,
        message: 'filter database nosuch not found in milvus',
        remedy: 'this Milvus has default',
      },
    ],
    ['restore over what is there', ['restore', '-n', 'good'], existingTarget],
    [
      'restore into what is not there',
      ['restore', '-n', 'good', '-s', '_new', '--skip_create_collection'],
      {
        code: 'TARGET_MISSING',
        exitCode: 3,
        message: /collection not exist, database default collection \w+_new/,
        remedy: '--skip_create_collection',
      },
    ],
    [
      'two collections restored as one',
      ['restore', '-n', 'good', '-r', 'documents:both,empty:both'],
      {
        code: 'INVALID_ARGUMENT',
        exitCode: 64,
        message: 'would both be restored as default.both',
        remedy: /./,
      },
    ],
  ])('%s', (_what, args, refusal) => expectRefusal(args, refusal));

  it('the service says the same', async () => {
    const before = await snapshot();
    await expect(service.get({ name: 'nosuch' })).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
    await expect(service.download('nosuch')).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
    await expect(service.startRestore({ name: 'nosuch' })).rejects.toMatchObject({
      code: 'BACKUP_NOT_FOUND',
    });
    await expect(service.startCreate({ name: 'good' })).rejects.toMatchObject({ code: 'BACKUP_EXISTS' });
    await expect(service.restore({ name: 'good' })).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    expect(await service.findCreate({ name: 'nosuch' })).toBeNull();
    expect(await service.findRestore('nosuch')).toBeNull();
    expect(await snapshot()).toEqual(before);
  });
});

describe('names that no backup can have', () => {
  it.each([
    ['a path', '../x', /contain numbers|start with/],
    ['a space', 'my backup', /whitespace/],
    ['129 characters', 'x'.repeat(129), /should not exceed 128/],
    ['a leading digit', '1st', /start with an underscore or letter/],
    ['a hyphen', 'my-backup', /only contain numbers, letters and underscores/],
  ])('%s', async (_what, name, message) => {
    const refusal = { code: 'INVALID_BACKUP_NAME', exitCode: 64, message, remedy: 'at most 128 letters' };
    await expectRefusal(['create', '-n', name], refusal);
    await expect(service.startCreate({ name })).rejects.toMatchObject({ code: 'INVALID_BACKUP_NAME' });
  });

  it.each(['../good', 'a/b', '..', '.'])('%s is no name of an existing one either', async (name) => {
    const invalid = { code: 'INVALID_BACKUP_NAME', remedy: expect.stringContaining('letters') };
    const before = await snapshot();
    await expect(service.get({ name })).rejects.toMatchObject(invalid);
    await expect(service.delete(name)).rejects.toMatchObject(invalid);
    await expect(service.restore({ name })).rejects.toMatchObject(invalid);
    await expect(service.download(name)).rejects.toMatchObject(invalid);
    expect(await snapshot()).toEqual(before);
  });
});

describe('configurations that cannot be read', () => {
  it('a file that is not there', () =>
    expectRefusal(['list', '--config', 'nosuch.yaml'], {
      code: 'CONFIG_NOT_FOUND',
      exitCode: 2,
      message: 'nosuch.yaml',
      remedy: /./,
    }));

  it.each([
    ['text that is no YAML', 'milvus:\n  port: [1\n', /broken\.yaml.*(line )?[23]/s],
    ['a value of another type', 'milvus:\n  address: localhost\n  port: many\n', /milvus\.port.*many/s],
  ])('%s', async (_what, text, message) => {
    await mkdir(join(dir.path, 'broken'), { recursive: true });
    await writeFile(join(dir.path, 'broken', 'broken.yaml'), text);
    const refusal = { code: 'CONFIG_INVALID', exitCode: 2, message, remedy: /./ };
    await expectRefusal(['list', '--config', 'broken/broken.yaml'], refusal);
  });
});

describe('servers and buckets that are not there, or refuse', () => {
  const set = (...values: string[]): string[] => values.flatMap((value) => ['--set', value]);

  it.each<[string, () => string[], () => Refusal]>([
    [
      'a Milvus that is not running',
      () => ['create', '-n', 'b', ...set(`milvus.port=${closedPort}`)],
      () => ({
        code: 'MILVUS_UNREACHABLE',
        exitCode: 1,
        message: `127.0.0.1:${closedPort}`,
        remedy: 'milvus.grpc.port',
      }),
    ],
    [
      'a store that is not running',
      () => ['list', ...set(`minio.backupPort=${closedPort}`)],
      () => ({
        code: 'STORAGE_UNREACHABLE',
        exitCode: 1,
        message: `127.0.0.1:${closedPort}`,
        remedy: 'backup.storage',
      }),
    ],
    [
      'a wrong secret of the backup store, for list',
      () => ['list', ...set('minio.backupSecretAccessKey=wr0ng-secret')],
      () => ({ code: 'STORAGE_AUTH', exitCode: 1, message: 'backup.storage', remedy: 'secret' }),
    ],
    [
      'a wrong secret of the Milvus store, for create',
      () => ['create', '-n', 'b', ...set('minio.secretAccessKey=wr0ng-secret')],
      () => ({ code: 'STORAGE_AUTH', exitCode: 1, message: 'milvus.storage', remedy: 'secret' }),
    ],
    [
      'a missing bucket of Milvus, for create',
      () => ['create', '-n', 'b', ...set('minio.bucketName=no-such-bucket')],
      () => ({
        code: 'BUCKET_NOT_FOUND',
        exitCode: 3,
        message: 'bucket no-such-bucket of milvus.storage',
        remedy: 'milvus.storage.bucketName',
      }),
    ],
    [
      'a missing bucket of Milvus, for restore',
      () => ['restore', '-n', 'good', '-s', '_x', ...set('minio.bucketName=no-such-bucket')],
      () => ({ code: 'BUCKET_NOT_FOUND', exitCode: 3, message: 'no-such-bucket', remedy: 'bucketName' }),
    ],
    ...(['list', 'get', 'restore', 'delete'] as const).map(
      (verb): [string, () => string[], () => Refusal] => [
        `a missing bucket of backups, for ${verb}`,
        () => [
          verb,
          ...(verb === 'list' ? [] : ['-n', 'good']),
          ...set('minio.backupBucketName=no-such-bucket'),
        ],
        () => ({
          code: 'BUCKET_NOT_FOUND',
          exitCode: 3,
          message: 'bucket no-such-bucket of backup.storage does not exist',
          remedy: 'backup.storage.bucketName',
        }),
      ],
    ),
  ])('%s', async (_what, args, refusal) => {
    await expectRefusal(args(), refusal());
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets.map((bucket) => bucket.Name)).not.toContain('no-such-bucket');
  });

  it('a create that fails for Milvus makes no bucket either', async () => {
    const values = [`milvus.port=${closedPort}`, 'minio.backupBucketName=not-yet-made'];
    await expectRefusal(['create', '-n', 'b', ...set(...values)], {
      code: 'MILVUS_UNREACHABLE',
      exitCode: 1,
      message: 'cannot be reached',
      remedy: 'milvus.grpc.address',
    });
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets.map((bucket) => bucket.Name)).not.toContain('not-yet-made');
  });

  it('no secret is told', async () => {
    const { stdout, stderr } = await startCommand(
      { cwd: dir.path },
      'list',
      '--json',
      ...set('minio.backupSecretAccessKey=wr0ng-secret', 'log.level=debug'),
    );
    expect(stdout + stderr).not.toContain('wr0ng-secret');
    expect(stdout + stderr).not.toContain(stack.s3.secretKey);
  });

  it('a wrong root path of Milvus, where its data are not', async () => {
    const before = await snapshot();
    const { exitCode, stdout } = await startCommand(
      { cwd: dir.path },
      ...['create', '-n', 'astray', '--json', ...set('minio.rootPath=nowhere')],
    );
    expect({ exitCode, ...parseDocument(stdout) }).toMatchObject({
      exitCode: 4,
      error: {
        code: 'SOURCE_INCOMPLETE',
        message: expect.stringContaining('but no insert logs'),
        remedy: expect.stringMatching(/root path.*milvus\.storage.*files.*file/s),
      },
    });
    const added = (await snapshot()).objects.filter((object) => !before.objects.includes(object));
    expect(added.filter((object) => object.startsWith('backup-bucket/'))).toEqual([]);
    expect((await service.list()).map((entry) => entry.name)).toEqual(['good']);
    await service.create({ name: 'astray' });
    expect((await service.list()).map((entry) => entry.name)).toEqual(['astray', 'good']);
  });
});
