import {
  compareCollections,
  connectMilvus,
  createAllFixtures,
  type Fixture,
  type MilvusSim,
  type S3Server,
  startMilvusSim,
  startS3,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
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

/** The tool against versions of Milvus that do not run here. */
describe.each(['2.3.5'])('back up and restore on a simulated Milvus %s', (version) => {
  let sim: MilvusSim;
  let client: MilvusClient;
  let fixtures: Fixture[];

  beforeAll(async () => {
    sim = await startMilvusSim({ version, storage: { s3, bucket: `sim-${version.replaceAll('.', '-')}` } });
    client = await connectMilvus(sim);
    fixtures = await createAllFixtures(client, { rows: 300, seed: 7 });
  });

  afterAll(async () => {
    await client?.closeConnection();
    await sim?.stop();
  });

  it('restores every row under a suffix', async () => {
    const file = await writeBackupYaml(`${dir.path}/${version}`, { milvus: sim });
    const service = await openFrom(file);
    try {
      expect((await service.create({ name: 'b1' })).state).toBe('success');
      const view = await service.restore({ name: 'b1', suffix: '_recover', rebuildIndex: true });
      expect(view.state).toBe('success');
    } finally {
      await service.close();
    }
    for (const { db, collection } of fixtures) {
      const target = { db, collection: `${collection}_recover` };
      const result = await compareCollections(client, { db, collection }, client, target);
      expect(result, `${db}.${collection}`).toMatchObject({ equal: true });
    }
    expect(sim.calls.filter(({ outcome }) => outcome === 'pending')).toEqual([]);
  });
});
