import type { BackupService } from '@milvus-backup/core';
import {
  compareCollections,
  connectMilvus,
  createAllFixtures,
  type Fixture,
  type Stack,
  startStack,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFrom } from './harness/open.js';

/** Every data type, partitions, deletes, aliases, two databases: backed up and restored beside the originals. */
describe('back up and restore through one bucket', () => {
  let stack: Stack;
  let dir: TempDir;
  let service: BackupService;
  let client: Awaited<ReturnType<typeof connectMilvus>>;
  let fixtures: Fixture[];

  beforeAll(async () => {
    dir = await tempDir();
    stack = await startStack();
    client = await connectMilvus(stack.milvus);
    fixtures = await createAllFixtures(client, { rows: 1_000, seed: 7 });
    const file = await writeBackupYaml(dir.path, stack, { minio: { backupRootPath: 'backup' } });
    service = await openFrom(file);
  });

  afterAll(async () => {
    await service?.close();
    await client?.closeConnection();
    await stack?.stop();
    await dir?.remove();
  });

  it('commits a backup that is listed and shown', async () => {
    const view = await service.create({ name: 'b1' });
    expect(view.state).toBe('success');
    expect(view.progress.percent).toBe(100);
    const listed = await service.list();
    expect(listed.map((entry) => entry.name)).toEqual(['b1']);
    const { meta } = await service.get({ name: 'b1' });
    expect(meta.collection_backups).toHaveLength(fixtures.length);
  });

  it('restores every row under a suffix', async () => {
    const view = await service.restore({ name: 'b1', suffix: '_recover', rebuildIndex: true });
    expect(view.state).toBe('success');
    // Side by side: loading is waiting, mostly.
    const compared = fixtures.map(async ({ db, collection }) => {
      const target = { db, collection: `${collection}_recover` };
      const { equal, difference } = await compareCollections(client, { db, collection }, client, target);
      expect({ equal, difference }, `${db}.${collection}`).toEqual({ equal: true, difference: undefined });
    });
    for (const result of await Promise.allSettled(compared))
      if (result.status === 'rejected') throw result.reason;
  });

  it('removes a backup whole', async () => {
    await service.delete('b1');
    expect(await service.list()).toEqual([]);
    await expect(service.get({ name: 'b1' })).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
  });
});
