import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BackupService } from '@milvus-backup/core';
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
  writeBackupYaml,
} from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCommand } from './harness/binary.js';
import { type Bucket, openBucket, stagedKeys } from './harness/buckets.js';
import { openFrom } from './harness/open.js';
import { expectSameRows } from './harness/rows.js';

/** How many calls of each verb are chosen, spread over the whole run; `KILL_POINTS=1000` takes every one. */
const points = Number(process.env.KILL_POINTS ?? 4);

const preload = pathToFileURL(fileURLToPath(new URL('./harness/kill-at.mjs', import.meta.url))).href;

/**
 * The real command against real servers, killed at calls spread over the whole of its run, before the call or after its
 * answer. In core every single call is taken, over stores in memory (resume-create, resume-restore, copy).
 */
describe('a command that is killed anywhere', () => {
  let stack: Stack;
  let far: S3Server;
  let dir: TempDir;
  let client: MilvusClient;
  let service: BackupService;
  let fixture: Fixture;
  let data: Bucket;
  let count: string;

  beforeAll(async () => {
    [dir, stack, far] = await Promise.all([tempDir(), startStack(), startS3({ buckets: ['far-bucket'] })]);
    client = await connectMilvus(stack.milvus);
    fixture = scalarsFixture({ rows: 60, seed: 3 });
    await createFixture(client, fixture);
    await client.loadCollectionSync({ collection_name: fixture.collection });
    const file = await writeBackupYaml(dir.path, stack, { minio: { backupBucketName: stack.backupBucket } });
    await writeBackupYaml(join(dir.path, 'far'), stack, {
      minio: {
        backupAddress: far.address,
        backupPort: far.port,
        backupAccessKeyID: far.accessKey,
        backupSecretAccessKey: far.secretKey,
        backupBucketName: 'far-bucket',
        backupRootPath: '',
      },
    });
    service = await openFrom(file);
    await service.create({ name: 'whole' });
    data = openBucket(stack.s3.createClient(), 'a-bucket');
    count = join(dir.path, 'calls');
  });

  afterAll(async () => {
    await service?.close();
    await client?.closeConnection();
    await far?.stop();
    await stack?.stop();
    await dir?.remove();
  });

  const run = (at: number, when: string, args: readonly string[]) =>
    startCommand(
      {
        cwd: dir.path,
        env: { NODE_OPTIONS: `--import ${preload}`, KILL_AT: String(at), KILL_WHEN: when, KILL_COUNT: count },
      },
      ...args,
    );

  /** The calls of the whole command, then some of them with the two ways to die in turn. */
  async function choose(args: readonly string[]): Promise<[number, 'before' | 'after'][]> {
    expect(await run(0, '', args)).toMatchObject({ exitCode: 0 });
    const total = Number((await readFile(count, 'utf8')).trimEnd().split('\n').at(-1));
    expect(total).toBeGreaterThan(points);
    const step = Math.max(1, total / points);
    const chosen = new Set(Array.from({ length: points }, (_, index) => Math.ceil((index + 0.5) * step)));
    return [...chosen]
      .filter((at) => at <= total)
      .map((at, index) => [at, index % 2 === 0 ? 'before' : 'after']);
  }

  async function killed(at: number, when: string, args: readonly string[]): Promise<void> {
    expect((await run(at, when, args)).signal, `${args.join(' ')} ${when} call ${at}`).toBe('SIGKILL');
  }

  const listed = async (): Promise<string[]> => (await service.list()).map((one) => one.name);

  async function expectRestorable(name: string, suffix: string): Promise<void> {
    await service.restore({ name, suffix });
    const at = { client, collection: fixture.collection };
    await expectSameRows(at, { client, collection: fixture.collection + suffix });
    await client.dropCollection({ collection_name: fixture.collection + suffix });
  }

  it('create: not listed before it is whole, and made whole by the same command', async () => {
    const args = (name: string): string[] => ['create', '-n', name, '--quiet', '--strategy', 'skip_flush'];
    for (const [at, when] of await choose(args('counted'))) {
      const name = `c_${at}_${when}`;
      await killed(at, when, args(name));
      const before = (await listed()).includes(name);
      const again = await run(0, '', args(name));
      // Killed behind its last file it is a backup, and the name is taken.
      expect(again.exitCode, `${name}: ${again.stderr}`).toBe(before ? 5 : 0);
      expect((await service.get({ name })).meta.collection_backups).toHaveLength(1);
    }
    await expectRestorable((await listed()).findLast((name) => name.startsWith('c_')) ?? '', '_created');
  });

  it('restore: made whole by the same command, every row once, nothing staged', async () => {
    const args = (suffix: string): string[] => ['restore', '-n', 'whole', '-s', suffix, '--quiet'];
    for (const [at, when] of await choose(args('_counted'))) {
      const suffix = `_${at}_${when}`;
      await killed(at, when, args(suffix));
      const again = await run(0, '', args(suffix));
      // Killed behind its last step it has succeeded, and the target is there.
      expect([0, 5], `${suffix}: ${again.stderr}`).toContain(again.exitCode);
      await expectSameRows(
        { client, collection: fixture.collection },
        { client, collection: fixture.collection + suffix },
      );
      expect(await stagedKeys(data)).toEqual([]);
      await client.dropCollection({ collection_name: fixture.collection + suffix });
    }
  });

  it('copy: not listed there before it is whole, and made whole by the same command', async () => {
    const to = join(dir.path, 'far', 'backup.yaml');
    const args = (name: string): string[] => ['copy', 'whole', '--to', to, '--as', name, '--quiet'];
    const there = await openFrom(to);
    try {
      for (const [at, when] of await choose(args('counted'))) {
        const name = `y_${at}_${when}`;
        await killed(at, when, args(name));
        const again = await run(0, '', args(name));
        expect(again.exitCode, `${name}: ${again.stderr}`).toBe(0);
        expect((await there.get({ name })).meta.collection_backups).toHaveLength(1);
      }
      await there.restore({ name: 'counted', suffix: '_copied' });
    } finally {
      await there.close();
    }
    const at = { client, collection: fixture.collection };
    await expectSameRows(at, { client, collection: `${fixture.collection}_copied` });
  });

  it('delete: never half a backup in the list, and finished by the same command', async () => {
    const args = (name: string): string[] => ['delete', '-n', name, '--quiet'];
    await service.create({ name: 'counted_delete', strategy: 'skip_flush' });
    const backups = openBucket(stack.s3.createClient(), stack.backupBucket);
    for (const [at, when] of await choose(args('counted_delete'))) {
      const name = `d_${at}_${when}`;
      await service.create({ name, strategy: 'skip_flush' });
      await killed(at, when, args(name));
      if ((await listed()).includes(name)) await expectRestorable(name, `_${name}`);
      const again = await run(0, '', args(name));
      // Killed behind its last call, nothing is left to be deleted.
      expect([0, 3], `${name}: ${again.stderr}`).toContain(again.exitCode);
      expect([...(await backups.list(`backup/${name}/`)).keys()]).toEqual([]);
    }
  });
});
