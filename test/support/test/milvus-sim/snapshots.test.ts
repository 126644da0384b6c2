import { Client, credentials, Metadata } from '@grpc/grpc-js';
import definitions from '@zilliz/milvus2-sdk-node/dist/milvus/proto-json/milvus.js';
import protobuf from 'protobufjs/light.js';
import { expect, onTestFinished, test } from 'vitest';
import { compareCollections, flushCollection, type MilvusSim } from '../../src/index.js';
import { addSnapshotExports } from '../../src/milvus-sim/snapshot-wire.js';
import { idOf, openSim } from './harness.js';
import { ask, codesOf, contractRows, createContractCollection, success } from './raw.js';

const at = { collection_name: 'source' };
const named = { name: 'mbk_b1', ...at };
const target = 's3://backups/backup/b1/bundle';

type Answer = Readonly<Record<string, unknown>> & { readonly status?: { readonly code: number } };

/** The calls that the SDK does not know. */
function openRaw(sim: MilvusSim): (name: string, request: object) => Promise<Answer> {
  const inner = 'default' in definitions ? definitions.default : definitions;
  const root = protobuf.Root.fromJSON(inner as protobuf.INamespace);
  addSnapshotExports(root);
  const client = new Client(`${sim.address}:${sim.port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  return (name, request) => {
    const [asks, answers] = ['Request', 'Response'].map((end) =>
      root.lookupType(`milvus.proto.milvus.${name}${end}`),
    );
    if (!asks || !answers) throw new Error(name);
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `/milvus.proto.milvus.MilvusService/${name}`,
        (value: object) => Buffer.from(asks.encode(asks.fromObject(value)).finish()),
        (bytes) => answers.toObject(answers.decode(bytes), { longs: String, enums: String, defaults: true }),
        request,
        new Metadata(),
        (error, answer) => (error ? reject(error) : resolve(answer as Answer)),
      );
    });
  };
}

async function openFilled() {
  const opened = await openSim('3.0.0');
  const { client, sim } = opened;
  await createContractCollection(client, 'source');
  await client.insert({ ...at, data: contractRows(0, 200) });
  await flushCollection(client, { collection: 'source' });
  await client.delete({ ...at, filter: `id in [${contractRows(0, 20).map(({ id }) => id)}]` });
  await flushCollection(client, { collection: 'source' });
  const raw = openRaw(sim);
  const infoOf = async (method: string, job: Answer) => (await raw(method, { job_id: job.job_id })).info;
  return { ...opened, raw, infoOf };
}

test('a snapshot is exported by a job and restored by another, deletes and indexes with it', async () => {
  const { sim, client, store, raw, infoOf } = await openFilled();
  const index = { field_name: 'vector', index_name: 'by_vector', index_type: 'FLAT', metric_type: 'L2' };
  await client.createIndex({ ...at, ...index });
  expect(await codesOf(client, 'CreateSnapshot', named)).toEqual(success);
  expect(await ask(client, 'DescribeSnapshot', named)).toMatchObject({
    create_ts: expect.stringMatching(/^\d{18}$/),
  });
  expect(sim.snapshots()).toEqual(['default.source/mbk_b1']);
  // Not in it: it was not flushed.
  await client.insert({ ...at, data: contractRows(200, 210) });

  sim.faults.snapshots.stallExports(2);
  const job = await raw('ExportSnapshot', { ...named, target_s3_path: target });
  expect(job).toMatchObject({ snapshot_metadata_uri: '', job_id: expect.stringMatching(/^\d+$/) });
  const state = () => infoOf('GetExportSnapshotState', job);
  await expect.poll(state).toMatchObject({
    state: 'ExportSnapshotExecuting',
    copied_files: '2',
    total_bytes: '0',
    snapshot_metadata_uri: '',
  });
  sim.faults.snapshots.resumeExports();
  await expect.poll(state).toMatchObject({ state: 'ExportSnapshotCompleted', progress: 100 });
  const info = (await state()) as Answer;
  const id = await idOf(client, 'source');
  expect(info.snapshot_metadata_uri).toMatch(new RegExp(`^${target}/snapshots/${id}/metadata/\\d+\\.json$`));
  const files = await store.openBucket('backups').list('backup/b1/bundle/');
  expect(info.total_files).toBe(String(files.length));
  expect(sim.garbage.pauses()).toHaveLength(1);
  expect(await codesOf(client, 'DropSnapshot', named)).toEqual(success);
  expect(sim.garbage.pauses()).toEqual([]);
  expect(sim.snapshots()).toEqual([]);

  const restore = { target_collection_name: 'restored', snapshot_metadata_uri: info.snapshot_metadata_uri };
  const restoring = await raw('RestoreExternalSnapshot', restore);
  const restored = () => infoOf('GetRestoreSnapshotState', restoring);
  await expect.poll(restored).toMatchObject({ state: 'RestoreSnapshotCompleted', progress: 100 });
  const { jobs } = await ask(client, 'ListRestoreSnapshotJobs', { collection_name: 'restored' });
  expect(jobs).toMatchObject([{ job_id: restoring.job_id, collection_name: 'restored' }]);
  await client.delete({ ...at, filter: `id in [${contractRows(200, 210).map(({ id: key }) => key)}]` });
  const result = await compareCollections(client, { collection: 'source' }, client, {
    collection: 'restored',
  });
  expect(result).toMatchObject({ equal: true, targetRows: 180 });
  expect((await client.describeIndex({ collection_name: 'restored' })).index_descriptions).toMatchObject([
    { index_name: 'by_vector' },
  ]);
  expect((await raw('RestoreExternalSnapshot', restore)).status?.code).toBe(1100);
});

test('jobs fail as they are told to, and leave what such jobs leave', async () => {
  const { sim, client, store, raw, infoOf } = await openFilled();
  await ask(client, 'CreateSnapshot', named);
  expect(await codesOf(client, 'CreateSnapshot', named)).toMatchObject({ code: 1100 });
  sim.faults.snapshots.failExports('no room');
  const job = await raw('ExportSnapshot', { ...named, target_s3_path: target });
  const failed = () => infoOf('GetExportSnapshotState', job);
  await expect.poll(failed).toMatchObject({ state: 'ExportSnapshotFailed', reason: 'no room' });
  const left = await store.openBucket('backups').list('backup/b1/bundle/');
  expect(left.filter((key) => key.includes('/metadata/'))).toEqual([]);
  expect(left.length).toBeGreaterThan(0);

  sim.faults.snapshots.failExports(undefined);
  const again = await raw('ExportSnapshot', { ...named, target_s3_path: target });
  const exported = () => infoOf('GetExportSnapshotState', again);
  await expect.poll(exported).toMatchObject({ state: 'ExportSnapshotCompleted' });
  const uri = ((await exported()) as Answer).snapshot_metadata_uri;
  sim.faults.snapshots.failRestores('no memory');
  const restore = { target_collection_name: 'restored', snapshot_metadata_uri: uri };
  const restoring = await raw('RestoreExternalSnapshot', restore);
  await expect
    .poll(() => infoOf('GetRestoreSnapshotState', restoring))
    .toMatchObject({ state: 'RestoreSnapshotFailed', reason: 'no memory' });
  expect((await ask(client, 'HasCollection', { collection_name: 'restored' })).value).toBe(false);
  sim.faults.snapshots.forgetJobs();
  for (const [method, one] of [
    ['GetExportSnapshotState', job],
    ['GetRestoreSnapshotState', restoring],
  ] as const) {
    expect((await raw(method, { job_id: one.job_id })).status?.code).toBeGreaterThan(0);
  }
});

test('what names no place is refused, and an older Milvus knows none of it', async () => {
  const { client, raw } = await openFilled();
  await ask(client, 'CreateSnapshot', named);
  const extfs = { cloud_provider: 'minio', use_ssl: 'false', access_key_id: 'k', access_key_value: 's' };
  for (const [uri, spec] of [
    ['file:///tmp/x', ''],
    ['s3://backups/../x', ''],
    ['minio://host:9000/backups/x', JSON.stringify({ extfs: { ...extfs, use_ssl: false } })],
    ['minio://host:9000/backups/x', JSON.stringify({ extfs: { ...extfs, cloud_provider: 'hwc' } })],
  ]) {
    const request = { ...named, target_s3_path: uri, external_spec: spec };
    expect((await raw('ExportSnapshot', request)).status?.code, `${uri} ${spec}`).toBe(1100);
  }
  const older = openRaw((await openSim('2.6.17')).sim);
  for (const method of ['ExportSnapshot', 'GetExportSnapshotState', 'RestoreExternalSnapshot']) {
    await expect(older(method, {}), method).rejects.toMatchObject({ code: 12 });
  }
});
