import { readFile } from 'node:fs/promises';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  compareCollections,
  connectMilvus,
  countLiveRows,
  countRows,
  createAllFixtures,
  digestCollection,
  type Fixture,
  readRows,
  type Stack,
  startMilvus,
  startS3,
  startStack,
  tempDir,
  writeBackupYaml,
} from '../src/index.js';
import { isProcessAlive } from '../src/node-errors.js';

describe('two Milvus on one S3', () => {
  let stack: Stack;
  let first: MilvusClient;
  let second: MilvusClient;
  let fixtures: Fixture[];

  beforeAll(async () => {
    stack = await startStack({ milvus: 2 });
    first = await connectMilvus(stack.milvus);
    if (stack.second === undefined) throw new Error('no second Milvus');
    second = await connectMilvus(stack.second);
    [fixtures] = (await Promise.all(
      [first, second].map((client) => createAllFixtures(client, { rows: 500 })),
    )) as [Fixture[], Fixture[]];
  });

  afterAll(async () => {
    await first?.closeConnection();
    await second?.closeConnection();
    await stack?.stop();
  });

  test('what was inserted is read back, row by row, and nothing else', async () => {
    await Promise.all(
      fixtures.map(async (fixture) => {
        const live = Array.from({ length: fixture.rows }, (_, index) => index)
          .filter((index) => !fixture.isDeleted(index))
          .map((index) => fixture.row(index));
        let position = 0;
        for await (const row of readRows(first, fixture, { batchSize: 128 })) {
          for (const { name, data_type, autoID } of fixture.fields) {
            // 100 is a binary vector, which is read as hexadecimal text; 23 is JSON, which is read as text.
            const inserted = live[position]?.[name];
            if (autoID) continue;
            if (data_type === 100) expect(row[name]).toBe(Buffer.from(inserted as number[]).toString('hex'));
            else if (data_type === 23) expect(JSON.parse(String(row[name]))).toEqual(inserted);
            else expect(row[name]).toEqual(inserted);
          }
          if (fixture.dynamic) expect(Object.keys(JSON.parse(String(row.$meta))).length).toBeGreaterThan(0);
          position++;
        }
        expect(position).toBe(countLiveRows(fixture));
      }),
    );
  });

  test('equal collections compare equal, others tell the first difference', async () => {
    const [scalars, documents] = fixtures;
    if (scalars === undefined || documents === undefined) throw new Error('no fixtures');
    expect(await compareCollections(first, documents, second, documents)).toEqual({
      equal: true,
      sourceRows: 450,
      targetRows: 450,
      difference: undefined,
    });
    const other = { collection: 'scalars', db: 'second' };
    const different = await compareCollections(first, scalars, second, other);
    expect(different).toMatchObject({ equal: false, sourceRows: 475, targetRows: 475 });
    expect(different.difference).toMatch(/^field \w+: source .+, target .+/);
  });

  test('digests do not depend on keys that are left out', async () => {
    const generated = { collection: 'generated' };
    const [one, other] = await Promise.all([
      digestCollection(first, generated, ['id']),
      digestCollection(second, generated, ['id']),
    ]);
    expect(one).toEqual(other);
    expect(one.rows).toBe(500);
    const [keys, otherKeys] = await Promise.all([
      digestCollection(first, generated),
      digestCollection(second, generated),
    ]);
    expect(keys.digest).not.toBe(otherKeys.digest);
  });

  test('reading leaves load state and indexes as they were', async () => {
    const where = { collection_name: 'generated', db_name: 'default' };
    expect(await countRows(first, { collection: 'generated' })).toBe(500);
    expect((await first.getLoadState(where)).state).toBe('LoadStateNotLoad');
    expect((await first.describeIndex(where)).status.error_code).toBe('IndexNotExist');
  });

  test('backup.yaml describes the stack', async () => {
    const dir = await tempDir();
    const file = await writeBackupYaml(dir.path, stack, { minio: { backupBucketName: stack.backupBucket } });
    expect(parse(await readFile(file, 'utf8'))).toMatchObject({
      milvus: { address: '127.0.0.1', port: stack.milvus.port },
      minio: {
        address: '127.0.0.1',
        port: stack.s3.port,
        bucketName: 'a-bucket',
        rootPath: 'files',
        backupBucketName: 'backup-bucket',
        backupRootPath: 'backup',
      },
    });
    await dir.remove();
  });
});

test('Milvus on a local folder asks for a password when told to', async () => {
  const milvus = await startMilvus({ storage: { local: true }, authorization: true });
  try {
    const client = await connectMilvus(milvus);
    expect((await client.listUsers()).usernames).toEqual(['root']);
    await client.closeConnection();
    await expect(connectMilvus({ ...milvus, password: 'wrong' })).rejects.toThrow();
  } finally {
    await milvus.stop();
  }
  expect(isProcessAlive(milvus.pid)).toBe(false);
});

test('a Milvus that cannot start says why', async () => {
  const nobody = { address: '127.0.0.1', port: 9, accessKey: 'a', secretKey: 'b' } as const;
  const started = startMilvus({ storage: { s3: nobody, bucket: 'a-bucket' }, timeoutMs: 8_000 });
  await expect(started).rejects.toMatchObject({
    code: 'SERVER_START_FAILED',
    message: expect.stringContaining('End of'),
  });
});

test('an S3 server keeps its objects over a restart at the same address', async () => {
  const dir = await tempDir();
  const before = await startS3({ dir: dir.path, buckets: ['kept'] });
  await before.kill();
  const after = await startS3({ dir: dir.path, port: before.port });
  try {
    expect(after.endpoint).toBe(before.endpoint);
    await expect(after.createBucket('kept')).rejects.toMatchObject({ name: /BucketAlready/ });
  } finally {
    await after.stop();
    await before.stop();
    await dir.remove();
  }
});

test('servers die with the process that started them, even when it is killed', async () => {
  const program = `
    import { startMilvus, startS3 } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
    const s3 = await startS3();
    const milvus = await startMilvus({ storage: { local: true } });
    console.log(JSON.stringify([s3.pid, milvus.pid]));
    setInterval(() => {}, 1000);`;
  const child = execa(process.execPath, ['--input-type=module', '-e', program], { reject: false });
  let pids: number[] = [];
  for await (const line of child) {
    pids = JSON.parse(line) as number[];
    child.kill('SIGKILL');
  }
  expect(pids).toHaveLength(2);
  await expect.poll(() => pids.filter(isProcessAlive), { timeout: 10_000 }).toEqual([]);
});
