import {
  allFixtures,
  compareCollections,
  connectMilvus,
  createFixture,
  type Fixture,
  type MilvusSim,
  type S3Server,
  startMilvusSim,
  startS3,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import { DataType, type MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFrom } from './harness/open.js';

let s3: S3Server;
let dir: TempDir;

beforeAll(async () => {
  dir = await tempDir();
  s3 = await startS3({ buckets: [] });
});

afterAll(async () => {
  await s3?.stop();
  await dir?.remove();
});

const createJob = '/v2/vectordb/jobs/import/create';
const describeJob = '/v2/vectordb/jobs/import/describe';

interface JobBody {
  readonly dbName: string;
  readonly collectionName: string;
  readonly partitionName?: string;
  readonly files: readonly (readonly string[])[];
  readonly options: Readonly<Record<string, string>>;
}

/** What each version is asked to import with; the rest of a restore is the same for all. */
const versions = [
  { version: '2.2.16', rest: false, storageVersion: undefined, manyL0: false },
  { version: '2.4.23', rest: true, storageVersion: undefined, manyL0: false },
  { version: '2.5.20', rest: true, storageVersion: undefined, manyL0: false },
  { version: '2.6.4', rest: true, storageVersion: '2', manyL0: false },
  { version: '2.6.11', rest: true, storageVersion: '2', manyL0: true },
] as const;

describe.each(versions)('restore into a simulated Milvus $version', ({ version, ...expected }) => {
  let sim: MilvusSim;
  let client: MilvusClient;
  let fixtures: Fixture[];
  let file: string;

  beforeAll(async () => {
    sim = await startMilvusSim({ version, storage: { s3, bucket: `t-${version.replaceAll('.', '-')}` } });
    client = await connectMilvus(sim);
    fixtures = allFixtures({ rows: 120, seed: 7 }).filter((one) => version !== '2.2.16' || !hasArrays(one));
    for (const fixture of fixtures) await createFixture(client, fixture);
    file = await writeBackupYaml(`${dir.path}/${version}`, { milvus: sim });
    const service = await openFrom(file);
    try {
      expect((await service.create({ name: 'b1', strategy: 'serial_flush' })).state).toBe('success');
    } finally {
      await service.close();
    }
  });

  afterAll(async () => {
    await client?.closeConnection();
    await sim?.stop();
  });

  async function restore(suffix: string, more: object = {}): Promise<MilvusSim['calls']> {
    sim.calls.length = 0;
    const service = await openFrom(file);
    try {
      const view = await service.restore({
        name: 'b1',
        suffix,
        rebuildIndex: true,
        skipAliases: true,
        ...more,
      });
      expect(view).toMatchObject({ state: 'success' });
    } finally {
      await service.close();
    }
    return [...sim.calls];
  }

  it('brings every row back by the calls of that version', async () => {
    const calls = await restore('_r');
    for (const { db, collection } of fixtures) {
      const target = { db, collection: `${collection}_r` };
      const result = await compareCollections(client, { db, collection }, client, target);
      expect(result, `${db}.${collection}`).toMatchObject({ equal: true });
    }
    const used = new Set(calls.map(({ method }) => method));
    expect([used.has(createJob), used.has(describeJob)]).toEqual([expected.rest, expected.rest]);
    expect([used.has('Import'), used.has('GetImportState')]).toEqual([!expected.rest, !expected.rest]);
    expect(calls.filter(({ kind }) => kind === 'management')).toEqual([]);
    expect(calls.filter(({ outcome }) => outcome !== 'ok').map(({ method }) => method)).toEqual([]);
    if (!expected.rest) return;
    const creates = calls.filter(({ method }) => method === createJob);
    expect(new Set(creates.map(({ headers }) => headers['request-timeout']))).toEqual(new Set(['600']));
    const jobs = creates.map(({ request }) => request as unknown as JobBody);
    const data = jobs.filter(({ options }) => options.backup === 'true');
    const l0 = jobs.filter(({ options }) => options.l0_import === 'true');
    expect(data.length + l0.length).toBe(jobs.length);
    expect(new Set(jobs.map(({ options }) => options.skip_disk_quota_check))).toEqual(new Set(['true']));
    expect(new Set(data.map(({ options }) => options.storage_version))).toEqual(
      new Set([expected.storageVersion]),
    );
    expect(l0.length).toBeGreaterThan(0);
    for (const { files } of l0) {
      expect(files.every((folder) => folder.length === 1)).toBe(true);
      if (!expected.manyL0) expect(files).toHaveLength(1);
    }
    for (const name of new Set(l0.map(({ dbName, collectionName }) => `${dbName}.${collectionName}`))) {
      const kinds = jobs
        .filter(({ dbName, collectionName }) => `${dbName}.${collectionName}` === name)
        .map(({ options }) => (options.l0_import === 'true' ? 'l0' : 'data'));
      expect(kinds, name).toEqual([...kinds].sort());
    }
  });

  it('says by which call when it is told to', async () => {
    const filter = { databases: new Map([['default', new Set(['expiring_g'])]]) };
    const calls = await restore('_g', { useV2Restore: false, targetFilter: filter });
    expect(calls.some(({ method }) => method === 'Import')).toBe(true);
    expect(calls.some(({ kind }) => kind === 'rest')).toBe(false);
    const target = { collection: 'expiring_g' };
    const result = await compareCollections(client, { collection: 'expiring' }, client, target);
    expect(result).toMatchObject({ equal: true });
  });
});

function hasArrays({ fields }: Fixture): boolean {
  return fields.some(({ data_type }) => data_type === DataType.Array);
}
