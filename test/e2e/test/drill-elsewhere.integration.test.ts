import { join } from 'node:path';
import { type DrillRequest, loadConfig } from '@milvus-backup/core';
import {
  connectMilvus,
  createFixture,
  type Fixture,
  type MilvusSim,
  type S3Server,
  scalarsFixture,
  startMilvusSim,
  startS3,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument, startCommand } from './harness/binary.js';
import { openFrom } from './harness/open.js';

/** A backup of one Milvus is proven in another one, which has a storage of its own; both are simulated. */
describe('a drill in another Milvus', () => {
  let s3: S3Server;
  let dir: TempDir;
  let home: MilvusSim;
  let away: MilvusSim;
  let fixture: Fixture;
  let awayClient: MilvusClient;
  let file: string;
  let other: string;

  beforeAll(async () => {
    [s3, dir] = await Promise.all([startS3(), tempDir()]);
    home = await startMilvusSim({ version: '2.4.23', storage: { s3, bucket: 'home' } });
    away = await startMilvusSim({ version: '2.5.20', storage: { s3, bucket: 'away' } });
    file = await writeBackupYaml(join(dir.path, 'home'), { milvus: home });
    other = await writeBackupYaml(join(dir.path, 'away'), { milvus: away });
    const client = await connectMilvus(home);
    fixture = scalarsFixture({ rows: 200, seed: 5 });
    await createFixture(client, fixture);
    await client.closeConnection();
    awayClient = await connectMilvus(away);
    const service = await openFrom(file);
    await service.create({ name: 'b1' });
    await service.close();
  });

  afterAll(async () => {
    await awayClient?.closeConnection();
    await Promise.all([home?.stop(), away?.stop()]);
    await s3?.stop();
    await dir?.remove();
  });

  const databasesOfAway = async (): Promise<string[]> => (await awayClient.listDatabases()).db_names;
  const milvusOfAway = async (): Promise<NonNullable<DrillRequest['milvus']>> =>
    (await loadConfig({ path: other, env: {}, cwd: dir.path, set: [] })).value.milvus;

  it('proves the backup there, leaves nothing, and does not touch the first', async () => {
    const before = home.calls.length;
    const { exitCode, stdout, stderr } = await startCommand(
      { cwd: join(dir.path, 'home') },
      'drill',
      'b1',
      '--milvus',
      other,
      '--json',
    );
    expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
    expect(parseDocument(stdout)).toMatchObject({
      backup_name: 'b1',
      milvus_version: expect.stringContaining('2.5.20'),
      compared: [`default.${fixture.collection}`],
      kept: false,
    });
    expect(home.calls.length).toBe(before);
    const made = away.calls.filter(({ method }) => /^(Create|Drop)(Database|Collection)$/.test(method));
    expect(made.map(({ method }) => method)).toEqual([
      'CreateDatabase',
      'CreateCollection',
      'DropCollection',
      'DropDatabase',
    ]);
    expect(await databasesOfAway()).toEqual(['default']);
    const service = await openFrom(file);
    const [entry] = await service.list();
    await service.close();
    expect(entry?.provenAt).toBeGreaterThan(0);
  });

  it('is cancelled when its service ends, and cleans up behind it', async () => {
    away.faults.stallImports();
    const before = away.calls.length;
    const service = await openFrom(file);
    const drill = await service.startDrill({ name: 'b1', into: 'drill_held', milvus: await milvusOfAway() });
    const outcome = drill.report().catch((error: unknown) => error);
    await expect
      .poll(
        () => away.calls.slice(before).some(({ method }) => /import_?jobs|import\/jobs|Import/i.test(method)),
        {
          timeout: 30_000,
        },
      )
      .toBe(true);
    expect(await databasesOfAway()).toContain('drill_held');
    await service.close();
    expect(await outcome).toMatchObject({ code: 'CANCELLED' });
    away.faults.resumeImports();
    expect(await databasesOfAway()).toEqual(['default']);
    const next = await openFrom(file);
    expect((await next.jobs()).filter(({ kind }) => kind === 'drill')).toEqual([]);
    await next.close();
  });

  it('is refused before anything is opened there', async () => {
    const service = await openFrom(file);
    const milvus = await milvusOfAway();
    const before = away.calls.length;
    await expect(service.drill({ name: 'nosuch', milvus })).rejects.toMatchObject({
      code: 'BACKUP_NOT_FOUND',
    });
    await expect(service.drill({ name: 'b1', sample: '0', milvus })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await service.close();
    expect(away.calls.length).toBe(before);
  });
});
