import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type S3Server,
  startS3,
  startZillizCloud,
  type TempDir,
  tempDir,
  type ZillizCloud,
  type ZillizCloudOptions,
} from '@milvus-backup/test-support';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseDocument, startCommand } from './harness/binary.js';
import { type Bucket, openBucket } from './harness/buckets.js';
import { type GatedProxy, startGatedProxy } from './harness/gated-proxy.js';
import { isPutOf } from './harness/interrupted.js';

const apiKey = 'PlantedApiKey-0123456789';
const clusterId = 'in01-0123456789abcde';
const apply = '/v2/volumes/apply';
const start = '/v2/migrations/startByRemote';
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A backup that the Go tool has written, on its way to Zilliz Cloud; no Milvus takes part. */
describe('migrate', () => {
  let s3: S3Server;
  let proxy: GatedProxy;
  let dir: TempDir;
  let backups: Bucket;
  let volumes: Bucket;
  const clients: { destroy(): void }[] = [];

  beforeAll(async () => {
    [s3, dir] = await Promise.all([startS3({ buckets: ['backups', 'volumes'] }), tempDir()]);
    proxy = await startGatedProxy(s3);
    const [one, other] = [s3.createClient(), s3.createClient()];
    clients.push(one, other);
    backups = openBucket(one, 'backups');
    volumes = openBucket(other, 'volumes');
    const golden = fileURLToPath(new URL('../../interop/fixtures/golden/e1.tar.gz', import.meta.url));
    const unpacked = join(dir.path, 'unpacked');
    await mkdir(unpacked);
    await execa('tar', ['-xzf', golden, '-C', unpacked]);
    await writeFile(join(dir.path, 'local.yaml'), storageYaml({ provider: 'local', rootPath: unpacked }));
    const home = {
      provider: 's3',
      address: s3.address,
      port: s3.port,
      region: s3.region,
      bucketName: 'backups',
      rootPath: 'backup',
      auth: { type: 'static', accessKeyID: s3.accessKey, secretAccessKey: s3.secretKey },
    };
    await writeFile(join(dir.path, 'backup.yaml'), storageYaml(home));
    expect(
      await startCommand({ cwd: dir.path }, 'copy', 'e1', '--from', './local.yaml', '--to', 'backup'),
    ).toMatchObject({ exitCode: 0 });
  });

  afterEach(() => proxy?.openAll());

  afterAll(async () => {
    for (const one of clients) one.destroy();
    proxy?.close();
    await s3?.stop();
    await dir?.remove();
  });

  /** JSON is YAML. */
  const storageYaml = (storage: object): string =>
    JSON.stringify({
      configVersion: 'v2',
      log: { file: { path: '' }, level: 'debug' },
      backup: { storage },
      transfer: { concurrency: 2 },
    });

  async function openCloud(options: Partial<ZillizCloudOptions> = {}): Promise<ZillizCloud> {
    const { address, accessKey, secretKey } = s3;
    const store = { address, port: proxy.port, accessKey, secretKey };
    const cloud = await startZillizCloud({ store, bucket: 'volumes', apiKey, clusterId, ...options });
    onTestFinished(() => cloud.close());
    // Each migration is the first.
    const records = (await backups.list('backup/e1/meta/ts/migrate/')).keys();
    await backups.remove(records);
    return cloud;
  }

  const run = (cloud: ZillizCloud, ...args: string[]) =>
    startCommand(
      { cwd: dir.path, env: { ZILLIZ_CLOUD_API_KEY: apiKey } },
      ...args,
      '--set',
      `zillizCloud.endpoint=${cloud.endpoint}`,
    );
  const migrate = (cloud: ZillizCloud, ...args: string[]) =>
    run(cloud, 'migrate', '-n', 'e1', '-c', clusterId, ...args);

  const pathsOf = (cloud: ZillizCloud): string[] => cloud.calls.map(({ path }) => path);
  /** Answered by the store behind. */
  const putsOf = (cloud: ZillizCloud) =>
    cloud.stored.filter(({ method, refused }) => method === 'PUT' && refused === '');

  /** Keys below a folder with their bytes, without what tells of runs. */
  async function contentOf(bucket: Bucket, folder: string): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const key of (await bucket.list(folder)).keys()) {
      if (key.startsWith(`${folder}meta/ts/`)) continue;
      found.set(key.slice(folder.length), (await bucket.get(key)).toString('base64'));
    }
    return found;
  }

  async function expectWhole(cloud: ZillizCloud): Promise<void> {
    const [job] = cloud.jobs;
    const folder = `lent/volume-of-${clusterId}/${job?.dataPath}/`;
    const wanted = await contentOf(backups, 'backup/e1/');
    expect(wanted.size).toBe(37);
    expect(await contentOf(volumes, folder)).toEqual(wanted);
  }

  it('sends every byte, asks the cloud for what the Go tool asks for, and no more', async () => {
    const cloud = await openCloud();
    const { exitCode, stdout, stderr } = await migrate(cloud);
    const [job] = cloud.jobs;
    expect([exitCode, stdout]).toEqual([
      0,
      `Successfully triggered migration with backup name: e1 target cluster: ${clusterId}\n` +
        `migration job id: ${job?.id}.\n` +
        'You can check the progress of the migration job in Zilliz Cloud console.',
    ]);
    const path = String(job?.dataPath);
    expect(path).toMatch(uuid);
    expect(cloud.calls.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', apply, { clusterId, path }],
      [
        'POST',
        start,
        { source: { stageName: `volume-of-${clusterId}`, dataPath: path }, destination: { clusterId } },
      ],
    ]);
    await expectWhole(cloud);
    // What makes it a backup comes last.
    expect(putsOf(cloud).at(-1)?.path).toMatch(/\/meta\/backup_meta\.json$/);
    expect(cloud.stored.filter(({ refused }) => refused !== '')).toEqual([]);
    // The key is in nothing that was written.
    expect(`${stdout}${stderr}`).not.toContain(apiKey);
    for (const key of (await backups.list('backup/e1/meta/ts/')).keys())
      expect((await backups.get(key)).toString()).not.toContain(apiKey);
  });

  it('is refused before anything is sent', async () => {
    const cloud = await openCloud();
    const refusals: [string[], number, string][] = [
      [['migrate', '-n', 'nosuch', '-c', clusterId], 3, 'backup nosuch not found'],
      [['migrate', '-n', 'e1', '-c', '../x'], 64, 'no cluster id'],
      [['migrate', '-n', 'e1', '-c', clusterId, '--set', 'zillizCloud.apiKey=wrong'], 1, 'does not accept'],
      [['migrate', '-n', 'e1', '-c', 'in01-other'], 1, 'the cluster does not exist'],
    ];
    for (const [args, code, text] of refusals) {
      const { exitCode, stderr, stdout } = await run(cloud, ...args);
      expect([exitCode, stdout], args.join(' ')).toEqual([code, '']);
      expect(stderr).toContain(text);
    }
    cloud.pretend({ cloud: 'azure' });
    const { exitCode, stdout } = await migrate(cloud, '--json');
    expect(exitCode).toBe(1);
    expect(parseDocument(stdout)).toMatchObject({
      error: { code: 'UNSUPPORTED', details: { cloud: 'azure' } },
    });
    expect(cloud.stored).toEqual([]);
    expect(cloud.jobs).toEqual([]);
  });

  it('goes on after SIGKILL with what is there, in the same volume', async () => {
    const cloud = await openCloud();
    const amid = proxy.hold(isPutOf('/lent/'), 20);
    const killed = migrate(cloud);
    await amid.reached;
    killed.kill('SIGKILL');
    await killed;
    amid.drop();
    expect(cloud.jobs).toEqual([]);
    const before = putsOf(cloud).length;
    const { exitCode, stdout } = await migrate(cloud, '--json');
    expect(exitCode).toBe(0);
    const { copy } = parseDocument(stdout) as { copy: { objects_kept: number; objects_copied: number } };
    expect(copy.objects_kept).toBeGreaterThanOrEqual(20);
    expect(putsOf(cloud).length - before).toBe(copy.objects_copied);
    expect(
      new Set(cloud.calls.filter(({ path }) => path === apply).map(({ body }) => JSON.stringify(body))).size,
    ).toBe(1);
    expect(pathsOf(cloud)).toEqual([apply, apply, start]);
    await expectWhole(cloud);
  });

  it('renews credentials that end on the way', async () => {
    const cloud = await openCloud();
    const amid = proxy.hold(isPutOf('/lent/'), 20);
    const running = migrate(cloud);
    await amid.reached;
    cloud.expireCredentials();
    amid.open();
    expect(await running).toMatchObject({ exitCode: 0 });
    expect(pathsOf(cloud)).toEqual([apply, apply, start]);
    expect(cloud.stored.some(({ refused }) => refused === 'ExpiredToken')).toBe(true);
    expect(new Set(putsOf(cloud).map(({ accessKey }) => accessKey)).size).toBe(2);
    await expectWhole(cloud);
  });

  it('does not ask twice for an import whose answer was lost', async () => {
    const cloud = await openCloud();
    cloud.loseNextReply(start);
    const lost = await migrate(cloud);
    expect(lost.exitCode).toBe(1);
    expect(lost.stderr).toContain(`whether the migration of e1 to ${clusterId} has started is not known`);
    const again = await migrate(cloud);
    expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('is not known')]);
    expect(cloud.jobs).toHaveLength(1);
    const anew = await migrate(cloud, '--no-resume');
    expect(anew.exitCode).toBe(0);
    expect(pathsOf(cloud)).toEqual([apply, start, apply, start]);
    expect(new Set(cloud.jobs.map(({ dataPath }) => dataPath)).size).toBe(2);
  });

  it('tries again what the cloud could not answer, but for the import, and goes on from there', async () => {
    const cloud = await openCloud();
    cloud.refuseNext(apply, 503, 'busy');
    cloud.refuseNext(start, 429, { code: 429, message: 'too many requests' });
    const refused = await migrate(cloud);
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('too many requests')]);
    expect(pathsOf(cloud)).toEqual([apply, apply, start]);
    const { exitCode, stdout } = await migrate(cloud, '--json');
    expect(exitCode).toBe(0);
    // The two files that make it a backup are sent anew each time.
    expect(parseDocument(stdout)).toMatchObject({
      copy: { objects_copied: 2 },
      migrate: { phase: 'started' },
    });
    await expectWhole(cloud);
  });
});
