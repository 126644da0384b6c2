import { Client, credentials } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { connectMilvus, flushCollection, type MilvusSim } from '../../src/index.js';
import { loadSimWire } from '../../src/milvus-sim/wire.js';
import { copyAsBackup, groupFolders, idOf, openSim, post } from './harness.js';
import { ask, codesOf, contractRows, createContractCollection, success } from './raw.js';

const wire = loadSimWire();
const at = { collection_name: 'source' };

function outcomes(sim: MilvusSim, method: string): readonly string[] {
  return sim.calls.filter((call) => call.method === method).map(({ outcome }) => outcome);
}

test('limits the rate of a call as often as it was told', async () => {
  const { sim, client } = await openSim('2.4.23');
  await createContractCollection(client, 'source');
  sim.faults.rateLimit('Flush', 2);
  const flush = () => codesOf(client, 'Flush', { collection_names: ['source'] });
  expect([await flush(), await flush(), await flush()]).toEqual([
    { code: 8, error_code: 'RateLimit' },
    { code: 8, error_code: 'RateLimit' },
    success,
  ]);
  expect(outcomes(sim, 'Flush')).toEqual(['code 8', 'code 8', 'ok']);
});

test('fails, breaks and denies calls', async () => {
  const { sim, client } = await openSim('2.4.23');
  sim.faults.fail('ShowCollections', 1, { reason: 'told to' });
  expect(await ask(client, 'ShowCollections', {})).toMatchObject({
    status: { code: 65535, reason: 'told to' },
  });
  sim.faults.deny('ShowCollections');
  await expect(ask(client, 'ShowCollections', {})).rejects.toThrow(/permission deny/);
  sim.faults.allow('ShowCollections');
  expect(await codesOf(client, 'ShowCollections', {})).toEqual(success);
});

test('a call can break, and its answer be lost', async () => {
  const { sim } = await openSim('2.4.23');
  const path = '/v2/vectordb/jobs/import/list';
  sim.faults.loseAnswers(path, 1);
  expect((await post(sim, 'jobs/import/list', {})).status).toBe(503);
  sim.faults.breakCalls(path, 1);
  expect((await post(sim, 'jobs/import/list', {})).status).toBe(503);
  expect((await post(sim, 'jobs/import/list', {})).status).toBe(200);
  expect(outcomes(sim, path)).toEqual(['http 503', 'http 503', 'ok']);
});

test('a call that is delivered twice is carried out twice', async () => {
  const { sim, client } = await openSim('2.4.23');
  sim.faults.duplicate('CreateDatabase', 1);
  expect(await codesOf(client, 'CreateDatabase', { db_name: 'twice' })).toMatchObject({ code: 65535 });
  expect((await ask(client, 'ListDatabases', {})).db_names).toContain('twice');
});

test('a flush can take its time', async () => {
  const { sim, client } = await openSim('2.4.23');
  await createContractCollection(client, 'source');
  sim.faults.delayFlush(3);
  await flushCollection(client, { collection: 'source' });
  expect(outcomes(sim, 'GetFlushState')).toHaveLength(4);
});

test('imports stall, fail, go on, and are forgotten', async () => {
  const { sim, client, store } = await openSim('2.4.23');
  for (const name of ['source', 'target']) await createContractCollection(client, name);
  await client.insert({ ...at, data: contractRows(0, 10) });
  await flushCollection(client, { collection: 'source' });
  const keys = await copyAsBackup(store, await idOf(client, 'source'));
  const files = groupFolders(keys, 'insert_log').map((folder) => [folder]);
  sim.faults.stallImports(70);
  const { data } = (
    await post(sim, 'jobs/import/create', { collectionName: 'target', files, options: { backup: 'true' } })
  ).body;
  const describe = async () => (await post(sim, 'jobs/import/describe', { jobId: data?.jobId })).body;
  expect((await describe()).data).toMatchObject({ state: 'Importing', progress: 70 });
  sim.faults.failImports('told to');
  expect((await describe()).data).toMatchObject({ state: 'Failed', reason: 'told to' });
  sim.faults.failImports(undefined);
  sim.faults.resumeImports();
  await expect.poll(describe).toMatchObject({ data: { state: 'Completed', importedRows: 10 } });
  sim.faults.forgetJobs();
  expect((await describe()).code).not.toBe(0);
  expect(await codesOf(client, 'GetImportState', { task: data?.jobId })).toMatchObject({ code: 1000 });
});

test('something can happen just before a call', async () => {
  const { sim, client } = await openSim('2.4.23');
  await createContractCollection(client, 'source');
  sim.faults.before('Flush', () => sim.dropCollection({ collection: 'source' }));
  expect(await codesOf(client, 'Flush', { collection_names: ['source'] })).toMatchObject({ code: 100 });
});

test('a restart breaks connections and keeps the state', async () => {
  const { sim, client } = await openSim('2.4.23');
  await createContractCollection(client, 'source');
  // Not through the SDK, whose retries hang at servers that wait for the end of a request.
  const plain = new Client(`127.0.0.1:${sim.port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  const names = () =>
    new Promise<readonly string[]>((resolve, reject) => {
      plain.waitForReady(Date.now() + 10_000, (problem) => {
        if (problem) return reject(problem);
        plain.makeUnaryRequest(
          '/milvus.proto.milvus.MilvusService/ShowCollections',
          (request: object) => wire.encode('milvus.ShowCollectionsRequest', request),
          (bytes) => wire.decode('milvus.ShowCollectionsResponse', bytes) as { collection_names: string[] },
          {},
          (error, answer) => (error ? reject(error) : resolve(answer?.collection_names ?? [])),
        );
      });
    });
  expect(await names()).toEqual(['source']);
  sim.faults.before('ShowCollections', () => sim.restart());
  await expect(names()).rejects.toMatchObject({ code: 14 });
  expect(await names()).toEqual(['source']);
  plain.close();
});

test('compaction rewrites segments; their files stay while garbage collection is paused', async () => {
  const { sim, client, store } = await openSim('2.6.11');
  await createContractCollection(client, 'source');
  await client.insert({ ...at, data: contractRows(0, 20) });
  await flushCollection(client, { collection: 'source' });
  await client.delete({ ...at, filter: 'id in [9007199254740993]' });
  const id = await idOf(client, 'source');
  const before = await store.list(`files/insert_log/${id}/`);
  const collector = `http://127.0.0.1:${sim.managementPort}/management/datacoord/garbage_collection`;
  const paused = await fetch(`${collector}/pause?pause_seconds=60&collection_id=${id}`);
  const { ticket } = (await paused.json()) as { ticket: string };
  expect(sim.garbage.pauses()).toEqual([{ collection: BigInt(id), ticket }]);
  await sim.compact({ collection: 'source' });
  const during = await store.list(`files/insert_log/${id}/`);
  expect(before.every((key) => during.includes(key))).toBe(true);
  expect((await fetch(`${collector}/resume?ticket=${encodeURIComponent(ticket)}`)).status).toBe(200);
  const after = await store.list(`files/`);
  expect(before.some((key) => after.includes(key))).toBe(false);
  expect(after.some((key) => key.includes('delta_log'))).toBe(false);
  const { stats } = await ask(client, 'GetCollectionStatistics', at);
  expect(stats).toMatchObject([{ key: 'row_count', value: '19' }]);
});

test('one pause of everything before 2.6.8, none before 2.4', async () => {
  for (const [version, status, body] of [
    ['2.6.7', 200, '{"msg":"OK"}'],
    ['2.3.5', 404, '404 page not found\n'],
  ] as const) {
    const { sim } = await openSim(version);
    const path = '/management/datacoord/garbage_collection/pause?pause_seconds=3600&collection_id=0';
    const answer = await fetch(`http://127.0.0.1:${sim.managementPort}${path}`);
    expect([answer.status, await answer.text()]).toEqual([status, body]);
    expect(sim.calls).toMatchObject([{ kind: 'management', method: path }]);
  }
});

test('with tickets everything can still be paused and resumed at once', async () => {
  const { sim } = await openSim('2.6.11');
  const collector = `http://127.0.0.1:${sim.managementPort}/management/datacoord/garbage_collection`;
  const paths = [
    'pause?pause_seconds=3600&collection_id=0',
    'resume',
    'pause?pause_seconds=5&collection_id=x',
    'resume?ticket=x',
  ];
  for (const path of paths) await fetch(`${collector}/${path}`);
  expect(sim.calls.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'http 500', 'http 500']);
});

test('users, roles, grants and groups come back by RestoreRBAC', async () => {
  const { client } = await openSim('2.5.20');
  await client.createUser({ username: 'reader', password: 'secret-word' });
  await client.createRole({ roleName: 'readers' });
  await client.addUserToRole({ username: 'reader', roleName: 'readers' });
  await ask(client, 'CreatePrivilegeGroup', { group_name: 'looking' });
  await ask(client, 'OperatePrivilegeGroup', {
    group_name: 'looking',
    privileges: [{ name: 'Query' }],
    type: 0,
  });
  await client.grantRolePrivilege({
    roleName: 'readers',
    object: 'Collection',
    objectName: '*',
    privilegeName: 'Query',
  } as never);
  const { RBAC_meta } = await ask(client, 'BackupRBAC', {});
  expect(RBAC_meta).toMatchObject({
    users: [{ user: 'reader', roles: [{ name: 'readers' }] }],
    roles: [{ name: 'readers' }],
    grants: [{ role: { name: 'readers' }, grantor: { privilege: { name: 'Query' } } }],
    privilege_groups: [{ group_name: 'looking', privileges: [{ name: 'Query' }] }],
  });
  const other = await openSim('2.5.20');
  expect(await codesOf(other.client, 'RestoreRBAC', { RBAC_meta })).toEqual(success);
  expect((await ask(other.client, 'BackupRBAC', {})).RBAC_meta).toEqual(RBAC_meta);
  expect(await codesOf(other.client, 'RestoreRBAC', { RBAC_meta })).toMatchObject({ code: 65535 });
});

test('asks for a password when told to, and records no secret', async () => {
  const { sim } = await openSim('2.4.23', { authorization: true }).catch(async () => {
    throw new Error('root cannot connect');
  });
  await expect(connectMilvus({ ...sim, password: 'wrong' })).rejects.toThrow();
  const rest = await post(sim, 'jobs/import/list', {});
  expect(rest.body.code).toBe(1800);
  expect(JSON.stringify(sim.calls)).not.toContain(Buffer.from('root:wrong').toString('base64'));
});

test('records each call with database, request and outcome', async () => {
  const { sim, client } = await openSim('2.4.23');
  await ask(client, 'ShowCollections', { db_name: 'nowhere' });
  await ask(client, 'BackupRBAC', {});
  expect(sim.calls).toMatchObject([
    { kind: 'grpc', method: 'ShowCollections', database: 'nowhere', outcome: 'code 800' },
    { kind: 'grpc', method: 'BackupRBAC', outcome: 'ok' },
  ]);
});
