import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { type BackupService, parseFilter } from '@milvus-backup/core';
import {
  type ConfigTree,
  connectMilvus,
  createFixture,
  documentsFixture,
  type Fixture,
  type MilvusServer,
  type Stack,
  scalarsFixture,
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

/** Milvus imports from its own bucket alone, so objects of a backup in another one pass through it, and go again. */
describe('a backup in another bucket than the data', () => {
  const otherBucket = { backupBucketName: 'backup-bucket', backupRootPath: 'deep/root' };
  let dir: TempDir;
  let stack: Stack;
  let first: MilvusClient;
  let second: MilvusClient;
  let s3: S3Client;
  let data: Bucket;
  let fixtures: Fixture[];

  beforeAll(async () => {
    [stack, dir] = await Promise.all([startStack({ milvus: 2 }), tempDir()]);
    s3 = stack.s3.createClient();
    data = openBucket(s3, 'a-bucket');
    first = await connectMilvus(stack.milvus);
    second = await connectMilvus(secondServer());
    const size = { rows: 300, seed: 11 };
    fixtures = [scalarsFixture(size), documentsFixture({ ...size, db: 'other' })].map((fixture) => ({
      ...fixture,
      // One Milvus gets them more than once.
      aliases: [],
    }));
    for (const fixture of fixtures) {
      await createFixture(first, fixture);
      // Stays loaded: it is compared with again and again.
      await first.loadCollectionSync({ collection_name: fixture.collection, db_name: fixture.db });
    }
    const service = await openFrom(await writeBackupYaml(dir.path, stack, { minio: otherBucket }));
    await service.create({ name: 'aside' });
    await service.close();
  });

  afterAll(async () => {
    s3?.destroy();
    await first?.closeConnection();
    await second?.closeConnection();
    await stack?.stop();
    await dir?.remove();
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
      // Whether Milvus has put the segments into one by then, so that there is one call anyway, is its affair.
      const warnings = logger.warnings.filter((one) => !one.endsWith('a call for each'));
      expect(warnings).toEqual(Array(failures).fill(expect.stringContaining('left incomplete')));
    });
    return service;
  }

  it('a second Milvus on the same store takes it', async () => {
    const service = await open(secondServer(), otherBucket);
    expect((await service.restore({ name: 'aside', rebuildIndex: true })).state).toBe('success');
    for (const { db, collection } of fixtures) {
      await expectSameRows({ client: first, db, collection }, { client: second, db, collection });
    }
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
      skipLoad: true,
      bucketName: 'backup-bucket',
      rootPath: 'deep/root',
    });
    expect(view.collections.map((one) => one.collection).sort()).toEqual([
      'documents_named',
      'scalars_named',
    ]);
  });

  it('keepTempFiles leaves the staged objects', async () => {
    const service = await open(stack.milvus, otherBucket, { keepTempFiles: true });
    await service.restore({
      id: 'keeper',
      name: 'aside',
      sourceFilter: parseFilter('scalars'),
      suffix: '_kept',
      skipLoad: true,
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
    await damage((id) => id > 100);
    // The manifest tells before anything is made.
    await expect(service.restore({ name: 'aside', suffix: '_told' })).rejects.toMatchObject({
      code: 'VERIFY_FAILED',
    });
    expect(await stagedKeys(data)).toEqual([]);
    // Without one, as the Go tool writes backups: values, which Milvus alone reads; then keys too, which are read here to
    // prove the number of rows.
    await backups.remove(['deep/root/aside/meta/ts/manifest.ndjson']);
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
