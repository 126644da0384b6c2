import { describe, expect, test } from 'vitest';
import { manifestKey } from '../../src/backup/commit-backup.js';
import type { StorageDriver } from '../../src/driver/driver.js';
import { BackupError } from '../../src/errors/index.js';
import { type ManifestItem, openManifest } from '../../src/manifest/index.js';
import { runKey } from '../../src/task/record-keys.js';
import { thrownBy } from '../driver/thrown-by.js';
import { makeServiceBench, type ServiceBench } from './bench.js';
import { dieAfter } from './die-after.js';

async function manifestOf(bench: ServiceBench): Promise<ManifestItem[]> {
  const items = await openManifest(bench.driver('backups'), manifestKey('backup', 'b'));
  const found: ManifestItem[] = [];
  for await (const item of items ?? []) found.push(item);
  return found;
}

async function twoCollections(): Promise<ServiceBench> {
  const bench = await makeServiceBench();
  await bench.milvus.add('books', 30, 12, 7);
  await bench.milvus.add('films', 5);
  return bench;
}

/** Counts what passes from store to store. */
function countCopies(into: string[]): (driver: StorageDriver) => void {
  return (driver) => {
    const copy = driver.copyFrom.bind(driver);
    driver.copyFrom = async (source, sourceKey, ...rest) => {
      into.push(sourceKey);
      return await copy(source, sourceKey, ...rest);
    };
  };
}

describe('a create that died at any of its calls', () => {
  test('leaves no lie, and the same command finishes it', async () => {
    const whole = await twoCollections();
    await whole.open().create({ name: 'b' });
    const keys = await whole.keys('backups');
    const objects = (await manifestOf(whole)).filter((item) => item.type === 'object').length;
    expect(objects).toBe(8 + 5);
    let died = 0;
    for (let calls = 0; ; calls++) {
      const bench = await twoCollections();
      const death = dieAfter(calls);
      const first = bench.open(7, undefined, death.driver);
      const ended = await first.create({ name: 'b' }).then(
        () => 'done',
        (error: unknown) => error,
      );
      bench.host.alive.delete(7);
      const later = bench.open(8);
      const exists = (await bench.keys('backups')) !== null;
      const listed = exists ? (await later.list()).map((one) => one.name) : [];
      if (listed.length > 0) {
        expect((await later.get({ name: 'b' })).meta.collection_backups).toHaveLength(2);
      } else {
        expect(ended, `after ${calls} calls`).toBeInstanceOf(BackupError);
        died += 1;
        expect((await later.create({ name: 'b' })).state).toBe('success');
      }
      expect((await bench.keys('backups'))?.filter(ofBackup), `after ${calls} calls`).toEqual(keys);
      expect(await manifestOf(bench)).toHaveLength((await manifestOf(whole)).length);
      if (death.used() <= calls) break;
    }
    expect(died).toBeGreaterThan(20);
  });
});

/** Not the record and the journal of a run that died after its commit. */
const ofBackup = (key: string): boolean => key !== runKey('backup', 'b') && !key.includes('/journal/');

describe('going on', () => {
  test('copies only what was not copied, noted and unchanged', async () => {
    const bench = await twoCollections();
    const { gateway } = bench.milvus;
    const failing = {
      ...gateway,
      // The second collection cannot be read, the first is copied by then.
      listSegments: async (...args: Parameters<typeof gateway.listSegments>) => {
        if (args[0].collection !== 'films') return await gateway.listSegments(...args);
        await expect
          .poll(async () => (await bench.keys('backups'))?.some((key) => key.includes('/journal/')))
          .toBe(true);
        throw new BackupError({ code: 'MILVUS_UNREACHABLE', message: 'gone' });
      },
    };
    await thrownBy(() => bench.open(7, failing).create({ name: 'b' }));
    const copied: string[] = [];
    await bench.open(8, undefined, countCopies(copied)).create({ name: 'b' });
    expect(copied).toHaveLength(2);
    expect((await manifestOf(bench)).filter((item) => item.type === 'segment')).toHaveLength(4);
  });

  test('copies again what was tampered with in between', async () => {
    const bench = await twoCollections();
    const { gateway } = bench.milvus;
    const failing = { ...gateway, serverInfo: gateway.serverInfo, backupRbac: gateway.backupRbac };
    const dying = bench.open(7, failing, (driver) => {
      const put = driver.put.bind(driver);
      driver.put = async (key, ...rest) => {
        if (key.endsWith('manifest.ndjson')) throw new BackupError({ code: 'STORAGE_FULL', message: 'full' });
        return await put(key, ...rest);
      };
    });
    await thrownBy(() => dying.create({ name: 'b' }));
    const target = (await bench.keys('backups'))?.find((key) => key.includes('/insert_log/')) ?? '';
    const size = (await bench.driver('backups').head(target))?.size ?? 0;
    await bench.driver('backups').put(target, new Uint8Array(size).fill(9));
    const copied: string[] = [];
    await bench.open(8, undefined, countCopies(copied)).create({ name: 'b' });
    expect(copied).toHaveLength(1);
  });

  test('removes what was compacted away or is not asked for any more', async () => {
    const bench = await twoCollections();
    const dying = bench.open(7, undefined, (driver) => {
      const put = driver.put.bind(driver);
      driver.put = async (key, ...rest) => {
        if (key.endsWith('manifest.ndjson')) throw new BackupError({ code: 'STORAGE_FULL', message: 'full' });
        return await put(key, ...rest);
      };
    });
    await thrownBy(() => dying.create({ name: 'b' }));
    const books = bench.milvus.collections.get('books');
    const [gone] = [...(books?.segments.keys() ?? [])];
    books?.segments.delete(gone ?? 0n);
    bench.milvus.collections.delete('films');
    await bench.open(8).create({ name: 'b' });
    const logs = (await bench.keys('backups'))?.filter((key) => key.includes('/insert_log/'));
    expect(logs).toHaveLength(4);
    expect(logs?.some((key) => key.includes(`/${gone}/`))).toBe(false);
  });

  test('is not done with --no-resume', async () => {
    const bench = await twoCollections();
    const death = dieAfter(20);
    await thrownBy(() => bench.open(7, undefined, death.driver).create({ name: 'b' }));
    bench.host.alive.delete(7);
    const copied: string[] = [];
    await bench.open(8, undefined, countCopies(copied)).create({ name: 'b', resume: false });
    expect(copied).toHaveLength(8);
  });
});

describe('a collection that does not stay', () => {
  /** Drops, or drops and makes again, the first collection before the flush, or once it was waited for. */
  async function vanishing(how: 'dropped' | 'made anew', when: 'before' | 'after' = 'after') {
    const bench = await twoCollections();
    const { gateway, collections } = bench.milvus;
    let done = false;
    const change = async (): Promise<void> => {
      if (done) return;
      done = true;
      collections.delete('books');
      if (how === 'made anew') await bench.milvus.add('books', 3);
    };
    const milvus = {
      ...gateway,
      flush: async (...args: Parameters<typeof gateway.flush>) => {
        if (when === 'after' || done) return await gateway.flush(...args);
        await change();
        throw new BackupError({ code: 'COLLECTION_NOT_FOUND', message: 'collection not found' });
      },
      isFlushed: async () => {
        if (when === 'after') await change();
        return true;
      },
    };
    return { bench, service: bench.open(7, milvus) };
  }

  test.each([
    ['dropped', 'fail', 'COLLECTION_NOT_FOUND'],
    ['dropped', 'retry', 'COLLECTION_NOT_FOUND'],
    ['made anew', 'fail', 'SOURCE_INCOMPLETE'],
    ['dropped', 'fail', 'COLLECTION_NOT_FOUND', 'before'],
    ['made anew', 'fail', 'COLLECTION_NOT_FOUND', 'before'],
  ] as const)('%s ends the run with %s', async (how, onMissing, code, when?: 'before') => {
    const { service } = await vanishing(how, when);
    expect((await thrownBy(() => service.create({ name: 'b', onMissing }))).code).toBe(code);
    expect(await service.list()).toEqual([]);
  });

  test.each([
    ['dropped', 'skip', 'gone'],
    ['made anew', 'skip', 'skipped'],
    ['dropped', 'skip', 'gone', 'before'],
    ['made anew', 'skip', 'skipped', 'before'],
  ] as const)('%s is left out with %s', async (how, onMissing, outcome, when?: 'before') => {
    const { service } = await vanishing(how, when);
    const view = await service.create({ name: 'b', onMissing });
    expect(view.state).toBe('partial');
    expect(view.collections.map((one) => [one.collection, one.outcome])).toEqual([
      ['books', outcome],
      ['films', 'done'],
    ]);
    const { meta } = await service.get({ name: 'b' });
    expect(meta.collection_backups.map((one) => one.collection_name)).toEqual(['films']);
  });

  test.each(['before', 'after'] as const)('made anew is taken as it is now with retry (%s)', async (when) => {
    const { bench, service } = await vanishing('made anew', when);
    expect((await service.create({ name: 'b' })).state).toBe('success');
    const { meta } = await service.get({ name: 'b' });
    expect(meta.collection_backups.map((one) => one.collection_id)).toEqual(
      ['books', 'films'].map((name) => bench.milvus.collections.get(name)?.id),
    );
  });

  test('files that vanish under the copy are planned again', async () => {
    const bench = await twoCollections();
    const { gateway, collections } = bench.milvus;
    let asked = 0;
    const compacting = {
      ...gateway,
      listSegments: async (...args: Parameters<typeof gateway.listSegments>) => {
        const before = await gateway.listSegments(...args);
        if (args[0].collection !== 'books' || asked++ > 0) return before;
        // The answer is old when it arrives: compaction has put all rows into one new segment.
        const books = collections.get('books');
        for await (const entry of bench.data.list(`files/insert_log/${books?.id}/`)) {
          if (entry.type === 'object') await bench.data.delete([entry.key]);
        }
        const rows = [...(books?.segments.values() ?? [])].reduce((sum, one) => sum + one, 0);
        books?.segments.clear();
        await bench.milvus.flushInto('books', rows);
        return before;
      },
    };
    const view = await bench.open(7, compacting).create({ name: 'b', onMissing: 'fail' });
    expect(view).toMatchObject({ state: 'success', progress: { objectsDone: 4, objectsTotal: 4 } });
  });

  test('that fails ends the run, or is left out with keepGoing', async () => {
    const bench = await twoCollections();
    const { gateway } = bench.milvus;
    const broken = {
      ...gateway,
      listSegments: async (...args: Parameters<typeof gateway.listSegments>) => {
        if (args[0].collection === 'books')
          throw new BackupError({ code: 'MILVUS_ERROR', message: 'broken' });
        return await gateway.listSegments(...args);
      },
    };
    const service = bench.open(7, broken);
    expect((await thrownBy(() => service.create({ name: 'b' }))).code).toBe('MILVUS_ERROR');
    const view = await service.create({ name: 'b', keepGoing: true });
    expect([view.state, view.collections[0]]).toMatchObject([
      'partial',
      { outcome: 'failed', error: 'broken' },
    ]);
  });
});
