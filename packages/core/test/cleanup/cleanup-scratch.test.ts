import { describe, expect, test } from 'vitest';
import { drillRunKey, noteScratch } from '../../src/drill/scratch.js';
import { writeBackupMeta } from '../../src/meta/index.js';
import { toRecord } from '../../src/task/record.js';
import { encodeRecord } from '../../src/task/record-store.js';
import { planBackup } from '../restore/backups.js';
import { makeGateway } from '../service/gateway.js';
import { makeView } from '../task/runs-of.js';
import { keysOf, startCleanBench } from './clean-bench.js';

/** A Milvus with these databases, and a backup whose drill has noted one of them. */
async function withScratch(noted: { readonly database: string; readonly milvus: string }) {
  const bench = startCleanBench();
  const databases = new Map([
    ['default', ['books']],
    ['drill_20260102_030405_0badcafe', ['x', 'y']],
  ]);
  const gateway = makeGateway({
    listDatabases: async () => [...databases.keys()],
    listCollections: async (database) => databases.get(database) ?? [],
    async dropCollection({ database, collection }) {
      databases.set(
        database,
        (databases.get(database) ?? []).filter((one) => one !== collection),
      );
    },
    dropDatabase: async (name) => void databases.delete(name),
  });
  await writeBackupMeta(bench.backups, 'backup', 'b', { ...planBackup([], []), name: 'b' });
  await noteScratch(bench.backups, 'backup', 'b', noted);
  const reached = { gateway: { address: 'm:1', open: () => gateway } };
  return { ...bench, databases, sweep: (apply: boolean) => bench.clean({ apply }, {}, reached) };
}

describe('cleanup of what drills have left', () => {
  test('the database of a drill that died goes, with its note', async () => {
    const { leave, die, sweep, databases, backups } = await withScratch({
      database: 'drill_20260102_030405_0badcafe',
      milvus: 'm:1',
    });
    await leave('b', { id: 'd', kind: 'drill' }, drillRunKey('backup', 'b'));
    expect((await sweep(true)).items).toEqual([]);
    die();
    expect((await sweep(false)).items).toMatchObject([
      {
        kind: 'scratch',
        store: 'milvus',
        path: 'drill_20260102_030405_0badcafe',
        backup: 'b',
        objects: 2,
        outcome: 'found',
      },
    ]);
    expect(databases.has('drill_20260102_030405_0badcafe')).toBe(true);
    expect((await sweep(true)).items).toMatchObject([{ kind: 'scratch', outcome: 'removed' }]);
    expect([...databases.keys()]).toEqual(['default']);
    expect((await keysOf(backups)).filter((key) => key.includes('drill'))).toEqual([]);
    expect((await sweep(true)).items).toEqual([]);
  });

  test('a drill that begins between the look and the removal keeps its database', async () => {
    const { sweep, databases, backups, host } = await withScratch({
      database: 'drill_20260102_030405_0badcafe',
      milvus: 'm:1',
    });
    const head = backups.head.bind(backups);
    backups.head = async (key, options) => {
      if (key === drillRunKey('backup', 'b')) {
        const record = toRecord(makeView({ id: 'new', kind: 'drill' }), host.process(9).owner, host.time);
        await backups.put(key, encodeRecord(record));
      }
      return head(key, options);
    };
    expect((await sweep(true)).items).toMatchObject([{ kind: 'scratch', outcome: 'changed' }]);
    expect(databases.has('drill_20260102_030405_0badcafe')).toBe(true);
  });

  test('a database whose name no drill has made up is only told of', async () => {
    const { sweep, databases } = await withScratch({ database: 'production', milvus: 'm:1' });
    databases.set('production', ['orders']);
    const { items, notes } = await sweep(true);
    expect(items).toEqual([]);
    expect(notes).toContainEqual(expect.stringContaining('production'));
    expect(databases.get('production')).toEqual(['orders']);
  });

  test('a database in another Milvus is only told of', async () => {
    const { sweep } = await withScratch({ database: 'drill_20260102_030405_0badcafe', milvus: 'far:1' });
    const { items, notes } = await sweep(true);
    expect(items).toEqual([]);
    expect(notes).toContainEqual(
      expect.stringContaining('drill_20260102_030405_0badcafe in the Milvus at far:1'),
    );
  });
});
