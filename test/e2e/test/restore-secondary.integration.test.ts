import type { TaskView } from '@milvus-backup/core';
import {
  compareCollections,
  connectMilvus,
  createAllFixtures,
  type Fixture,
  type MilvusSim,
  type MilvusSimOptions,
  type S3Server,
  startMilvusSim,
  startS3,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import { DataType, type MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openBucket, stagedKeys } from './harness/buckets.js';
import { openFrom } from './harness/open.js';

const describeJob = '/v2/vectordb/jobs/import/describe';

let s3: S3Server;
let dir: TempDir;
let source: MilvusSim;
let sourceClient: MilvusClient;
let fixtures: Fixture[];

/** One primary, `east`, and one backup of it; each test has a secondary of its own. */
beforeAll(async () => {
  dir = await tempDir();
  s3 = await startS3({ buckets: [] });
  source = await startMilvusSim({ version: '2.6.11', storage: { s3, bucket: 'east' }, cluster: 'east' });
  sourceClient = await connectMilvus(source);
  fixtures = await createAllFixtures(sourceClient, { rows: 90, seed: 7 });
  await sourceClient.loadCollection({ collection_name: 'scalars' });
  await sourceClient.createUser({ username: 'reader', password: 'Reader-1' });
  await sourceClient.createRole({ roleName: 'readers' });
  await backUp('b1', { rbac: true });
  await backUp('plain', { indexExtra: false });
  await backUp('serial', { strategy: 'serial_flush' });
});

afterAll(async () => {
  await sourceClient?.closeConnection();
  await source?.stop();
  await s3?.stop();
  await dir?.remove();
});

async function backUp(name: string, more: object): Promise<void> {
  const file = await writeBackupYaml(`${dir.path}/east`, { milvus: source }, { minio: backupPlace() });
  const service = await openFrom(file, [`milvus.etcd.endpoints=${await source.openEtcd()}`]);
  try {
    const request = { name, strategy: 'bulk_flush', indexExtra: true, ...more } as const;
    expect((await service.create(request)).state).toBe('success');
  } finally {
    await service.close();
  }
}

let started = 0;

interface Secondary {
  readonly sim: MilvusSim;
  readonly client: MilvusClient;
  readonly file: string;
}

async function startSecondary(more: Partial<MilvusSimOptions> = {}): Promise<Secondary> {
  const bucket = `west-${++started}`;
  const sim = await startMilvusSim({
    version: '2.6.11',
    storage: { s3, bucket },
    cluster: 'west',
    secondaryOf: 'east',
    ...more,
  });
  const client = await connectMilvus(sim);
  onTestFinished(async () => {
    await client.closeConnection();
    await sim.stop();
  });
  // The backup lies where the primary has put it.
  const file = await writeBackupYaml(`${dir.path}/${bucket}`, { milvus: sim }, { minio: backupPlace() });
  sim.calls.length = 0;
  return { sim, client, file };
}

function backupPlace(): Record<string, string> {
  return { backupBucketName: 'backup-bucket', backupRootPath: 'backup' };
}

interface Asked {
  readonly name?: string;
  readonly sourceClusterId?: string;
  readonly targetClusterId?: string;
  readonly id?: string;
}

async function restore(file: string, asked: Asked = {}, signal?: AbortSignal): Promise<TaskView> {
  const service = await openFrom(file);
  try {
    return await service.restoreSecondary(
      { name: 'b1', sourceClusterId: 'east', targetClusterId: 'west', ...asked },
      { signal },
    );
  } finally {
    await service.close();
  }
}

async function expectEqual({ sim, client }: Secondary): Promise<void> {
  expect(sim.replication.failures).toEqual([]);
  for (const { db, collection } of fixtures) {
    const at = { db, collection };
    const result = await compareCollections(sourceClient, at, client, at);
    expect(result, `${db}.${collection}`).toMatchObject({ equal: true });
    const [here, there] = await Promise.all(
      [sourceClient, client].map((one) =>
        one.describeCollection({ db_name: db, collection_name: collection }),
      ),
    );
    expect(there?.collectionID).toBe(here?.collectionID);
    expect(there?.virtual_channel_names).toEqual(
      here?.virtual_channel_names.map((channel) => channel.replace(/^east-/, 'west-')),
    );
    expect(there?.schema.fields).toEqual(here?.schema.fields);
    const indexes = await Promise.all(
      [sourceClient, client].map((one) => one.describeIndex({ db_name: db, collection_name: collection })),
    );
    expect(indexes[1]?.index_descriptions).toEqual(indexes[0]?.index_descriptions);
  }
}

const typesOf = ({ sim }: Secondary): string[] =>
  sim.replication.messages.map(({ properties }) => properties._t ?? '');

/** Each type once for each run of it. */
const runsOf = (types: readonly string[]): string[] => types.filter((one, at) => one !== types[at - 1]);

describe('restore secondary', () => {
  it('makes a new secondary equal, by the calls and messages of the primary', async () => {
    const secondary = await startSecondary();
    const { sim } = secondary;
    const view = await restore(secondary.file, { id: 'task-1' });
    const calls = [...sim.calls];
    expect(view).toMatchObject({ id: 'task-1', state: 'success', kind: 'restore' });
    expect(view.collections).toHaveLength(fixtures.length);
    const state = { collection_name: 'scalars' };
    expect(await secondary.client.getLoadState(state)).toMatchObject({ state: 'LoadStateLoaded' });
    const users = await secondary.client.listUsers();
    expect(users.usernames).toContain('reader');
    await expectEqual(secondary);
    // Databases, collections, indexes, data, deletes, load, RBAC, and where the replication goes on.
    const types = typesOf(secondary);
    expect(runsOf(types)).toEqual(['16', '5', '34', '11', '14', '21', '37']);
    expect(types.filter((one) => one === '14')).toHaveLength(1);
    expect(types.filter((one) => one === '37')).toHaveLength(16);
    for (const { properties } of sim.replication.messages) {
      expect(properties._v).toBe(['5', '11'].includes(properties._t ?? '') ? '1' : '2');
    }
    expect(sim.replication.passedOver).toEqual([]);
    const count = (method: string): number => calls.filter((one) => one.method === method).length;
    const named = ['Connect', 'ListDatabases', 'GetReplicateInfo', 'HasCollection', 'CreateReplicateStream'];
    const inDefault = fixtures.filter(({ db }) => db === 'default').length;
    expect(named.map(count)).toEqual([1, 2, 16, inDefault, 16]);
    expect(new Set(calls.map(({ method }) => method))).toEqual(new Set([...named, describeJob]));
    expect(calls.filter(({ outcome }) => outcome !== 'ok').map(({ method }) => method)).toEqual([]);
    const streams = calls.filter(({ method }) => method === 'CreateReplicateStream');
    expect(new Set(streams.map(({ headers }) => headers['cluster-id']))).toEqual(new Set(['west']));
    const asked = calls.filter(({ method }) => method === 'GetReplicateInfo').map(({ request }) => request);
    expect(asked).toContainEqual({
      source_cluster_id: 'east',
      target_pchannel: 'west-rootcoord-dml_0',
    });
    const files = s3.createClient();
    expect(await stagedKeys(openBucket(files, `west-${started}`))).toEqual([]);
    files.destroy();
  });

  it('stands the checkpoint where the primary was flushed, so that a second restore is refused', async () => {
    const secondary = await startSecondary();
    await restore(secondary.file);
    const sent = secondary.sim.replication.messages.length;
    for (const [channel, tick] of secondary.sim.replication.checkpoints) {
      expect(channel).toMatch(/^west-/);
      expect(tick).toBeGreaterThan(1n << 50n);
    }
    await expect(restore(secondary.file)).rejects.toMatchObject({
      code: 'TARGET_EXISTS',
      message: expect.stringMatching(/replicate checkpoint already/),
    });
    expect(secondary.sim.replication.messages).toHaveLength(sent);
  });

  it('commits imports where the server hides them until then', async () => {
    const secondary = await startSecondary({ version: '3.0.0' });
    await restore(secondary.file);
    await expectEqual(secondary);
    const types = typesOf(secondary);
    const imports = types.filter((one) => one === '11').length;
    expect(imports).toBeGreaterThan(0);
    expect(types.filter((one) => one === '45')).toHaveLength(imports);
  });

  it('imports in place where Milvus sees the backup, over a stream that breaks and a sender that repeats', async () => {
    const storage = { s3, bucket: 'backup-bucket', rootPath: 'west-files' };
    const secondary = await startSecondary({ storage });
    const { sim } = secondary;
    sim.replication.duplicate();
    sim.replication.slowDown(2);
    sim.replication.cutAfter(5);
    sim.faults.before(describeJob, () => sim.replication.cutAfter(9));
    await restore(secondary.file);
    await expectEqual(secondary);
    const ids = sim.replication.messages.map(({ properties }) => `${properties._vc} ${properties._tt}`);
    expect(new Set(ids).size).toBe(ids.length);
    expect(sim.calls.filter(({ method }) => method === 'CreateReplicateStream').length).toBeGreaterThan(17);
  });

  it('goes on with one that was stopped, and sends nothing a second time', async () => {
    const secondary = await startSecondary({ version: '3.0.0' });
    const { sim } = secondary;
    const stop = new AbortController();
    sim.faults.stallImports(70);
    sim.faults.before(describeJob, () => stop.abort(new Error('stopped')));
    await expect(restore(secondary.file, {}, stop.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
    sim.faults.resumeImports();
    const before = sim.replication.messages.length;
    expect(before).toBeGreaterThan(0);
    const view = await restore(secondary.file);
    expect(view.state).toBe('success');
    expect(sim.replication.messages.length).toBeGreaterThan(before);
    expect(sim.replication.passedOver).toEqual([]);
    await expectEqual(secondary);
  });
});

describe('is refused before anything is sent', () => {
  let secondary: Secondary;
  beforeEach(async () => {
    secondary = await startSecondary();
  });

  async function refused(asked: Asked = {}): Promise<unknown> {
    const error: unknown = await restore(secondary.file, asked).catch((thrown: unknown) => thrown);
    expect(secondary.sim.replication.messages).toEqual([]);
    return error;
  }

  it('for a backup without the facts of etcd, or without the flush of a whole server', async () => {
    expect(await refused({ name: 'plain' })).toMatchObject({
      code: 'SOURCE_INCOMPLETE',
      message: expect.stringContaining('--backup_index_extra'),
    });
    expect(await refused({ name: 'serial' })).toMatchObject({
      code: 'SOURCE_INCOMPLETE',
      message: expect.stringContaining('bulk flush'),
    });
    expect(await refused({ name: 'nosuch' })).toMatchObject({ code: 'BACKUP_NOT_FOUND' });
    expect(await refused({ sourceClusterId: '' })).toMatchObject({ message: 'empty source cluster id' });
    expect(await refused({ targetClusterId: '' })).toMatchObject({ message: 'empty target cluster id' });
  });

  it('for a target that holds one of the collections', async () => {
    await secondary.client.createCollection({
      collection_name: 'scalars',
      fields: [
        { name: 'id', data_type: DataType.Int64, is_primary_key: true },
        { name: 'vec', data_type: DataType.FloatVector, dim: 4 },
      ],
    });
    expect(await refused()).toMatchObject({
      code: 'TARGET_EXISTS',
      message: 'collection already exist, database default collection scalars',
    });
  });

  it('for a target that is older, a primary, or the secondary of another', async () => {
    secondary = await startSecondary({ version: '2.6.10' });
    expect(await refused()).toMatchObject({
      code: 'MILVUS_UNSUPPORTED',
      message: expect.stringContaining('2.6.11'),
    });
    secondary = await startSecondary({ cluster: 'by-dev' });
    expect(await refused()).toMatchObject({
      code: 'MILVUS_ERROR',
      message: expect.stringContaining('the secondary west of east'),
    });
    secondary = await startSecondary({ secondaryOf: 'north' });
    expect(await refused()).toMatchObject({ code: 'MILVUS_ERROR' });
  });
});
