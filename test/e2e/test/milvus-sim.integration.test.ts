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
  s3 = await startS3({ buckets: ['backup-bucket'] });
});

afterAll(async () => {
  await s3?.stop();
  await dir?.remove();
});

/**
 * The tool against versions of Milvus that do not run here. Arrays came with 2.3; from 2.4 on deletes lie in L0 segments, from 2.6 on
 * rows in packed files.
 */
describe.each([
  { version: '2.2.16', fits: (fixture: Fixture) => !hasArrays(fixture) },
  { version: '2.3.5', fits: () => true },
  { version: '2.4.23', fits: () => true },
  { version: '2.5.20', fits: () => true },
  { version: '2.6.11', fits: () => true },
  { version: '3.0.0', fits: () => true },
])('back up and restore on a simulated Milvus $version', ({ version, fits }) => {
  let sim: MilvusSim;
  let client: MilvusClient;
  let fixtures: Fixture[];

  beforeAll(async () => {
    sim = await startMilvusSim({ version, storage: { s3, bucket: `sim-${version.replaceAll('.', '-')}` } });
    client = await connectMilvus(sim);
    fixtures = allFixtures({ rows: 300, seed: 7 }).filter(fits);
    for (const fixture of fixtures) await createFixture(client, fixture);
  });

  afterAll(async () => {
    await client?.closeConnection();
    await sim?.stop();
  });

  it('verifies, restores and proves every row under a suffix', async () => {
    const file = await writeBackupYaml(`${dir.path}/${version}`, { milvus: sim });
    const service = await openFrom(file);
    try {
      expect((await service.create({ name: 'b1', format: 'binlog' })).state).toBe('success');
      const report = await service.verify({ name: 'b1', level: 'decode' });
      expect(report).toMatchObject({ ok: true, warnings: [] });
      expect(report.counts.objectsDecoded).toBe(report.counts.objects);
      const view = await service.restore({
        name: 'b1',
        suffix: '_recover',
        rebuildIndex: true,
        prove: 'full',
      });
      expect(view.state).toBe('success');
    } finally {
      await service.close();
    }
    expect(fixtures.length).toBeGreaterThan(2);
    for (const { db, collection } of fixtures) {
      const target = { db, collection: `${collection}_recover` };
      const result = await compareCollections(client, { db, collection }, client, target);
      expect(result, `${db}.${collection}`).toMatchObject({ equal: true });
    }
    expect(sim.calls.filter(({ outcome }) => outcome === 'pending')).toEqual([]);
  });
});

function hasArrays({ fields }: Fixture): boolean {
  return fields.some(({ data_type }) => data_type === DataType.Array);
}
