import { describe, expect, test } from 'vitest';
import { noteDrill, readDrillHistory } from '../../src/drill/history.js';
import { chooseSample, planDrill } from '../../src/drill/plan-drill.js';
import { drillRunKey, noteScratch, sweepScratch } from '../../src/drill/scratch.js';
import type { DrillResult } from '../../src/drill/types.js';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { silentLogger } from '../../src/log.js';
import { makeBackup, makeCollection, makeDatabase } from '../../src/meta/index.js';
import { planTargets } from '../../src/restore/plan-targets.js';
import { claim } from '../../src/task/claim.js';
import { TaskTracker } from '../../src/task/tracker.js';
import { makeGateway } from '../service/gateway.js';
import { makeHost } from '../task/runs-of.js';

const collections = ['a.one', 'b.one', '.two', 'b.three'].map((name, index) => {
  const [db_name = '', collection_name = ''] = name.split('.');
  return makeCollection({ collection_id: BigInt(index + 1), db_name, collection_name });
});

describe('what a drill restores', () => {
  test('is a number of collections, or a part of them, the same for one seed', () => {
    expect(chooseSample(collections, undefined, 'x')).toEqual(collections);
    expect(chooseSample(collections, '2', 'x')).toHaveLength(2);
    expect(chooseSample(collections, '9', 'x')).toHaveLength(4);
    expect(chooseSample(collections, '1%', 'x')).toHaveLength(1);
    expect(chooseSample(collections, '50%', 'x')).toEqual(chooseSample(collections, '50%', 'x'));
    const firsts = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(
      (seed) => chooseSample(collections, '1', seed)[0],
    );
    expect(new Set(firsts).size).toBeGreaterThan(1);
    for (const wrong of ['0', '0%', '-1', 'x', '1.5', '']) {
      expect(() => chooseSample(collections, wrong, 'x')).toThrow(/names no part/);
    }
  });

  test('goes into the scratch database alone, under names that do not meet', () => {
    const database_backups = ['default', 'a', 'b', 'c'].map((db_name) => makeDatabase({ db_name }));
    const meta = makeBackup({ name: 'b', collection_backups: collections, database_backups });
    const plan = planTargets(meta, { name: 'b', ...planDrill(collections, 'scratch') });
    expect(plan.databases).toEqual(['scratch']);
    expect(plan.targets).toHaveLength(4);
    expect(new Set(plan.targets.map(({ at }) => at.database))).toEqual(new Set(['scratch']));
    expect(new Set(plan.targets.map(({ at }) => at.collection)).size).toBe(4);
    const some = planTargets(meta, { name: 'b', ...planDrill(collections.slice(0, 1), 'scratch') });
    expect(some).toMatchObject({ databases: ['scratch'], targets: [{ source: collections[0] }] });
  });
});

test('the last drill and the last good one are remembered', async () => {
  const driver = createMemoryDriver();
  const result: DrillResult = {
    id: 'one',
    at: 1,
    proven: true,
    collections: 1,
    collectionsTotal: 2,
    rows: 3,
    milvusVersion: 'v2.3.5',
    error: '',
  };
  expect(await readDrillHistory(driver, 'r', 'b')).toBeNull();
  await noteDrill(driver, 'r', 'b', result);
  const failed = { ...result, id: 'two', at: 2, proven: false, error: 'lacks rows' };
  await noteDrill(driver, 'r', 'b', failed);
  expect(await readDrillHistory(driver, 'r', 'b')).toMatchObject({ last: failed, lastProven: result });
  for (const damaged of ['{', '{}', 'x'.repeat(70_000)]) {
    await driver.put('r/b/meta/ts/drill.json', Buffer.from(damaged));
    expect(await readDrillHistory(driver, 'r', 'b')).toBeNull();
  }
});

const dead = 'drill_20260102_030405_0badcafe';

test('only scratch databases of dead drills in this Milvus are dropped, with what they have staged', async () => {
  const driver = createMemoryDriver();
  const bucket = createMemoryDriver();
  for (const key of ['drill-1-dead-x/a', 'drill-10-dead-x/a', 'other/a'])
    await bucket.put(`restore-temp-${key}`, Buffer.from('x'));
  for (const key of ['restore/drill-1.json', 'restore-journal/drill-1/a'])
    await driver.put(`r/b1/meta/ts/${key}`, Buffer.from('x'));
  const host = makeHost();
  const databases = new Map([
    ['default', ['books']],
    [dead, ['x', 'y']],
    ['chosen', ['u']],
    ['live', ['z']],
    ['elsewhere', ['w']],
    ['drill_of_a_user', ['v']],
  ]);
  const milvus = makeGateway({
    listDatabases: async () => [...databases.keys()],
    listCollections: async (database) => databases.get(database) ?? [],
    async dropCollection({ database, collection }) {
      databases.set(
        database,
        (databases.get(database) ?? []).filter((one) => one !== collection),
      );
    },
    async dropDatabase(name) {
      expect(databases.get(name)).toEqual([]);
      databases.delete(name);
    },
  });
  await noteScratch(driver, 'r', 'b1', { database: dead, milvus: 'm:1', restore: 'drill-1' });
  await noteScratch(driver, 'r', 'b5', { database: 'chosen', milvus: 'm:1', restore: 'drill-10' });
  await noteScratch(driver, 'r', 'b2', { database: 'live', milvus: 'm:1' });
  await noteScratch(driver, 'r', 'b3', { database: 'elsewhere', milvus: 'm:2' });
  await driver.put('r/b4/meta/ts/drill-scratch.json', Buffer.from('{"database":"default"}'));
  const tracker = new TaskTracker({ id: 'd', kind: 'drill', backupName: 'b2', now: () => 1 });
  tracker.begin('drilling');
  const other = host.process(8);
  await claim(driver, drillRunKey('r', 'b2'), tracker.view(), other);
  const sweep = {
    driver,
    root: 'r',
    milvus,
    address: 'm:1',
    identity: host.process(7),
    held: 'b1',
    bucket,
    into: undefined,
    logger: silentLogger,
    signal: new AbortController().signal,
  };
  expect(await sweepScratch(sweep)).toEqual([dead]);
  expect([...databases.keys()]).toEqual(['default', 'chosen', 'live', 'elsewhere', 'drill_of_a_user']);
  const keysOf = async (store: StorageDriver): Promise<string[]> => {
    const keys: string[] = [];
    for await (const entry of store.list('')) if (entry.type === 'object') keys.push(entry.key);
    return keys;
  };
  expect(await keysOf(bucket)).toEqual(['restore-temp-drill-10-dead-x/a', 'restore-temp-other/a']);
  expect((await keysOf(driver)).filter((key) => key.startsWith('r/b1/'))).toEqual([]);
  expect(await sweepScratch(sweep)).toEqual([]);
  // Whoever can write to the store can note any name: it takes the user's own word.
  expect(await sweepScratch({ ...sweep, into: 'chosen' })).toEqual(['chosen']);
  await noteScratch(driver, 'r', 'b1', { database: 'default', milvus: 'm:1' });
  expect(await sweepScratch({ ...sweep, into: 'default' })).toEqual([]);
});
