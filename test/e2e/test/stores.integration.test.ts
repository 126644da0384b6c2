import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { type BackupService, parseFilter, type RestoreRequest } from '@milvus-backup/core';
import {
  type ConfigTree,
  connectMilvus,
  createFixture,
  documentsFixture,
  type Fixture,
  type MilvusServer,
  type S3Server,
  type Stack,
  scalarsFixture,
  startMilvus,
  startS3,
  startStack,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Bucket, openBucket, stagedKeys } from './harness/buckets.js';
import { openFrom, recordingLogger } from './harness/open.js';
import { expectSameRows } from './harness/rows.js';

let dir: TempDir;

beforeAll(async () => {
  dir = await tempDir();
});

afterAll(async () => {
  await dir?.remove();
});

/** Backups anywhere but beside the data: Milvus imports from its own bucket alone, so objects pass through it. */
describe('backups in another place than the data', () => {
  let stack: Stack;
  let far: S3Server;
  let first: MilvusClient;
  let second: MilvusClient;
  let s3: S3Client;
  let data: Bucket;
  let fixtures: Fixture[];

  beforeAll(async () => {
    [stack, far] = await Promise.all([startStack({ milvus: 2 }), startS3({ buckets: ['far-bucket'] })]);
    s3 = stack.s3.createClient();
    data = openBucket(s3, 'a-bucket');
    first = await connectMilvus(stack.milvus);
    second = await connectMilvus(secondServer());
    const size = { rows: 300, seed: 11 };
    fixtures = [scalarsFixture(size), { ...documentsFixture(size), db: 'other' }];
    for (const fixture of fixtures) {
      await createFixture(first, fixture);
      // Stays loaded: it is compared with again and again.
      await first.loadCollectionSync({ collection_name: fixture.collection, db_name: fixture.db });
    }
  });

  afterAll(async () => {
    s3?.destroy();
    await first?.closeConnection();
    await second?.closeConnection();
    await far?.stop();
    await stack?.stop();
  });

  function secondServer(): MilvusServer {
    if (stack.second === undefined) throw new Error('one Milvus is missing');
    return stack.second;
  }

  /** A service over one Milvus, closed at the end of the test; only restores that fail may give a warning, of what they leave. */
  async function open(
    milvus: MilvusServer,
    minio: ConfigTree,
    backup: ConfigTree = {},
    failures = 0,
  ): Promise<BackupService> {
    const folder = join(dir.path, `${milvus.port}-${Object.values(minio).join('-').replaceAll('/', '-')}`);
    const file = await writeBackupYaml(folder, { ...stack, milvus }, { minio, backup });
    const logger = recordingLogger();
    const service = await openFrom(file, [], logger);
    onTestFinished(async () => {
      await service.close();
      expect(logger.warnings).toEqual(Array(failures).fill(expect.stringContaining('left incomplete')));
    });
    return service;
  }

  async function restoreAndCompare(
    service: BackupService,
    request: RestoreRequest,
    into: MilvusClient,
    wanted = fixtures,
  ): Promise<void> {
    const view = await service.restore({ rebuildIndex: true, ...request });
    expect(view.state).toBe('success');
    for (const { db, collection } of wanted) {
      const target = { client: into, db, collection: `${collection}${request.suffix ?? ''}` };
      await expectSameRows({ client: first, db, collection }, target);
    }
  }

  /** The second fixture: two seconds less for each collection that need not be imported once more. */
  const documentsAlone = parseFilter('other.documents');
  const otherBucket = { backupBucketName: 'backup-bucket', backupRootPath: 'deep/root' };
  const farStore = (): ConfigTree => ({
    backupAddress: far.address,
    backupPort: far.port,
    backupAccessKeyID: far.accessKey,
    backupSecretAccessKey: far.secretKey,
    backupBucketName: 'far-bucket',
    backupRootPath: '',
  });

  it('another bucket of the same store: copied by the store, staged for the import', async () => {
    const service = await open(stack.milvus, otherBucket);
    expect((await service.create({ name: 'aside' })).state).toBe('success');
    const backups = openBucket(s3, 'backup-bucket');
    const kept = await backups.list();
    expect([...kept.keys()].every((key) => key.startsWith('deep/root/aside/'))).toBe(true);
    await restoreAndCompare(service, { name: 'aside', suffix: '_aside' }, first);
    expect(await stagedKeys(data)).toEqual([]);
    // What a restore writes into the backup's folder is its own record, nothing else.
    const after = [...(await backups.list()).keys()].filter((key) => !kept.has(key));
    expect(after.every((key) => key.startsWith('deep/root/aside/meta/ts/restore/'))).toBe(true);
  });

  it('a second Milvus on the same store takes it', async () => {
    const service = await open(secondServer(), otherBucket);
    await restoreAndCompare(service, { name: 'aside' }, second);
    expect(await stagedKeys(openBucket(s3, 'b-bucket'))).toEqual([]);
    expect(await stagedKeys(data)).toEqual([]);
  });

  it('a restore names the bucket and root of a backup for itself', async () => {
    const service = await open(secondServer(), { backupRootPath: 'elsewhere' });
    await expect(service.restore({ name: 'aside', suffix: '_x' })).rejects.toMatchObject({
      code: 'BACKUP_NOT_FOUND',
    });
    const view = await service.restore({
      name: 'aside',
      suffix: '_named',
      metaOnly: true,
      bucketName: 'backup-bucket',
      rootPath: 'deep/root',
    });
    expect(view.collections.map((one) => one.collection).sort()).toEqual([
      'documents_named',
      'scalars_named',
    ]);
  });

  it('another store: streamed there and back', async () => {
    const client = far.createClient();
    onTestFinished(() => client.destroy());
    const service = await open(stack.milvus, farStore());
    expect((await service.create({ name: 'far' })).state).toBe('success');
    // An empty root path: the name is the first part of every key.
    const keys = [...(await openBucket(client, 'far-bucket').list()).keys()];
    expect(keys.every((key) => key.startsWith('far/'))).toBe(true);
    expect((await service.list()).map((one) => one.name)).toEqual(['far']);
    const request = { name: 'far', suffix: '_far', sourceFilter: documentsAlone };
    await restoreAndCompare(service, request, first, fixtures.slice(1));
    expect(await stagedKeys(data)).toEqual([]);
  });

  it('a directory: written there, restored into a second Milvus', async () => {
    const directory = join(dir.path, 'on-disk');
    const local = { backupStorageType: 'local', backupRootPath: directory };
    const service = await open(stack.milvus, local);
    expect((await service.create({ name: 'disk' })).state).toBe('success');
    expect(await readdir(directory)).toEqual(['disk']);
    const other = await open(secondServer(), local);
    const request = { name: 'disk', suffix: '_disk', sourceFilter: documentsAlone };
    await restoreAndCompare(other, request, second, fixtures.slice(1));
    expect(await stagedKeys(openBucket(s3, 'b-bucket'))).toEqual([]);
    await service.delete('disk');
    expect(await readdir(directory)).toEqual([]);
  });

  it('keepTempFiles leaves the staged objects', async () => {
    const service = await open(stack.milvus, otherBucket, { keepTempFiles: true });
    await service.restore({
      id: 'keeper',
      name: 'aside',
      sourceFilter: parseFilter('scalars'),
      suffix: '_kept',
    });
    const staged = await stagedKeys(data);
    expect(staged.length).toBeGreaterThan(0);
    expect(staged.every((key) => key.startsWith('restore-temp-keeper-default-scalars_kept/'))).toBe(true);
    await data.remove(staged);
  });

  it('a cancelled restore leaves none', async () => {
    const service = await open(stack.milvus, otherBucket, {}, 1);
    const stop = new AbortController();
    const restore = service.restore({ name: 'aside', suffix: '_stopped' }, { signal: stop.signal });
    restore.catch(() => {});
    await expect.poll(() => stagedKeys(data), { timeout: 30_000, interval: 20 }).not.toEqual([]);
    stop.abort();
    await expect(restore).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await stagedKeys(data)).toEqual([]);
  });

  it('a restore that fails leaves none, and a damaged backup is not taken', async () => {
    const backups = openBucket(s3, 'backup-bucket');
    const damage = async (field: (id: number) => boolean): Promise<void> => {
      const logs = await backups.list('deep/root/aside/binlogs/insert_log/');
      for (const [key, size] of logs) {
        const [id] = key.split('/').slice(-2);
        if (field(Number(id))) await backups.put(key, Buffer.alloc(size, 0x2a));
      }
    };
    const service = await open(stack.milvus, otherBucket, {}, 2);
    // Values, which Milvus alone reads; then keys too, which are read here to prove the number of rows.
    await damage((id) => id > 100);
    await expect(service.restore({ name: 'aside', suffix: '_failed' })).rejects.toMatchObject({
      code: 'IMPORT_FAILED',
    });
    expect(await stagedKeys(data)).toEqual([]);
    await damage(() => true);
    await expect(service.restore({ name: 'aside', suffix: '_damaged' })).rejects.toMatchObject({
      code: 'VERIFY_FAILED',
    });
    expect(await stagedKeys(data)).toEqual([]);
  });
});

describe('a Milvus that keeps its data on disk', () => {
  let milvus: MilvusServer;
  let client: MilvusClient;
  let service: BackupService;
  const fixture = documentsFixture({ rows: 200, seed: 12 });

  beforeAll(async () => {
    milvus = await startMilvus({ storage: { local: true } });
    client = await connectMilvus(milvus);
    await createFixture(client, fixture);
    service = await openFrom(await writeBackupYaml(join(dir.path, 'local'), { milvus }));
  });

  afterAll(async () => {
    await service?.close();
    await client?.closeConnection();
    await milvus?.stop();
  });

  it('is backed up into another directory and restored from there', async () => {
    expect((await service.create({ name: 'b1' })).state).toBe('success');
    const view = await service.restore({ name: 'b1', suffix: '_back' });
    expect(view.state).toBe('success');
    await expectSameRows(
      { client, collection: fixture.collection },
      { client, collection: `${fixture.collection}_back` },
    );
    if (milvus.storage.kind !== 'local') throw new Error('this Milvus was to keep its data on disk');
    const names = await readdir(milvus.storage.path);
    expect(names.filter((name) => name.startsWith('restore-temp-'))).toEqual([]);
  });
});
