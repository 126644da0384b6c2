import { mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import {
  connectMilvus,
  createFixture,
  documentsFixture,
  type Fixture,
  partitionedFixture,
  type Stack,
  startStack,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseDocument, startCommand } from './harness/binary.js';
import { type Bucket, openBucket } from './harness/buckets.js';
import { type RunningServer, startServer } from './harness/live-server.js';
import { startManagement } from './harness/management.js';
import { expectSameRows } from './harness/rows.js';

/** The program as it is installed, against real servers. Each test goes on where the one before it ended. */
describe('the command', () => {
  let dir: TempDir;
  let stack: Stack;
  let client: MilvusClient;
  let s3: S3Client;
  let bucket: Bucket;
  const size = { rows: 500, seed: 41 };
  const fixtures: Fixture[] = [documentsFixture(size), { ...partitionedFixture(size), db: 'second' }];

  beforeAll(async () => {
    dir = await tempDir();
    stack = await startStack();
    s3 = stack.s3.createClient();
    bucket = openBucket(s3, 'a-bucket');
    client = await connectMilvus(stack.milvus);
    for (const fixture of fixtures) {
      await createFixture(client, fixture);
      await client.loadCollectionSync({ db_name: fixture.db, collection_name: fixture.collection });
    }
    await writeBackupYaml(dir.path, stack);
  });

  afterAll(async () => {
    s3?.destroy();
    await client?.closeConnection();
    await stack?.stop();
    await dir?.remove();
  });

  const run = (...args: string[]) => startCommand({ cwd: dir.path }, ...args);

  async function expectRestored(suffix: string): Promise<void> {
    for (const { db, collection } of fixtures) {
      await expectSameRows({ client, db, collection }, { client, db, collection: `${collection}${suffix}` });
    }
  }

  it('check', async () => {
    const text = await run('check');
    expect([text.exitCode, text.stdout]).toEqual([0, expect.stringContaining('Milvus version: v2.3.5')]);
    expect(text.stdout).toContain('Success!');
    const json = await run('check', '--json');
    expect(json.exitCode).toBe(0);
    expect(parseDocument(json.stdout)).toMatchObject({ ok: true, milvus_storage: { bucket: 'a-bucket' } });
  });

  it('config show hides the secrets', async () => {
    const { exitCode, stdout, stderr } = await run('config', 'show');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('milvus.grpc.port');
    expect(stdout + stderr).not.toContain(stack.s3.secretKey);
    const json = await run('config', 'show', '--json');
    expect(parseDocument(json.stdout)).toMatchObject({ file: join(dir.path, 'backup.yaml') });
    expect(json.stdout).not.toContain(stack.s3.secretKey);
  });

  it('config migrate writes a file that makes the same calls', async () => {
    const { exitCode, stdout } = await run('config', 'migrate', '-o', 'backup.v2.yaml', '--strict');
    expect([exitCode, stdout]).toEqual([0, '']);
    expect(await readFile(join(dir.path, 'backup.v2.yaml'), 'utf8')).toContain('configVersion: v2');
    const listed = await run('list', '--config', 'backup.v2.yaml');
    expect([listed.exitCode, listed.stdout]).toEqual([0, '>> Backups:']);
  });

  it('create: the result on stdout, progress on stderr', async () => {
    const text = await run('create', '-n', 'by_text');
    expect([text.exitCode, text.stdout]).toEqual([
      0,
      expect.stringMatching(/^create backup success\nduration:\d+\.\d\d s$/),
    ]);
    expect(text.stderr).toMatch(/^\d+% flushing 2 collections/m);
    expect(text.stderr).toMatch(/^\d+% copying 2 collections/m);
    expect(text.stderr).toMatch(/^by_text: 2 collections, \d+ objects, /m);
    const json = await run('create', '-n', 'by_json', '--json', '--quiet', '--filter', 'documents');
    expect([json.exitCode, json.stderr]).toEqual([0, '']);
    expect(parseDocument(json.stdout)).toMatchObject({
      kind: 'create',
      backup_name: 'by_json',
      state: 'success',
      progress: { percent: 100, collections_done: 1, collections_total: 1 },
    });
  });

  it('create: a name that is taken ends with 5, a wrong one with 64, an unknown collection with 3', async () => {
    const taken = await run('create', '-n', 'by_text');
    expect([taken.exitCode, taken.stdout]).toEqual([5, '']);
    expect(taken.stderr).toContain('Error: backup with name by_text already exist\n  → ');
    const wrong = await run('create', '-n', '../x', '--json');
    expect(wrong.exitCode).toBe(64);
    expect(parseDocument(wrong.stdout)).toMatchObject({ error: { code: 'INVALID_BACKUP_NAME' } });
    const unknown = await run('create', '-n', 'never', '--filter', 'nosuch');
    expect([unknown.exitCode, unknown.stdout]).toEqual([3, '']);
    expect(await bucket.list('backup/never')).toEqual(new Map());
  });

  it('list and get', async () => {
    expect((await run('list')).stdout).toBe('>> Backups:\nby_json\nby_text');
    const listed = parseDocument((await run('list', '--json')).stdout);
    expect(listed.backups).toMatchObject([
      { name: 'by_json', milvus_version: 'v2.3.5-lite', size: expect.any(Number) },
      { name: 'by_text' },
    ]);
    const got = parseDocument((await run('get', '-n', 'by_text')).stdout);
    expect(got).toMatchObject({ name: 'by_text', milvus_version: 'v2.3.5-lite' });
    expect(got.collection_backups).toHaveLength(2);
    const none = await run('get', '-n', 'nosuch');
    expect([none.exitCode, none.stdout]).toEqual([3, '']);
  });

  it('restore: rows are back, and an existing target ends with 5', async () => {
    const text = await run('restore', '-n', 'by_text', '-s', '_text', '--rebuild_index');
    expect([text.exitCode, text.stdout]).toEqual([0, expect.stringMatching(/^duration:\d+\.\d\d s$/)]);
    expect(text.stderr).toMatch(/^\d+% restoring 2 collections/m);
    expect(text.stderr).toMatch(/^success +default\.documents_text +450 rows proven/m);
    await expectRestored('_text');
    const again = await run('restore', '-n', 'by_text', '-s', '_text', '--json');
    expect(again.exitCode).toBe(5);
    expect(parseDocument(again.stdout)).toMatchObject({ error: { code: 'TARGET_EXISTS' } });
    const json = await run('restore', '-n', 'by_text', '-s', '_json', '--meta_only', '--json', '-q');
    expect(json.exitCode).toBe(0);
    const told = parseDocument(json.stdout);
    expect(told).toMatchObject({ kind: 'restore', state: 'success' });
    expect(told.collections).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ database: 'default', collection: 'documents_json' }),
        expect.objectContaining({ database: 'second', collection: 'partitioned_json' }),
      ]),
    );
  });

  it('delete', async () => {
    const text = await run('delete', '-n', 'by_json');
    expect([text.exitCode, text.stdout]).toEqual([0, 'delete backup done']);
    expect(await bucket.list('backup/by_json/')).toEqual(new Map());
    expect((await run('delete', '-n', 'by_json')).exitCode).toBe(3);
    const json = await run('delete', '-n', 'by_text', '--json', '-q');
    expect([json.exitCode, parseDocument(json.stdout)]).toEqual([0, { deleted: 'by_text' }]);
    expect(await bucket.list('backup/')).toEqual(new Map());
  });

  it('SIGTERM during create: cancelled, garbage collection goes on, the name can be used again', async () => {
    const management = await startManagement();
    onTestFinished(() => management.close());
    const address = `backup.gcPause.address=${management.url}`;
    const create = run('create', '-n', 'stopped', '--set', address);
    // Paused: the run has taken its name and is on its way.
    await management.paused;
    create.kill('SIGTERM');
    const { exitCode, stdout, stderr } = await create;
    expect([exitCode, stdout]).toEqual([143, '']);
    expect(stderr).toContain('SIGTERM received: cancelling and cleaning up');
    expect(stderr).toContain('Error: cancelled by SIGTERM');
    expect(management.calls.map((call) => call.split('?')[0])).toEqual([
      '/management/datacoord/garbage_collection/pause',
      '/management/datacoord/garbage_collection/resume',
    ]);
    expect((await run('list')).stdout).toBe('>> Backups:');
    expect((await run('create', '-n', 'stopped', '-q')).exitCode).toBe(0);
    expect((await run('list')).stdout).toBe('>> Backups:\nstopped');
    expect((await run('delete', '-n', 'stopped')).exitCode).toBe(0);
  });

  describe('server', () => {
    let server: RunningServer;
    const filter = Object.fromEntries(fixtures.map(({ db, collection }) => [db, { colls: [collection] }]));
    const start = async (): Promise<void> => {
      server = await startServer(dir.path);
    };
    const restart = async (): Promise<void> => {
      expect(await server.stop()).toBe(0);
      await start();
    };

    beforeAll(start);
    afterAll(async () => {
      await server?.stop();
    });

    it('creates in the background, and knows the backup after a restart', async () => {
      const answer = await server.post('create', { backup_name: 'live', async: true, filter });
      expect(answer).toMatchObject({ msg: 'create backup is executing asynchronously' });
      const done = await server.until('get_backup?backup_name=live', ({ state_code: state }) => state !== 1);
      expect(done).toMatchObject({ name: 'live', state_code: 2, progress: 100 });
      expect((await server.get('list')).data).toMatchObject([{ name: 'live' }]);
      await restart();
      expect((await server.get('get_backup?backup_name=live')).data).toMatchObject({
        name: 'live',
        state_code: 2,
        progress: 100,
        size: done.size,
      });
    });

    it('restores in the background, and knows the restore after a restart', async () => {
      const request = {
        backup_name: 'live',
        async: true,
        id: 'r1',
        collection_suffix: '_live',
        restoreIndex: true,
      };
      expect((await server.post('restore', request)).data).toMatchObject({ id: 'r1' });
      const done = await server.until(
        'get_restore?id=r1',
        ({ state_code: state }) => state !== 1 && state !== 0,
      );
      expect(done).toMatchObject({ id: 'r1', state_code: 2, progress: 100 });
      expect(done.collection_restore_tasks).toHaveLength(2);
      await restart();
      expect((await server.get('get_restore?id=r1')).data).toEqual(done);
      await expectRestored('_live');
    });

    it('sends the whole backup as a tar', async () => {
      const reply = await fetch(`${server.url}/api/v1/get_backup?backup_name=live&download=true`);
      expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/x-tar']);
      const folder = await mkdtemp(join(dir.path, 'tar-'));
      await execa('tar', ['-x', '-C', folder], { input: Buffer.from(await reply.arrayBuffer()) });
      // Records of restores belong to the bucket, not to the backup.
      const stored = [...(await bucket.list('backup/')).keys()].filter((key) => !key.includes('/meta/ts/'));
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      const files = entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
      const names = files.map((file) => `backup/${file.slice(folder.length + 1)}`);
      expect(names.sort()).toEqual(stored.sort());
      for (const name of names) {
        const file = await readFile(join(folder, name.slice('backup/'.length)));
        expect(file.equals(await bucket.get(name)), name).toBe(true);
      }
    });

    it('deletes', async () => {
      expect(await server.delete('delete?backup_name=live')).toMatchObject({ msg: 'success' });
      expect((await server.get('list')).data).toEqual([]);
      expect(await bucket.list('backup/')).toEqual(new Map());
    });
  });

  it('keeps out of other folders', async () => {
    const elsewhere = join(dir.path, 'elsewhere');
    await mkdir(elsewhere);
    const { exitCode, stderr } = await startCommand({ cwd: elsewhere }, 'list');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('backup.yaml');
    expect(await readdir(elsewhere)).toEqual([]);
  });
});
