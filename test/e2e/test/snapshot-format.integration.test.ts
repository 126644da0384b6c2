import type { S3Client } from '@aws-sdk/client-s3';
import { type RecordedCall, type S3Server, startS3 } from '@milvus-backup/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBucket } from './harness/buckets.js';
import { openFrom, recordingLogger } from './harness/open.js';
import {
  expectAll,
  fixtures,
  methodsOf,
  readMeta,
  type SnapshotStage,
  startSnapshotStage,
  withService,
} from './harness/snapshot-stage.js';

const [one] = fixtures;
let stage: SnapshotStage;
let elsewhere: S3Server;
let others: S3Client;

beforeAll(async () => {
  [stage, elsewhere] = await Promise.all([startSnapshotStage(), startS3({ buckets: ['far'] })]);
  others = elsewhere.createClient();
});

afterAll(async () => {
  others?.destroy();
  await Promise.all([stage?.stop(), elsewhere?.stop()]);
});

/** What was said to Milvus, in order; what changes from run to run is left out, and a job is asked for many times as once. */
function spoken(calls: readonly RecordedCall[]): string[] {
  const said = calls.map(({ kind, method, database, request }) => {
    const { base: _base, client_info: _client, flush_all_tss: _tss, job_id: _job, ...rest } = request;
    const told = Object.entries(rest).filter(
      ([, value]) =>
        !['', '0', 0, false].includes(value as string) && !(Array.isArray(value) && !value.length),
    );
    const where = database === 'default' ? '' : `@${database}`;
    const text =
      told.length === 0 ? '' : JSON.stringify(Object.fromEntries(told.sort(([a], [b]) => (a < b ? -1 : 1))));
    return [kind === 'grpc' ? '' : kind, method, where, text].filter(Boolean).join(' ');
  });
  return said.filter((text, index) => text !== said[index - 1]);
}

describe('a backup in the snapshot format', () => {
  it('is what `auto` takes on 3.0: made and restored by the calls of that format, and no others', async () => {
    const source = await stage.open([one]);
    const bucket = stage.bucket('backups');
    const { sim } = source;
    sim.faults.snapshots.stallExports(1);
    sim.faults.before('GetExportSnapshotState', () => sim.faults.snapshots.resumeExports());
    const view = await withService(source, (service) => service.create({ name: 'calls' }));
    expect(view).toMatchObject({ state: 'success' });
    expect(view.warnings ?? []).toEqual([]);
    const { collection } = one;
    const at = `{"collection_name":"${collection}"}`;
    const snapshot = `{"collection_name":"${collection}","name":"mbk_calls"}`;
    const target = 's3://backups/deep/backups/calls/bundle';
    const described = ['DescribeCollection', 'DescribeIndex', 'GetLoadingProgress', 'ShowPartitions'];
    const said = spoken(sim.calls);
    // How a collection is loaded is asked for in parallel, and for a file of ours.
    expect(
      said.filter((text) => !text.startsWith('GetLoad') && !described.some((one) => text.startsWith(one))),
    ).toEqual([
      'Connect',
      'ListDatabases',
      'ShowCollections',
      'DescribeDatabase {"db_name":"default"}',
      'FlushAll',
      'GetFlushAllState',
      `CreateSnapshot ${snapshot}`,
      `DescribeSnapshot ${snapshot}`,
      `ExportSnapshot {"collection_name":"${collection}","name":"mbk_calls","target_s3_path":"${target}"}`,
      'GetExportSnapshotState',
      `DropSnapshot ${snapshot}`,
    ]);
    for (const method of described) expect(said).toContain(`${method} ${at}`);
    const refused = sim.calls.filter(({ outcome }) => outcome !== 'ok').map(({ method }) => method);
    // What is not loaded has no progress.
    expect(refused.filter((method) => method !== 'GetLoadingProgress')).toEqual([]);
    expect(sim.snapshots()).toEqual([]);

    const meta = await readMeta(bucket, 'calls');
    const [held] = meta.collection_backups;
    expect(meta).toMatchObject({ format: 'snapshot', size: 0 });
    const objects = await bucket.list('deep/backups/calls/');
    const bundle = [...objects].filter(([key]) => key.includes('/bundle/'));
    const bytes = bundle.reduce((sum, [, size]) => sum + size, 0);
    expect(held?.snapshot_backup).toEqual({
      metadata_path: expect.stringMatching(
        new RegExp(`^bundle/snapshots/${held?.collection_id}/metadata/\\d+\\.json$`),
      ),
      total_files: bundle.length,
      total_bytes: bytes,
    });
    expect(held).toMatchObject({ size: bytes, l0_segments: [] });
    expect(held?.backup_timestamp).toBeGreaterThan(4n * 10n ** 17n);
    const rest = [...objects.keys()].filter((key) => !key.includes('/bundle/'));
    expect(rest.map((key) => key.slice('deep/backups/calls/'.length)).sort()).toEqual([
      'meta/backup_meta.json',
      'meta/collection_meta.json',
      'meta/full_meta.json',
      ...rest.filter((key) => key.endsWith('extras.json')).map(() => 'meta/ts/extras.json'),
      'meta/ts/manifest.ndjson',
    ]);

    const other = await stage.open([]);
    sim.calls.length = 0;
    const restored = await withService(other, (service) =>
      service.restore({ name: 'calls', skipAliases: true }),
    );
    expect(restored).toMatchObject({ state: 'success' });
    const uri = `s3://backups/deep/backups/calls/${held?.snapshot_backup?.metadata_path}`;
    expect(spoken(other.sim.calls)).toEqual([
      'Connect',
      'ListDatabases',
      `HasCollection ${at}`,
      `RestoreExternalSnapshot {"snapshot_metadata_uri":"${uri}","target_collection_name":"${collection}"}`,
      'GetRestoreSnapshotState',
      // Our proof that the fields are those of the backup.
      `DescribeCollection ${at}`,
    ]);
    await expectAll(source, other, [one], '');
  });

  it('comes back with databases, partitions and deletes; is verified, copied and deleted as a whole', async () => {
    const source = await stage.open(fixtures);
    const bucket = stage.bucket('backups');
    await withService(source, async (service) => {
      expect(await service.create({ name: 'whole', format: 'snapshot' })).toMatchObject({ state: 'success' });
      expect((await service.get({ name: 'whole' })).meta.format).toBe('snapshot');
      expect((await service.list()).map(({ name }) => name)).toContain('whole');
      const report = await service.verify({ name: 'whole' });
      const bundle = [...(await bucket.list('deep/backups/whole/bundle/')).keys()];
      expect(report).toMatchObject({ ok: true, warnings: [], counts: { objects: bundle.length } });
      expect(report.counts.checksums).toBe(bundle.length);
      const decoded = await service.verify({ name: 'whole', level: 'decode' });
      expect(decoded).toMatchObject({ ok: true, counts: { objectsRead: bundle.length, objectsDecoded: 0 } });
      expect(decoded.warnings).toEqual([expect.stringContaining('not decoded')]);

      const to = {
        ...service.config.value.backup.storage,
        path: 'test',
        bucketName: 'copies',
        rootPath: 'c',
      };
      expect(await service.copy({ name: 'whole', to, as: 'again' })).toMatchObject({ state: 'success' });
      const view = await service.restore({
        name: 'again',
        bucketName: 'copies',
        rootPath: 'c',
        suffix: '_back',
      });
      expect(view).toMatchObject({ state: 'success' });
      await expectAll(source, source, fixtures, '_back');
      const away = stage.bucket('copies');
      const size = async (of: typeof away, folder: string) => [...(await of.list(folder)).values()].sort();
      expect(await size(away, 'c/again/bundle/')).toEqual(await size(bucket, 'deep/backups/whole/bundle/'));

      const [key = ''] = bundle.filter((one) => one.includes('/insert_log/'));
      const [removed = ''] = bundle.filter((one) => one.includes('/delta_log/'));
      await bucket.put(key, Buffer.alloc((await bucket.get(key)).length));
      await bucket.remove([removed]);
      const damage = await service.verify({ name: 'whole', level: 'read' });
      expect(damage.problems.map(({ kind, key: at }) => [kind, `deep/backups/whole/${at}`])).toEqual(
        expect.arrayContaining([
          ['missing', removed],
          ['checksum', key],
        ]),
      );
      const before = source.sim.calls.length;
      await expect(service.restore({ name: 'whole', dropExistCollection: true })).rejects.toMatchObject({
        code: 'VERIFY_FAILED',
      });
      expect(source.sim.calls.slice(before).map(({ method }) => method)).not.toContain('DropCollection');
      await service.delete('whole');
    });
    expect([...(await bucket.list('deep/backups/whole/')).keys()]).toEqual([]);
  });

  it('may lie in folders that Milvus chooses, and be told by another address', async () => {
    const source = await stage.open(fixtures);
    source.sim.faults.snapshots.nestExports();
    await withService(source, async (service) => {
      expect(await service.create({ name: 'nested' })).toMatchObject({ state: 'success' });
      const [held] = (await readMeta(stage.bucket('backups'), 'nested')).collection_backups;
      expect(held?.snapshot_backup?.metadata_path).toMatch(
        /^bundle\/exports\/\d+\/snapshots\/\d+\/metadata\//,
      );
      const to = {
        ...service.config.value.backup.storage,
        path: 'test',
        bucketName: 'copies',
        rootPath: 'n',
      };
      expect(await service.copy({ name: 'nested', to })).toMatchObject({ state: 'success' });
      const view = await service.restore({
        name: 'nested',
        bucketName: 'copies',
        rootPath: 'n',
        suffix: '_back',
      });
      expect(view).toMatchObject({ state: 'success' });
    });
    await expectAll(source, source, fixtures, '_back');
  });

  it('is made by builds that answer when all is written', async () => {
    const source = await stage.open(fixtures.slice(0, 2));
    source.sim.faults.snapshots.exportAtOnce();
    await withService(source, (service) => service.create({ name: 'early' }));
    expect(methodsOf(source)).not.toContain('GetExportSnapshotState');
    const bucket = stage.bucket('backups');
    const { collection_backups: held } = await readMeta(bucket, 'early');
    const sizes = [...(await bucket.list('deep/backups/early/bundle/')).values()];
    const counted = held.map(
      ({ snapshot_backup: one }) => [one?.total_files ?? 0, one?.total_bytes ?? 0] as const,
    );
    expect(counted.reduce((sum, [files]) => sum + files, 0)).toBe(sizes.length);
    expect(counted.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(
      sizes.reduce((sum, size) => sum + size, 0),
    );
  });

  it('goes to another store with credentials that nobody else sees, and comes back from there', async () => {
    const { address, port, accessKey, secretKey } = elsewhere;
    const far = {
      minio: {
        backupAddress: address,
        backupPort: port,
        backupAccessKeyID: accessKey,
        backupSecretAccessKey: secretKey,
        backupBucketName: 'far',
        backupRootPath: 'b',
      },
    };
    const source = await stage.open(fixtures, { config: far });
    const target = await stage.open([], { config: far });
    const logger = recordingLogger();
    const service = await openFrom(source.file, [], logger);
    try {
      expect(await service.create({ name: 'away' })).toMatchObject({ state: 'success' });
    } finally {
      await service.close();
    }
    expect(source.sim.snapshots()).toEqual([]);
    const [exported] = source.sim.calls.filter(({ method }) => method === 'ExportSnapshot');
    expect(exported?.request).toMatchObject({
      target_s3_path: `minio://${address}:${port}/far/b/away/bundle`,
      external_spec: JSON.stringify({
        extfs: {
          cloud_provider: 'minio',
          use_ssl: 'false',
          access_key_id: accessKey,
          access_key_value: secretKey,
        },
      }),
    });
    const bucket = openBucket(others, 'far');
    for (const key of (await bucket.list('b/away/meta/')).keys()) {
      expect((await bucket.get(key)).toString('utf8'), key).not.toContain(secretKey);
    }
    const view = await withService(target, (one) => one.restore({ name: 'away', rbac: false }));
    expect(view).toMatchObject({ state: 'success' });
    await expectAll(source, target, fixtures, '');

    source.sim.faults.snapshots.failExports(`403 for ${accessKey}/${secretKey}`);
    await withService(source, async (one) => {
      const failure = await one.create({ name: 'denied' }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'MILVUS_ERROR', message: expect.stringContaining('403 for') });
      expect(String(failure)).not.toContain(secretKey);
    });
    expect(source.sim.snapshots()).toEqual([]);
  });
});

describe('what does not go with the snapshot format', () => {
  it('is refused before anything is changed', async () => {
    const source = await stage.open([one]);
    await withService(source, async (service) => {
      await service.create({ name: 'refused' });
      source.sim.calls.length = 0;
      for (const options of [
        { skipCreateCollection: true },
        { metaOnly: true },
        { truncateBinlogByTs: true },
        { ezkMapping: { a: 'b' } },
        { prove: 'full' },
        {
          plan: [
            { source: '', target: '', collections: [{ source: one.collection, target: 'x', shardNum: 1 }] },
          ],
        },
      ] as const) {
        await expect(
          service.restore({ name: 'refused', suffix: undefined, ...options }),
        ).rejects.toMatchObject({
          code: 'INVALID_ARGUMENT',
        });
      }
    });
    expect(methodsOf(source)).toEqual([]);
    const older = await stage.open([one], { version: '2.6.17' });
    older.sim.calls.length = 0;
    await withService(older, async (service) => {
      await expect(service.create({ name: 'older', format: 'snapshot' })).rejects.toMatchObject({
        code: 'MILVUS_UNSUPPORTED',
        message: expect.stringMatching(/^the snapshot format needs a milvus 3\.0 or newer server/),
      });
      await expect(
        service.restore({ name: 'refused', dropExistCollection: true, allowOlderMilvus: true }),
      ).rejects.toMatchObject({ code: 'MILVUS_UNSUPPORTED' });
    });
    expect(new Set(methodsOf(older))).toEqual(new Set(['Connect', 'ListDatabases', 'ShowCollections']));
    const disk = { minio: { backupStorageType: 'local', backupRootPath: `${stage.dir.path}/disk` } };
    const local = await stage.open([one], { config: disk });
    await withService(local, async (service) => {
      await expect(service.create({ name: 'local' })).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        remedy: expect.stringContaining('--format binlog'),
      });
      expect(await service.create({ name: 'local', format: 'binlog' })).toMatchObject({ state: 'success' });
      expect(await service.create({ name: 'schemas', strategy: 'meta_only' })).toMatchObject({
        state: 'success',
      });
    });
    expect(local.sim.snapshots()).toEqual([]);
  });

  it('is ignored with a warning, or taken away afterwards', async () => {
    const source = await stage.open([one]);
    const { client, sim } = source;
    const collection_name = one.collection;
    await client.alterCollectionProperties({
      collection_name,
      properties: { 'collection.ttl.seconds': 864000 },
    });
    await withService(source, async (service) => {
      await service.create({ name: 'less' });
      const [held] = (await readMeta(stage.bucket('backups'), 'less')).collection_backups;
      sim.calls.length = 0;
      const to = { source: collection_name, target: 'lesser', description: 'less of it' };
      const view = await service.restore({
        name: 'less',
        plan: [{ source: 'default', target: 'default', collections: [to] }],
        rebuildIndex: true,
        useV2Restore: true,
        skipAliases: true,
        skipParams: {
          collectionProperties: ['collection.ttl.seconds', 'not.there'],
          fieldTypeParams: ['max_length', 'not.there'],
          indexParams: ['metric_type'],
          fieldIndexParams: ['not.there'],
        },
      });
      expect(view).toMatchObject({ state: 'success', warnings: [expect.stringContaining('no effect')] });
      const texts = held?.schema.fields.filter((field) =>
        field.type_params.some(({ key }) => key === 'max_length'),
      );
      const metric = held?.index_infos.filter(({ params }) => 'metric_type' in params) ?? [];
      expect(metric.length).toBeGreaterThan(0);
      const at = '"collection_name":"lesser","delete_keys"';
      expect(spoken(sim.calls).filter((text) => text.startsWith('Alter'))).toEqual([
        `AlterCollection {${at}:["collection.ttl.seconds"]}`,
        ...(texts ?? []).map(
          ({ name }) => `AlterCollectionField {${at}:["max_length"],"field_name":"${name}"}`,
        ),
        ...metric.map((index) => `AlterIndex {${at}:["metric_type"],"index_name":"${index.index_name}"}`),
        'AlterCollection {"collection_name":"lesser","properties":[{"key":"collection.description","value":"less of it"}]}',
      ]);
    });
    const { schema, properties } = await client.describeCollection({ collection_name: 'lesser' });
    expect(schema.description).toBe('less of it');
    expect(properties).toEqual([]);
    expect((await client.describeCollection({ collection_name })).properties).toHaveLength(1);
  });
});
