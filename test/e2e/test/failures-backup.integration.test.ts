import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { type BackupService, isBackupError } from '@milvus-backup/core';
import {
  connectMilvus,
  createFixture,
  documentsFixture,
  type Fixture,
  type Stack,
  scalarsFixture,
  startStack,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument, startCommand } from './harness/binary.js';
import { type Bucket, openBucket } from './harness/buckets.js';
import { runOnFullDisk, runWithSmallFiles } from './harness/full-disk.js';
import { openFrom } from './harness/open.js';
import { type Snapshot, takeSnapshot } from './harness/snapshot.js';

/** Backups that are damaged or were tampered with, disks that are full, and a Milvus that refuses. */
let dir: TempDir;
let stack: Stack;
let client: MilvusClient;
let s3: S3Client;
let data: Bucket;
let backups: Bucket;
let service: BackupService;
let fixtures: Fixture[];

beforeAll(async () => {
  [dir, stack] = await Promise.all([tempDir(), startStack({ authorization: true })]);
  client = await connectMilvus(stack.milvus);
  s3 = stack.s3.createClient();
  data = openBucket(s3, 'a-bucket');
  backups = openBucket(s3, stack.backupBucket);
  const size = { rows: 80, seed: 4 };
  fixtures = [documentsFixture(size), scalarsFixture(size)];
  for (const fixture of fixtures) await createFixture(client, fixture);
  const file = await writeBackupYaml(dir.path, stack, { minio: { backupBucketName: stack.backupBucket } });
  service = await openFrom(file);
  await service.create({ name: 'good' });
});

afterAll(async () => {
  await service?.close();
  s3?.destroy();
  await client?.closeConnection();
  await stack?.stop();
  await dir?.remove();
});

const snapshot = (): Promise<Snapshot> =>
  takeSnapshot(client, [
    { bucket: backups, prefix: '' },
    { bucket: data, prefix: 'restore-temp-' },
  ]);

const full = (name: string): string => `backup/${name}/meta/full_meta.json`;

/** The good backup under another name, with one file changed or gone. */
async function copyGood(
  name: string,
  change: (key: string, bytes: Buffer) => Uint8Array | null,
): Promise<void> {
  const keys = [...(await backups.list('backup/good/')).keys()];
  await Promise.all(
    keys.map(async (key) => {
      if (key.includes('/meta/ts/')) return;
      const copy = key.replace('backup/good/', `backup/${name}/`);
      const bytes = change(copy, await backups.get(key));
      if (bytes !== null) await backups.put(copy, bytes);
    }),
  );
}

/** By command and by service: the code, no collection made, none dropped, no object touched. */
async function expectUnrestorable(
  name: string,
  code: string,
  exitCode: number,
  message: RegExp,
): Promise<void> {
  const before = await snapshot();
  const args = ['restore', '-n', name, '--drop_exist_collection', '--rename', 'default.*:newdb.*', '--json'];
  const command = await startCommand({ cwd: dir.path }, ...args);
  expect({ exitCode: command.exitCode, ...parseDocument(command.stdout) }).toMatchObject({
    exitCode,
    error: { code, message: expect.stringMatching(message), remedy: expect.stringMatching(/./) },
  });
  const failure: unknown = await service.restore({ name, dropExistCollection: true }).catch((error) => error);
  expect(isBackupError(failure) && failure.code).toBe(code);
  expect(await snapshot()).toEqual(before);
}

describe('metadata that cannot be read or trusted', () => {
  const edit = (name: string, change: (text: string) => string) =>
    copyGood(name, (key, bytes) => (key === full(name) ? Buffer.from(change(bytes.toString())) : bytes));

  it.each<[string, string, string, (text: string) => string, RegExp]>([
    ['cut short', 'cut', 'META_UNREADABLE', (text) => text.slice(0, text.length / 2), /full_meta\.json/],
    ['no JSON', 'no_json', 'META_UNREADABLE', () => '<html>not found</html>', /full_meta\.json/],
    ['empty', 'empty_file', 'META_UNREADABLE', () => '', /full_meta\.json/],
    ['a list where an object should be', 'a_list', 'META_UNREADABLE', () => '[]', /full_meta\.json/],
    [
      'a log path that climbs out',
      'climbing_log',
      'META_UNSAFE',
      (text) => text.replace(/"log_path":"[^"]+"/, '"log_path":"files/../../../etc/passwd"'),
      /log_path.*etc\/passwd/,
    ],
    [
      'a collection named as a path',
      'climbing_name',
      'META_UNSAFE',
      (text) => text.replaceAll('"collection_name":"documents"', '"collection_name":"../documents"'),
      /collection_name.*\.\.\/documents/,
    ],
    [
      'a database named as a path',
      'climbing_db',
      'META_UNSAFE',
      (text) => text.replace('"db_name":"default"', '"db_name":".."'),
      /db_name.*"\.\."/,
    ],
    [
      'the id of a neighbour',
      'other_id',
      'META_UNSAFE',
      (text) => text.replace(/"segment_id":(\d+),"collection_id":\d+/, '"segment_id":$1,"collection_id":7'),
      /collection_id/,
    ],
  ])('%s', async (_what, name, code, change, message) => {
    await edit(name, change);
    expect((await backups.get(full(name))).equals(await backups.get(full('good')))).toBe(false);
    await expectUnrestorable(name, code, 1, message);
    const get = await startCommand({ cwd: dir.path }, 'get', '-n', name);
    expect(get).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
    await expect(service.download(name)).rejects.toMatchObject({ code });
    expect((await service.list()).map((entry) => entry.name)).toEqual(['good']);
    await service.delete(name);
    expect((await backups.list(`backup/${name}/`)).size).toBe(0);
  });

  it('does not hinder the list, which tells of it', async () => {
    await edit('unread', () => '{');
    const { exitCode, stdout, stderr } = await startCommand({ cwd: dir.path }, 'list');
    expect([exitCode, stdout]).toEqual([0, '>> Backups:\ngood\n'.trimEnd()]);
    expect(stderr).toMatch(/unread.*not listed|not listed.*unread/);
    await service.delete('unread');
  });
});

describe('files that are missing or short', () => {
  it.each<[string, string, (key: string, bytes: Buffer) => Uint8Array | null, RegExp]>([
    ['an insert log', 'no_insert', dropFirst('/insert_log/'), /insert log \d+ .* is missing in the backup/],
    ['a delta log', 'no_delta', dropFirst('/delta_log/'), /delta log \d+ .* is missing in the backup/],
    ['the end of one', 'short', shorten('/insert_log/'), /has \d+ bytes, the backup's metadata says \d+/],
  ])('%s of one of two collections', async (_what, name, change, message) => {
    await copyGood(name, change);
    await expectUnrestorable(name, 'VERIFY_FAILED', 4, message);
    await service.delete(name);
  });

  function dropFirst(part: string): (key: string, bytes: Buffer) => Uint8Array | null {
    let dropped = false;
    return (key, bytes) => {
      if (dropped || !key.includes(part)) return bytes;
      dropped = true;
      return null;
    };
  }

  function shorten(part: string): (key: string, bytes: Buffer) => Uint8Array {
    let done = false;
    return (key, bytes) => {
      if (done || !key.includes(part)) return bytes;
      done = true;
      return bytes.subarray(0, -1);
    };
  }
});

describe('a Milvus that wants a password', () => {
  it.each([
    ['a wrong one', 'milvus.password=wr0ng-password'],
    ['none', 'milvus.user=,milvus.password='],
  ])('gets %s', async (_what, values) => {
    const before = await snapshot();
    const args = ['--set', values, '--json'];
    for (const verb of [
      ['create', '-n', 'locked'],
      ['restore', '-n', 'good', '-s', '_locked'],
    ]) {
      const { exitCode, stdout, stderr } = await startCommand({ cwd: dir.path }, ...verb, ...args);
      expect({ exitCode, ...parseDocument(stdout) }).toMatchObject({
        exitCode: 1,
        error: { code: 'MILVUS_AUTH', remedy: expect.stringContaining('milvus.user and milvus.password') },
      });
      expect(stdout + stderr).not.toContain('wr0ng-password');
    }
    expect(await snapshot()).toEqual(before);
  });
});

describe('a disk without room', () => {
  it('ends a backup to it, and the same command succeeds when there is room', async () => {
    const home = join(dir.path, 'local');
    const folder = join(home, 'backups');
    await mkdir(folder, { recursive: true });
    await writeBackupYaml(home, stack, {
      minio: { backupStorageType: 'local', backupRootPath: folder, crossStorage: true },
    });
    const args = ['create', '-n', 'tight', '--json'];
    for (const ended of [
      await runOnFullDisk(home, folder, ...args),
      await runWithSmallFiles(home, ...args),
    ]) {
      expect({ exitCode: ended.exitCode, ...parseDocument(ended.stdout) }).toMatchObject({
        exitCode: 1,
        error: {
          code: 'STORAGE_FULL',
          message: expect.stringContaining('has no room'),
          remedy: expect.stringContaining(folder),
        },
      });
    }
    const list = await startCommand({ cwd: home }, 'list');
    expect([list.exitCode, list.stdout]).toEqual([0, '>> Backups:']);

    expect(await startCommand({ cwd: home }, ...args)).toMatchObject({ exitCode: 0 });
    expect(await readdir(folder)).toEqual(['tight']);
    expect(await startCommand({ cwd: home }, 'list')).toMatchObject({ stdout: '>> Backups:\ntight' });
  });
});
