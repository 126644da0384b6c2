import { describe, expect, it } from 'vitest';
import type { Handler } from './fake-milvus.js';
import { connect, success } from './gateway-fixture.js';

const at = { database: 'db2', collection: 'c' };
const place = { uri: 's3://b/k/bundle', externalSpec: '{"extfs":{}}' };
const ok: Handler = () => success;
const refusal = (reason: string, code = 65535) => ({ code, error_code: 1, reason });
const broken = { grpc: 14, details: 'Connection dropped' };

function inTurn(...answers: readonly ReturnType<Handler>[]): Handler {
  let next = 0;
  return () => answers[Math.min(next++, answers.length - 1)] ?? 'never';
}

describe('the calls of snapshots', () => {
  it('name the database in the header alone, and say what the Go tool says', async () => {
    const { milvus, gateway } = await connect(
      {
        CreateSnapshot: ok,
        DescribeSnapshot: () => ({ status: success, create_ts: '470635148609585159' }),
        ExportSnapshot: () => ({ status: success, job_id: '470635148609585160' }),
        GetExportSnapshotState: () => ({
          status: success,
          info: {
            state: 3,
            progress: 100,
            total_files: '3',
            total_bytes: '4096',
            snapshot_metadata_uri: 's3://b/k/bundle/snapshots/1/metadata/2.json',
          },
        }),
        DropSnapshot: ok,
        RestoreExternalSnapshot: () => ({ status: success, job_id: '9' }),
        GetRestoreSnapshotState: () => ({ status: success, info: { state: 2, progress: 40 } }),
        AlterCollection: ok,
        AlterCollectionField: ok,
        AlterIndex: ok,
      },
      'v3.0.0',
    );
    await gateway.createSnapshot(at, 'mbk_b');
    expect(await gateway.describeSnapshot(at, 'mbk_b')).toEqual({ createTimestamp: 470635148609585159n });
    expect(await gateway.exportSnapshot(at, 'mbk_b', place)).toEqual({ jobId: '470635148609585160' });
    expect(await gateway.exportState('470635148609585160')).toEqual({
      status: 'completed',
      percent: 100,
      totalFiles: 3,
      totalBytes: 4096,
      metadataUri: 's3://b/k/bundle/snapshots/1/metadata/2.json',
      reason: '',
    });
    await gateway.dropSnapshot(at, 'mbk_b');
    expect(await gateway.restoreSnapshot(at, place)).toBe('9');
    expect(await gateway.restoreState('9')).toEqual({ status: 'running', percent: 40, reason: '' });
    await gateway.deleteCollectionProperties(at, ['a']);
    await gateway.deleteFieldParams(at, 'f', ['b']);
    await gateway.deleteIndexParams(at, 'i', ['c']);
    const told = milvus.requests.slice(2).map(({ rpc, request, metadata }) => {
      const said = Object.entries(request).filter(([, value]) => !['', '0', null].includes(value as string));
      return [rpc, metadata.get('dbname')[0] ?? '', Object.fromEntries(said)];
    });
    const named = { name: 'mbk_b', collection_name: 'c' };
    const spec = place.externalSpec;
    expect(told).toEqual([
      ['CreateSnapshot', 'db2', named],
      ['DescribeSnapshot', 'db2', named],
      ['ExportSnapshot', 'db2', { ...named, target_s3_path: place.uri, external_spec: spec }],
      ['GetExportSnapshotState', '', { job_id: '470635148609585160' }],
      ['DropSnapshot', 'db2', named],
      [
        'RestoreExternalSnapshot',
        'db2',
        { target_collection_name: 'c', snapshot_metadata_uri: place.uri, external_spec: spec },
      ],
      ['GetRestoreSnapshotState', '', { job_id: '9' }],
      ['AlterCollection', 'db2', { collection_name: 'c', properties: [], delete_keys: ['a'] }],
      [
        'AlterCollectionField',
        'db2',
        { collection_name: 'c', field_name: 'f', properties: [], delete_keys: ['b'] },
      ],
      ['AlterIndex', 'db2', { collection_name: 'c', index_name: 'i', extra_params: [], delete_keys: ['c'] }],
    ]);
  });

  it('take an early build, which answers when all is written', async () => {
    const { gateway } = await connect({
      ExportSnapshot: inTurn({ status: success, snapshot_metadata_uri: 'u' }, { status: success }),
    });
    expect(await gateway.exportSnapshot(at, 's', place)).toEqual({ metadataUri: 'u' });
    await expect(gateway.exportSnapshot(at, 's', place)).rejects.toMatchObject({ code: 'MILVUS_ERROR' });
  });

  it.each([
    [refusal('snapshot not found[snapshot=s]'), true],
    [refusal('collection not found[database=db2][collection=c]', 100), true],
    [refusal('no such snapshot'), true],
    [refusal('channel not found'), false],
    [refusal('internal'), false],
  ])('a drop that is refused with %j counts as done: %s', async (status, done) => {
    const { gateway } = await connect({ DropSnapshot: () => status });
    const dropped = gateway.dropSnapshot(at, 's');
    if (done) await dropped;
    else await expect(dropped).rejects.toMatchObject({ code: 'MILVUS_ERROR' });
  });

  it('a job that Milvus has forgotten has failed', async () => {
    const { gateway } = await connect({
      GetRestoreSnapshotState: () => ({ status: refusal('restore job not found[job=9]') }),
    });
    expect(await gateway.restoreState('9')).toMatchObject({ status: 'failed' });
  });
});

describe('answers that are lost', () => {
  it('a snapshot that is there is not made again', async () => {
    const { milvus, gateway } = await connect({
      CreateSnapshot: inTurn(broken, refusal('snapshot name s already exists')),
      DescribeSnapshot: () => ({ status: success, create_ts: '1' }),
    });
    await gateway.createSnapshot(at, 's');
    expect(milvus.calls.filter((rpc) => rpc === 'CreateSnapshot')).toHaveLength(1);
  });

  it('one that is not there is', async () => {
    const { milvus, gateway } = await connect({
      CreateSnapshot: inTurn(broken, success),
      DescribeSnapshot: () => ({ status: refusal('snapshot not found') }),
    });
    await gateway.createSnapshot(at, 's');
    expect(milvus.calls.filter((rpc) => rpc === 'CreateSnapshot')).toHaveLength(2);
  });

  const job = (id: string, state: number, collection_name = 'c', db_name = 'db2') => ({
    job_id: id,
    state,
    collection_name,
    db_name,
  });

  it.each([
    ['it goes on', false, [job('7', 2)], '7', 1],
    ['it has ended', true, [job('7', 3), job('5', 3)], '7', 1],
    ['one of an earlier restore has ended', false, [job('5', 3)], '9', 2],
    ['others go on', false, [job('7', 2, 'd'), job('8', 2, 'c', 'db1'), job('6', 4)], '9', 2],
  ])('a restore is found where %s, and made again where it is not', async (_what, made, jobs, id, sent) => {
    const { milvus, gateway } = await connect({
      RestoreExternalSnapshot: inTurn(broken, { status: success, job_id: '9' }),
      HasCollection: () => ({ status: success, value: made }),
      ListRestoreSnapshotJobs: () => ({ status: success, jobs }),
    });
    expect(await gateway.restoreSnapshot(at, place)).toBe(id);
    expect(milvus.calls.filter((rpc) => rpc === 'RestoreExternalSnapshot')).toHaveLength(sent);
  });
});
