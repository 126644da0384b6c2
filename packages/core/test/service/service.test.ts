import { describe, expect, test } from 'vitest';
import { BackupError } from '../../src/errors/index.js';
import { parseFilter } from '../../src/filter/index.js';
import { toRecord } from '../../src/task/record.js';
import { runKey } from '../../src/task/record-keys.js';
import { encodeRecord } from '../../src/task/record-store.js';
import { thrownBy } from '../driver/thrown-by.js';
import { makeView } from '../task/runs-of.js';
import { settleFast } from '../task/settle.js';
import { makeServiceBench } from './bench.js';

/** All of core, from a request to the objects in the stores; the same against real servers is in e2e. */
describe('create, restore and delete', () => {
  test.each(['backups', 'a-bucket'])('with backups in bucket %s', async (bucket) => {
    const bench = await makeServiceBench(bucket);
    await bench.milvus.add('books', 30, 12);
    await bench.milvus.add('empty');
    const service = bench.open();
    expect(await service.create({ name: 'b' })).toMatchObject({
      state: 'success',
      progress: { percent: 100, objectsDone: 4, objectsTotal: 4, bytesDone: 84, collectionsDone: 2 },
      collections: [
        { collection: 'books', rows: 42 },
        { collection: 'empty', rows: 0 },
      ],
    });
    expect(await service.list()).toEqual([{ id: 'id-1', name: 'b', size: 84, milvusVersion: 'v2.3.5' }]);
    expect((await service.get({ id: 'id-1' })).meta.name).toBe('b');

    const restored = await settleFast(() => service.restore({ name: 'b', suffix: '_new' }));
    expect(restored.collections.map((one) => [one.collection, one.state, one.rows])).toEqual([
      ['books_new', 'success', 42],
      ['empty_new', 'success', 0],
    ]);
    expect((await bench.keys('a-bucket'))?.filter((key) => key.startsWith('restore-temp-'))).toEqual([]);
    expect(await service.findRestore(restored.id)).toMatchObject({ state: 'success' });
    expect(await bench.open(8).findRestore(restored.id)).toMatchObject({ state: 'success' });

    await service.delete('b');
    expect(await service.list()).toEqual([]);
    expect((await bench.keys(bucket))?.filter((key) => key.startsWith('backup/'))).toEqual([]);
    expect(await service.findCreate({ name: 'b' })).toBeNull();
    await service.create({ name: 'b' });
    await service.close();
  });

  test('a restore that lost rows is told as such, whatever Milvus said', async () => {
    const bench = await makeServiceBench();
    await bench.milvus.add('books', 30);
    const service = bench.open();
    await service.create({ name: 'b' });
    const { gateway } = bench.milvus;
    const losing = bench.open(8, {
      ...gateway,
      importState: async (...args) => ({ ...(await gateway.importState(...args)), rows: 29 }),
    });
    const error = await settleFast(() => thrownBy(() => losing.restore({ name: 'b', suffix: '_new' })));
    expect(error.code).toBe('PROOF_FAILED');
    expect(error.message).toMatch(/has 29 rows, the backup holds 30/);
    expect((await bench.keys('a-bucket'))?.filter((key) => key.startsWith('restore-temp-'))).toEqual([]);
  });

  test('a hole in one collection keeps all of them from being touched', async () => {
    const bench = await makeServiceBench();
    for (const name of ['one', 'two', 'three']) await bench.milvus.add(name, 5);
    const service = bench.open();
    await service.create({ name: 'b' });
    const hole = (await bench.keys('backups'))?.findLast((key) => key.includes('/insert_log/'));
    await bench.driver('backups').delete([hole ?? '']);
    const error = await thrownBy(() => service.restore({ name: 'b', dropExistCollection: true }));
    expect(error.code).toBe('VERIFY_FAILED');
    expect([...bench.milvus.collections.values()].map((one) => [...one.segments.values()])).toEqual([
      [5],
      [5],
      [5],
    ]);
    await settleFast(() => service.restore({ name: 'b', suffix: '_x', sourceFilter: parseFilter('one') }));
    const all = { name: 'b', suffix: '_y', metaOnly: true } as const;
    await service.restore(all);
    expect(bench.milvus.collections.has('two_y')).toBe(true);
  });

  test('a backup store that may only be read is enough for a restore', async () => {
    const bench = await makeServiceBench();
    await bench.milvus.add('books', 3);
    await bench.open().create({ name: 'b' });
    const denied = new BackupError({ code: 'STORAGE_AUTH', message: 'read only' });
    const service = bench.open(8, undefined, (driver) => {
      driver.put = () => Promise.reject(denied);
      driver.delete = () => Promise.reject(denied);
    });
    await settleFast(() => service.restore({ name: 'b', suffix: '_new' }));
    expect(bench.milvus.collections.get('books_new')?.imported).toBe(3);
  });
});

describe('what is refused', () => {
  test('before Milvus has answered, no bucket is made', async () => {
    const bench = await makeServiceBench();
    const failure = new BackupError({ code: 'MILVUS_UNREACHABLE', message: 'no' });
    const listDatabases = () => Promise.reject(failure);
    const service = bench.open(7, { ...bench.milvus.gateway, listDatabases });
    expect(await thrownBy(() => service.create({ name: 'b' }))).toBe(failure);
    expect(await bench.keys('backups')).toBeNull();
    expect((await thrownBy(() => service.list())).code).toBe('BUCKET_NOT_FOUND');
  });

  test('two runs of one name in one process, and in two', async () => {
    const bench = await makeServiceBench();
    await bench.milvus.add('books', 3);
    const service = bench.open();
    let proceed = (): void => {};
    const waiting = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    const { gateway } = bench.milvus;
    const slow = {
      ...gateway,
      isFlushed: async () => {
        await waiting;
        return true;
      },
    };
    const first = bench.open(7, slow);
    const run = await first.startCreate({ name: 'b', id: 'first' });
    expect((await thrownBy(() => first.startCreate({ name: 'b' }))).code).toMatch(
      /TASK_EXISTS|BACKUP_IN_PROGRESS/,
    );
    await expect.poll(() => bench.keys('backups')).toEqual([runKey('backup', 'b')]);
    const error = await thrownBy(() => bench.open(8).create({ name: 'b' }));
    expect(error).toMatchObject({ code: 'BACKUP_IN_PROGRESS', details: { pid: 7, run: 'first' } });
    expect((await thrownBy(() => bench.open(8).delete('b'))).code).toBe('BACKUP_IN_PROGRESS');
    expect(await bench.open(8).findCreate({ name: 'b' })).toMatchObject({ state: 'executing', id: 'first' });
    proceed();
    expect((await run.done()).state).toBe('success');
    expect(await bench.keys('backups')).not.toContain(runKey('backup', 'b'));
    await service.close();
  });

  test.each(['../x', 'a/b', 'x y', 'a..b'])('the id %j of a restore', async (id) => {
    const bench = await makeServiceBench();
    await bench.milvus.add('books', 3);
    const service = bench.open();
    await service.create({ name: 'b' });
    expect((await thrownBy(() => service.startRestore({ name: 'b', id }))).code).toBe('INVALID_ARGUMENT');
  });
});

describe('after an interruption', () => {
  test('a cancelled create tells so, and can be run again', async () => {
    const bench = await makeServiceBench();
    await bench.milvus.add('books', 3);
    const stop = new AbortController();
    const service = bench.open();
    const options = { signal: stop.signal, onProgress: () => stop.abort() };
    expect((await thrownBy(() => service.create({ name: 'b' }, options))).code).toBe('CANCELLED');
    await service.create({ name: 'b' });
    expect(await service.list()).toHaveLength(1);
  });

  test('a run whose name was taken away writes no metadata', async () => {
    const bench = await makeServiceBench();
    await bench.milvus.add('books', 3);
    const thief = bench.host.process(9, 'thief');
    const stolen = encodeRecord(toRecord(makeView({ id: 'other' }), thief.owner, bench.host.time));
    const { gateway } = bench.milvus;
    const service = bench.open(7, {
      ...gateway,
      isFlushed: async () => {
        await bench.driver('backups').put(runKey('backup', 'b'), stolen);
        return true;
      },
    });
    expect((await thrownBy(() => service.create({ name: 'b' }))).code).toBe('BACKUP_IN_PROGRESS');
    const keys = await bench.keys('backups');
    expect(keys?.filter((key) => key.endsWith('_meta.json'))).toEqual([]);
    expect(keys).toContain(runKey('backup', 'b'));
  });

  test('a committed backup whose record could not be removed is a backup', async () => {
    const bench = await makeServiceBench();
    await bench.milvus.add('books', 3);
    const service = bench.open();
    await service.create({ name: 'b', id: 'mine' });
    const dead = toRecord(makeView({ id: 'mine' }), bench.host.process(7).owner, bench.host.time);
    await bench.driver('backups').put(runKey('backup', 'b'), encodeRecord(dead));
    bench.host.alive.delete(7);
    const later = bench.open(8);
    for (const by of [{ id: 'mine' }, { name: 'b' }]) expect(await later.findCreate(by)).toBeNull();
    expect((await later.list()).map((entry) => entry.name)).toEqual(['b']);
  });

  test('a damaged record hides no other run', async () => {
    const bench = await makeServiceBench();
    const backups = bench.driver('backups');
    await backups.createBucket();
    await backups.put(runKey('backup', 'a'), Buffer.from('{'));
    const left = toRecord(makeView({ id: 'wanted', backupName: 'b' }), bench.host.process(9).owner, 1);
    await backups.put(runKey('backup', 'b'), encodeRecord(left));
    bench.host.alive.delete(9);
    const service = bench.open();
    expect(await service.findCreate({ id: 'wanted' })).toMatchObject({ backupName: 'b', state: 'fail' });
    expect((await thrownBy(() => service.findCreate({ name: 'a' }))).code).toBe('META_UNREADABLE');
    await service.delete('a');
    expect(await service.findCreate({ name: 'a' })).toBeNull();
  });
});
