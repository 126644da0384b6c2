import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  connectMilvus,
  createFixture,
  type Fixture,
  type S3Server,
  type Stack,
  scalarsFixture,
  startS3,
  startStack,
  type TempDir,
  tempDir,
} from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseDocument, startCommand } from './harness/binary.js';
import { type Bucket, openBucket } from './harness/buckets.js';
import { type GatedProxy, startGatedProxy } from './harness/gated-proxy.js';
import { isPutOf } from './harness/interrupted.js';
import { startServer } from './harness/live-server.js';
import { expectSameRows } from './harness/rows.js';

/** A backup leaves its store: for a second one, for a disk, and is restored from there. */
describe('copy', () => {
  let stack: Stack;
  let far: S3Server;
  let proxy: GatedProxy;
  let dir: TempDir;
  let client: MilvusClient;
  let near: Bucket;
  let copies: Bucket;
  let fixture: Fixture;
  const clients: { destroy(): void }[] = [];

  const run = (...args: string[]) => startCommand({ cwd: dir.path }, ...args);
  const s3Section = (server: S3Server, port: number, bucketName: string, rootPath: string) => ({
    provider: 's3',
    address: server.address,
    port,
    region: server.region,
    bucketName,
    rootPath,
    auth: { type: 'static', accessKeyID: server.accessKey, secretAccessKey: server.secretKey },
  });

  beforeAll(async () => {
    [stack, far, dir] = await Promise.all([startStack(), startS3({ buckets: ['far-bucket'] }), tempDir()]);
    proxy = await startGatedProxy(far);
    client = await connectMilvus(stack.milvus);
    fixture = scalarsFixture({ rows: 300, seed: 3 });
    await createFixture(client, fixture);
    const [nearClient, farClient] = [stack.s3.createClient(), far.createClient()];
    clients.push(nearClient, farClient);
    near = openBucket(nearClient, stack.backupBucket);
    copies = openBucket(farClient, 'far-bucket');
    const { milvus, s3 } = stack;
    const offsite = s3Section(far, proxy.port, 'far-bucket', 'deep/copies');
    const config = (storage: object, storages: object) => ({
      configVersion: 'v2',
      log: { file: { path: '' } },
      milvus: {
        grpc: { address: milvus.address, port: milvus.port },
        management: { endpoint: `http://${milvus.address}:${milvus.managementPort}` },
        storage: s3Section(s3, s3.port, 'a-bucket', 'files'),
      },
      backup: { storage },
      storages,
      transfer: { concurrency: 1 },
    });
    const home = s3Section(s3, s3.port, stack.backupBucket, 'backup');
    // JSON is YAML.
    const files = {
      'backup.yaml': config(home, {
        offsite,
        disk: { provider: 'local', rootPath: join(dir.path, 'disk') },
        alias: { ...home, address: 'localhost' },
      }),
      'far.yaml': config(offsite, {}),
    };
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(dir.path, name), JSON.stringify(content), { mode: 0o600 });
    }
    expect(await run('create', '-n', 'b1', '--filter', fixture.collection)).toMatchObject({ exitCode: 0 });
  });

  afterEach(() => proxy?.openAll());

  afterAll(async () => {
    for (const one of clients) one.destroy();
    proxy?.close();
    await client?.closeConnection();
    await far?.stop();
    await stack?.stop();
    await dir?.remove();
  });

  /** Keys below a folder with their bytes; the records of runs left out, and the manifest, which has the etags of its store. */
  async function contentOf(bucket: Bucket, folder: string): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const key of (await bucket.list(folder)).keys()) {
      if (key.startsWith(`${folder}meta/ts/`) && !key.endsWith('/extras.json')) continue;
      found.set(key.slice(folder.length), (await bucket.get(key)).toString('base64'));
    }
    return found;
  }

  async function listFar(): Promise<string[]> {
    const { stdout } = await run('list', '--config', 'far.yaml', '--json');
    return (JSON.parse(stdout) as { backups: { name: string }[] }).backups.map(({ name }) => name);
  }

  it('goes on after SIGKILL and after SIGINT, is whole then, and is restored', async () => {
    const amid = proxy.hold(isPutOf('/binlogs/'), 3);
    const killed = run('copy', 'b1', '--to', 'offsite');
    await amid.reached;
    killed.kill('SIGKILL');
    await killed;
    amid.drop();
    expect(await listFar()).toEqual([]);

    const later = proxy.hold(isPutOf('/binlogs/'), 2);
    const stopped = run('copy', 'b1', '--to', 'offsite', '--json');
    await later.reached;
    stopped.kill('SIGINT');
    later.drop();
    const ended = await stopped;
    expect(ended.exitCode).toBe(130);
    expect(parseDocument(ended.stdout)).toMatchObject({
      error: { code: 'CANCELLED', remedy: expect.stringContaining('it goes on where it stopped') },
    });
    expect(await listFar()).toEqual([]);

    const last = proxy.hold(isPutOf('/meta/backup_meta.json'), 0);
    const unlisted = run('copy', 'b1', '--to', 'offsite');
    await last.reached;
    expect(await listFar()).toEqual([]);
    unlisted.kill('SIGKILL');
    await unlisted;
    last.drop();

    const done = await run('copy', 'b1', '--to', 'far.yaml', '--json');
    expect(done).toMatchObject({ exitCode: 0 });
    const wanted = await contentOf(near, 'backup/b1/');
    const { copy } = parseDocument(done.stdout);
    // The manifest and the two files that commit are written by every run.
    expect(copy).toMatchObject({ objects_copied: 3, objects_kept: wanted.size - 2, nothing_to_do: false });
    expect(await contentOf(copies, 'deep/copies/b1/')).toEqual(wanted);
    expect(await listFar()).toEqual(['b1']);

    const restored = await run(
      'restore',
      '--config',
      'far.yaml',
      '-n',
      'b1',
      '-s',
      '_far',
      '--rebuild_index',
    );
    expect(restored).toMatchObject({ exitCode: 0 });
    const { db, collection } = fixture;
    await expectSameRows({ client, db, collection }, { client, db, collection: `${collection}_far` });
  });

  it('leaves an equal copy alone, and refuses another backup and one place under two names', async () => {
    expect(await run('copy', 'b1', '--to', 'disk', '--as', 'kept')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^copy backup success\n/),
    });
    const meta = join(dir.path, 'disk', 'kept', 'meta');
    const source = JSON.parse((await near.get('backup/b1/meta/backup_meta.json')).toString('utf8'));
    const text = await readFile(join(meta, 'backup_meta.json'), 'utf8');
    expect(text).toBe(JSON.stringify({ ...source, name: 'kept' }));
    expect(await run('copy', 'b1', '--to', 'disk', '--as', 'kept')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^nothing to do\n/),
    });

    await writeFile(join(meta, 'segment_meta.json'), '{}');
    expect(await run('copy', 'b1', '--to', 'disk', '--as', 'kept')).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('meta/segment_meta.json'),
    });
    for (const to of ['alias', 'backup']) {
      expect(await run('copy', 'b1', '--to', to)).toMatchObject({
        exitCode: 64,
        stderr: expect.stringContaining('one place'),
      });
    }
    expect(
      [...(await near.list('backup/b1/meta/ts/')).keys()].filter((key) => key.includes('probe')),
    ).toEqual([]);
  });

  it('is done by the server for stores that its configuration names, and told of after a restart', async () => {
    const server = await startServer(dir.path);
    onTestFinished(() => void server.stop());
    const body = { backup_name: 'b1', to: 'disk', as: 'by_rest', id: 'copy-1', async: true };
    expect(await server.post('copy', body)).toMatchObject({ data: { id: 'copy-1' } });
    const done = await server.until('get_copy?id=copy-1', (data) => data.state_code !== 1);
    expect(done).toMatchObject({ state_code: 2, progress: 100, copy_name: 'by_rest', nothing_to_do: false });
    expect(await server.stop()).toBe(0);

    const again = await startServer(dir.path);
    onTestFinished(() => void again.stop());
    expect(await again.get('get_copy?id=copy-1')).toMatchObject({ data: { state_code: 2 } });
    expect(await again.post('copy', { backup_name: 'b1', to: 'far.yaml' })).toMatchObject({
      code: 400,
    });
    expect(await again.stop()).toBe(0);
  });
});
