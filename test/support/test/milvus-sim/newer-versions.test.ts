import { describe, expect, test } from 'vitest';
import { compareCollections, flushCollection } from '../../src/index.js';
import { copyAsBackup, groupFolders, idOf, openSim, post, runJob } from './harness.js';
import { ask, codesOf, contractRows, createContractCollection } from './raw.js';

const at = { collection_name: 'source' };

/** Two hundred rows, flushed, and twenty deletes in a flush of their own. */
async function openFilled(version: string) {
  const opened = await openSim(version);
  const { client, store } = opened;
  for (const name of ['source', 'target']) await createContractCollection(client, name);
  await client.insert({ ...at, data: contractRows(0, 200) });
  await flushCollection(client, { collection: 'source' });
  await client.delete({ ...at, filter: `id in [${contractRows(0, 20).map(({ id }) => id)}]` });
  await flushCollection(client, { collection: 'source' });
  const keys = await copyAsBackup(store, await idOf(client, 'source'));
  return { ...opened, inserts: groupFolders(keys, 'insert_log'), deltas: groupFolders(keys, 'delta_log') };
}

describe('from 2.4 on', () => {
  test('deletes become L0 segments of the whole collection, flushes tell positions', async () => {
    const { client, deltas } = await openFilled('2.4.23');
    const { infos } = await ask(client, 'GetPersistentSegmentInfo', { collectionName: 'source' });
    const levels = (infos as { level: string; partitionID: string }[]).map(
      (one) => `${one.level} ${one.partitionID === '-1'}`,
    );
    expect(new Set(levels)).toEqual(new Set(['L1 false', 'L0 true']));
    expect(deltas.length).toBeGreaterThan(0);
    expect(deltas.every((folder) => folder.includes('/-1/'))).toBe(true);
    const { channel_cps } = await ask(client, 'Flush', { collection_names: ['source'] });
    const { virtual_channel_names } = await ask(client, 'DescribeCollection', at);
    expect(Object.keys(channel_cps as object).sort()).toEqual(
      [...(virtual_channel_names as string[])].sort(),
    );
  });

  test('REST imports segments, then L0, and the rows are equal', async () => {
    const { sim, client, inserts, deltas } = await openFilled('2.4.23');
    const options = { skip_disk_quota_check: 'true' };
    const files = inserts.map((folder) => [folder]);
    const data = { dbName: 'default', collectionName: 'target', partitionName: '_default', files };
    expect(await runJob(sim, { ...data, options: { ...options, backup: 'true' } })).toMatchObject({
      state: 'Completed',
      progress: 100,
      importedRows: 200,
    });
    for (const folder of deltas) {
      const l0 = { collectionName: 'target', files: [[folder]], options: { ...options, l0_import: 'true' } };
      expect(await runJob(sim, l0)).toMatchObject({ state: 'Completed' });
    }
    const result = await compareCollections(client, { collection: 'source' }, client, {
      collection: 'target',
    });
    expect(result).toMatchObject({ equal: true, targetRows: 180 });
    expect(sim.calls.filter(({ kind }) => kind === 'rest').map(({ method }) => method)).toContain(
      '/v2/vectordb/jobs/import/create',
    );
  });

  test('end_ts leaves out what came later', async () => {
    const { sim, client } = await openSim('2.5.20');
    for (const name of ['source', 'target']) await createContractCollection(client, name);
    await client.insert({ ...at, data: contractRows(0, 10) });
    const { timestamp } = await ask(client, 'AllocTimestamp', {});
    await client.insert({ ...at, data: contractRows(10, 15) });
    await flushCollection(client, { collection: 'source' });
    const id = await idOf(client, 'source');
    const { partitionIDs } = await ask(client, 'ShowPartitions', at);
    const files = [[`files/insert_log/${id}/${(partitionIDs as string[])[0]}/`]];
    const job = { collectionName: 'target', files, options: { backup: 'true', end_ts: String(timestamp) } };
    expect(await runJob(sim, job)).toMatchObject({ importedRows: 10 });
    const milliseconds = { ...job, options: { backup: 'true', end_ts: '1700000000000' } };
    expect(await runJob(sim, milliseconds)).toMatchObject({ state: 'Failed', reason: /no hybrid timestamp/ });
  });

  test('many L0 folders fit into one job from 2.6.5 on', async () => {
    for (const [version, state] of [
      ['2.6.4', 'Failed'],
      ['2.6.5', 'Completed'],
    ] as const) {
      const { sim, deltas } = await openFilled(version);
      expect(deltas.length).toBeGreaterThan(1);
      const files = deltas.map((folder) => [folder]);
      expect(
        (await runJob(sim, { collectionName: 'target', files, options: { l0_import: 'true' } })).state,
      ).toBe(state);
    }
  });
});

test('REST tells the logs of a segment from 2.5.8 on, with all digits', async () => {
  const { sim, client, store } = await openFilled('2.5.8');
  const id = await idOf(client, 'source');
  const { infos } = await ask(client, 'GetPersistentSegmentInfo', { collectionName: 'source' });
  const segment = (infos as { segmentID: string; level: string; partitionID: string }[]).find(
    (one) => one.level === 'L1',
  );
  const response = await fetch(`http://127.0.0.1:${sim.port}/v2/vectordb/segments/describe`, {
    method: 'POST',
    body: `{"dbName":"default","collectionId":${id},"segmentIds":[${segment?.segmentID}]}`,
  });
  const text = await response.text();
  expect(text).toContain(`"segmentID":${segment?.segmentID},`);
  const keys = await store.list(`files/insert_log/${id}/${segment?.partitionID}/${segment?.segmentID}/`);
  expect(keys.length).toBeGreaterThan(5);
  for (const key of keys) expect(text).toContain(key.split('/').at(-1));
  expect(text).toMatch(/"vChannel":"by-dev-rootcoord-dml_\d+_\d+v[01]"/);
  const older = await openSim('2.5.7');
  expect((await post(older.sim, 'segments/describe', {})).status).toBe(404);
});

test('from 2.6 on segments are of storage version 2, which an import must name', async () => {
  const { sim, client, store, inserts } = await openFilled('2.6.11');
  const fields = (await store.list(inserts[0] ?? '')).map((key) => key.split('/').at(-2));
  expect(fields.sort()).toEqual(['0', '104']);
  const data = { collectionName: 'target', files: inserts.map((folder) => [folder]) };
  const failed = await runJob(sim, { ...data, options: { backup: 'true' } });
  expect(failed).toMatchObject({ state: 'Failed', reason: expect.stringContaining('storage version') });
  const done = await runJob(sim, { ...data, options: { backup: 'true', storage_version: '2' } });
  expect(done).toMatchObject({ state: 'Completed', importedRows: 200 });
  expect(await codesOf(client, 'Query', { collection_name: 'target', expr: '' })).toMatchObject({
    code: 101,
  });
});

test('a flush of everything tells the channels from 2.6.11 on', async () => {
  const { client } = await openFilled('2.6.11');
  const answer = await ask(client, 'FlushAll', {});
  const messages = answer.flush_all_msgs as Record<string, { properties: Record<string, string> }>;
  expect(answer.cluster_info).toMatchObject({ cchannel: expect.stringMatching(/_vcchan$/) });
  expect(Object.keys(messages)).toEqual((answer.cluster_info as { pchannels: string[] }).pchannels);
  for (const { properties } of Object.values(messages)) expect(properties._tt).toMatch(/^[0-9a-z]+$/);
  const older = await openSim('2.6.10');
  expect((await ask(older.client, 'FlushAll', {})).flush_all_msgs).toEqual({});
});

test('tells the position of the replication channel in 2.5 alone', async () => {
  const answers = await Promise.all(
    ['2.4.23', '2.5.20', '2.6.0'].map(async (version) => {
      const { client } = await openSim(version);
      return (await ask(client, 'ReplicateMessage', { channel_name: 'by-dev-replicate-msg' })).position;
    }),
  );
  expect(answers).toEqual([undefined, expect.stringMatching(/^[\w+/=]+$/), undefined]);
});

test('a server without databases knows neither them nor Connect', async () => {
  const { client } = await openSim('2.2.8');
  expect(await ask(client, 'ListDatabases', {})).toEqual({});
  expect(await ask(client, 'Connect', {})).toEqual({});
  expect(await codesOf(client, 'DescribeCollection', { collection_name: 'nobody' })).toEqual({
    code: 0,
    error_code: 'CollectionNotExists',
  });
});
