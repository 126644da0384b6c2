import { describe, expect, test } from 'vitest';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { BackupError } from '../../src/errors/index.js';
import { listBackups } from '../../src/inspect/list-backups.js';
import { silentLogger } from '../../src/log.js';
import { describeFile, encodeManifest, type ManifestItem, openManifest } from '../../src/manifest/index.js';
import { encodeMetaFile } from '../../src/meta/index.js';
import { verifyBackup } from '../../src/verify/verify-backup.js';
import { thrownBy } from '../driver/thrown-by.js';
import { type CopyBench, makeCopyBench, meta } from './bench.js';

const source = 'backup/b/';
const target = 'deep/copies/b/';
const request = { name: 'b', to: 'offsite' } as const;

const listed = async ({ far }: CopyBench): Promise<string[]> =>
  (await listBackups(far, 'deep/copies', silentLogger)).map((entry) => entry.name);

/** Everything that lies in a store, our own files too. */
const keysOf = async (driver: CopyBench['far']): Promise<string[]> => {
  const keys: string[] = [];
  for await (const entry of driver.list('')) if (entry.type === 'object') keys.push(entry.key);
  return keys;
};

/** As a backup writes it. */
async function writeManifest({ near, content }: CopyBench, more?: string): Promise<void> {
  const items: ManifestItem[] = [];
  for (const [key, text] of await content(near, source)) {
    if (key === 'meta/channel_cp_meta.json') continue;
    const bytes = Buffer.from(text);
    items.push({ ...describeFile(key, bytes), etag: 'of-the-near-store', from: { key } });
  }
  if (more) items.push({ ...describeFile(more, Buffer.from('x')) });
  const segments = meta.collection_backups.flatMap((one) => [
    ...one.partition_backups.flatMap((partition) => partition.segment_backups),
    ...one.l0_segments,
  ]);
  for (const one of segments) {
    items.push({
      type: 'segment',
      collection: String(one.collection_id),
      partition: String(one.partition_id),
      segment: String(one.segment_id),
      rows: one.num_of_rows,
    });
  }
  await near.put(`${source}meta/ts/manifest.ndjson`, encodeManifest(meta.id, items));
}

describe('a copy to another store', () => {
  test('holds every byte of the backup, and nothing that tells of runs at the source', async () => {
    const bench = await makeCopyBench();
    const view = await bench.open().copy(request);
    const wanted = await bench.content(bench.near, source);
    expect(await bench.content(bench.far, target)).toEqual(wanted);
    expect(wanted.size).toBe(12);
    expect(view).toMatchObject({
      kind: 'copy',
      backupName: 'b',
      state: 'success',
      progress: { percent: 100, objectsDone: 12, objectsTotal: 12 },
      copy: { from: 'backup', to: 'offsite', sourceName: 'b', objectsCopied: 12, objectsKept: 0 },
    });
    expect(view.progress.bytesDone).toBe(view.progress.bytesTotal);
    expect((await keysOf(bench.far)).filter((key) => key.includes('/ts/'))).toEqual([
      `${target}meta/ts/run.json`,
    ]);
    expect(await listed(bench)).toEqual(['b']);
    expect(bench.puts.slice(-4).filter((key) => !key.includes('/ts/'))).toEqual([
      `${target}meta/full_meta.json`,
      `${target}meta/backup_meta.json`,
    ]);
  });

  test('goes into no bucket that is not there, unless it is to be made', async () => {
    const bench = await makeCopyBench();
    const missing = createMemoryDriver({ bucket: 'misspelt', createBucket: false });
    const open = () => bench.open({ far: missing });
    expect(await thrownBy(() => open().copy(request))).toMatchObject({
      code: 'BUCKET_NOT_FOUND',
      remedy: expect.stringContaining('--create_bucket'),
    });
    expect(await missing.bucketExists()).toBe(false);
    expect((await open().copy({ ...request, createBucket: true })).state).toBe('success');
    expect((await bench.content(missing, target)).size).toBe(12);
  });

  test('is found by its id, also by another process', async () => {
    const bench = await makeCopyBench();
    const handle = await bench.open().startCopy({ ...request, id: 'wanted' });
    await handle.done();
    for (const service of [bench.open(), bench.open()]) {
      expect(await service.findCopy('wanted')).toMatchObject({
        state: 'success',
        copy: { objectsCopied: 12 },
      });
      expect(await service.findCopy('unknown')).toBeNull();
    }
  });

  test('that is there already is told so, and nothing is written', async () => {
    const bench = await makeCopyBench();
    await bench.open().copy(request);
    const before = await keysOf(bench.far);
    const view = await bench.open().copy(request);
    expect(view.copy).toMatchObject({ objectsCopied: 0, objectsKept: 12 });
    expect(view.progress.step).toContain('nothing to do');
    expect(bench.puts.map((key) => key.replace(/probe-.*/, 'probe'))).toEqual([`${target}meta/ts/probe`]);
    expect(await keysOf(bench.far)).toEqual(before);
  });

  test('under another name differs in that name alone', async () => {
    const bench = await makeCopyBench();
    await bench.open().copy({ ...request, as: 'other' });
    const wanted = await bench.content(bench.near, source);
    for (const file of ['full_meta.json', 'backup_meta.json'] as const) {
      const text = Buffer.from(encodeMetaFile({ ...meta, name: 'other' }, file)).toString('utf8');
      wanted.set(`meta/${file}`, text);
    }
    expect(await bench.content(bench.far, 'deep/copies/other/')).toEqual(wanted);
    expect(await listed(bench)).toEqual(['other']);
    expect((await bench.open().copy({ ...request, as: 'other' })).copy?.objectsCopied).toBe(0);
  });

  test('takes along what tells of the backup and not of a run', async () => {
    const bench = await makeCopyBench();
    await bench.near.put(`${source}meta/ts/manifest.ndjson`, encodeManifest('id', []));
    await bench.near.put(`${source}meta/ts/extras.json`, Buffer.from('{}'));
    await bench.near.put(`${source}meta/ts/run.json.after-x`, Buffer.from('{}'));
    expect((await bench.open().copy(request)).copy?.objectsCopied).toBe(14);
    expect((await keysOf(bench.far)).filter((key) => key.includes('/ts/'))).toEqual([
      `${target}meta/ts/extras.json`,
      `${target}meta/ts/manifest.ndjson`,
      `${target}meta/ts/run.json`,
    ]);
    expect((await bench.open().copy(request)).copy?.objectsCopied).toBe(0);
  });

  test.each(['b', 'other'])('has a manifest that is true of it, named %s', async (as) => {
    const bench = await makeCopyBench();
    await writeManifest(bench);
    await bench.open().copy({ ...request, as });
    const verify = () =>
      verifyBackup({
        request: { name: as, level: 'read' },
        driver: bench.far,
        root: 'deep/copies',
        from: 'offsite',
        concurrency: 2,
        now: () => 1,
        signal: new AbortController().signal,
      });
    expect(await verify()).toMatchObject({
      ok: true,
      problems: [],
      manifest: 'present',
      counts: { objects: 6, objectsProven: 6 },
    });
    const etags: unknown[] = [];
    const items = await openManifest(bench.far, `deep/copies/${as}/meta/ts/manifest.ndjson`);
    for await (const item of items ?? []) {
      if (item.type === 'object' && item.key.startsWith('binlogs/')) etags.push(item.etag);
    }
    expect(etags).toHaveLength(6);
    for (const etag of etags) expect(etag).toMatch(/^[0-9a-f]{32}$/);
    expect((await bench.open().copy({ ...request, as })).copy?.objectsCopied).toBe(0);
    await bench.far.put(`deep/copies/${as}/meta/ts/manifest.ndjson`, Buffer.from('{}\n'));
    await expect(bench.open().copy({ ...request, as })).rejects.toMatchObject({ code: 'BACKUP_EXISTS' });
  });

  test('is refused when the manifest of the source is damaged, or tells of more than there is', async () => {
    const bench = await makeCopyBench();
    await writeManifest(bench, 'binlogs/insert_log/5/50/1/1/102/1');
    await expect(bench.open().copy(request)).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
    await bench.near.put(`${source}meta/ts/manifest.ndjson`, Buffer.from('{}'));
    await expect(bench.open().copy(request)).rejects.toMatchObject({ code: 'META_UNREADABLE' });
    expect(await listed(bench)).toEqual([]);
  });

  test('can be taken back', async () => {
    const bench = await makeCopyBench();
    await bench.open().copy(request);
    await bench.open().copy({ name: 'b', from: 'OFFSITE', to: 'backup', as: 'again' });
    expect((await bench.content(bench.near, 'backup/again/')).size).toBe(12);
  });
});

describe('a copy is refused', () => {
  const change: [string, (bench: CopyBench) => Promise<unknown>, RegExp][] = [
    ['in its metadata', (b) => b.far.put(`${target}meta/full_meta.json`, Buffer.from('{}')), /full_meta/],
    [
      'in a file of another size',
      (b) => b.far.put(`${target}meta/channel_cp_meta.json`, Buffer.from('{}')),
      /channel_cp_meta.json has 2 bytes instead of 12/,
    ],
    [
      'in a byte',
      (b) => b.far.put(`${target}meta/channel_cp_meta.json`, Buffer.from('{"bookz":[]}')),
      /channel_cp_meta.json has other content/,
    ],
    ['in a file too few', (b) => b.far.delete([`${target}meta/channel_cp_meta.json`]), /is missing/],
    ['in a file too many', (b) => b.far.put(`${target}binlogs/x`, Buffer.from('x')), /not in the source/],
  ];

  test.each(change)('when the target differs %s, and nothing is changed', async (_how, alter, message) => {
    const bench = await makeCopyBench();
    await bench.open().copy(request);
    await alter(bench);
    const before = await keysOf(bench.far);
    const error = await thrownBy(() => bench.open().copy(request));
    expect(error).toMatchObject({ code: 'BACKUP_EXISTS', message: expect.stringMatching(message) });
    expect(bench.puts).toEqual([]);
    expect(await keysOf(bench.far)).toEqual(before);
  });

  test('when the source is short, with the name of what is missing', async () => {
    const bench = await makeCopyBench();
    const hole = (await keysOf(bench.near)).findLast((key) => key.includes('/insert_log/')) ?? '';
    await bench.near.delete([hole]);
    const error = await thrownBy(() => bench.open().copy(request));
    expect(error.code).toBe('VERIFY_FAILED');
    expect(error.message).toContain(`log ${hole.split('/').at(-1)}`);
    expect(await keysOf(bench.far)).toEqual([]);
  });

  test.each([
    [{ name: 'b' }, 'INVALID_ARGUMENT', /one place/],
    [{ name: 'b', as: 'c' }, 'INVALID_ARGUMENT', /one place/],
    [{ name: 'b', to: 'alias' }, 'INVALID_ARGUMENT', /one place/],
    [{ name: 'b', to: 'nowhere' }, 'INVALID_ARGUMENT', /names no store "nowhere"/],
    [{ name: 'b', to: 'constructor' }, 'INVALID_ARGUMENT', /names no store/],
    [{ name: 'b', to: '/etc/backup.yaml' }, 'INVALID_ARGUMENT', /names no store/],
    [{ name: 'b', from: 'offsite', to: 'backup' }, 'BACKUP_NOT_FOUND', /b not found/],
    [{ name: 'x', to: 'offsite' }, 'BACKUP_NOT_FOUND', /x not found/],
    [{ name: '../b', to: 'offsite' }, 'INVALID_BACKUP_NAME', /path/],
    [{ name: 'b', to: 'offsite', as: 'a-b' }, 'INVALID_BACKUP_NAME', /letters/],
  ])('for %j', async (wrong, code, message) => {
    const bench = await makeCopyBench();
    const before = await keysOf(bench.near);
    const error = await thrownBy(() => bench.open().copy(wrong));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await keysOf(bench.far)).toEqual([]);
    expect(await keysOf(bench.near)).toEqual(before);
  });

  test('where another tool has left files', async () => {
    const bench = await makeCopyBench();
    await bench.far.put(`${target}binlogs/insert_log/x`, Buffer.from('x'));
    expect(await thrownBy(() => bench.open().copy(request))).toMatchObject({ code: 'BACKUP_EXISTS' });
  });
});

describe('where a delete was interrupted', () => {
  test.each([
    ['before the backup became unlisted', []],
    ['in the middle', ['meta/backup_meta.json', 'meta/full_meta.json', 'binlogs/insert_log/']],
  ])('%s, the copy finishes it first', async (_when, gone) => {
    const bench = await makeCopyBench();
    await bench.open().copy(request);
    const wanted = await bench.content(bench.far, target);
    await bench.far.put(`${target}binlogs/insert_log/old`, Buffer.from('of the deleted one'));
    await bench.far.put(`${target}meta/ts/tombstone.json`, Buffer.from('{}'));
    const keys = await keysOf(bench.far);
    await bench.far.delete(keys.filter((key) => gone.some((part) => key.startsWith(target + part))));
    expect((await bench.open().copy(request)).state).toBe('success');
    expect(await bench.content(bench.far, target)).toEqual(wanted);
    expect(await keysOf(bench.far)).not.toContain(`${target}meta/ts/tombstone.json`);
    expect(await listed(bench)).toEqual(['b']);
  });

  test('whatever call fails while the copy finishes it, nothing is listed that is not whole', async () => {
    const prepare = async (): Promise<CopyBench> => {
      const bench = await makeCopyBench();
      await bench.open().copy(request);
      await bench.far.put(`${target}meta/ts/tombstone.json`, Buffer.from('{}'));
      return bench;
    };
    const whole = await prepare();
    await whole.open().copy(request);
    const calls = whole.calls();
    for (let at = 1; at <= calls; at += 3) {
      const bench = await prepare();
      const before = await bench.content(bench.far, target);
      await bench
        .open({ fault: { at, done: at % 2 === 0 } })
        .copy(request)
        .catch(() => {});
      if ((await listed(bench)).length > 0)
        expect(await bench.content(bench.far, target), `call ${at}`).toEqual(before);
      expect((await bench.open().copy(request)).state, `call ${at}`).toBe('success');
      expect(await bench.content(bench.far, target)).toEqual(before);
    }
  });
});

describe('after an interruption', () => {
  test('by a signal it tells how to go on, and keeps what it has', async () => {
    const bench = await makeCopyBench();
    const stop = new AbortController();
    let puts = 0;
    const service = bench.open({
      onPut: (key) => {
        if (key.includes('/binlogs/') && ++puts === 4) {
          stop.abort(new BackupError({ code: 'CANCELLED', message: 'cancelled by SIGINT' }));
        }
      },
    });
    const error = await thrownBy(() => service.copy(request, { signal: stop.signal }));
    expect(error).toMatchObject({ code: 'CANCELLED', remedy: expect.stringContaining('goes on where') });
    expect(await listed(bench)).toEqual([]);
    const kept = (await bench.content(bench.far, target)).size;
    expect(kept).toBeGreaterThan(2);
    const view = await bench.open().copy(request);
    expect(view.copy).toMatchObject({ objectsKept: kept, objectsCopied: 12 - kept });
    expect(await bench.content(bench.far, target)).toEqual(await bench.content(bench.near, source));
  });

  test('what an earlier run left damaged, or of another backup, does not stay', async () => {
    const bench = await makeCopyBench();
    let puts = 0;
    const failing = bench.open({
      onPut: (key) => {
        if (!key.includes('/binlogs/') || ++puts < 4) return;
        throw new BackupError({ code: 'STORAGE_FULL', message: 'no room' });
      },
    });
    expect((await thrownBy(() => failing.copy(request))).code).toBe('STORAGE_FULL');
    const [first = ''] = (await keysOf(bench.far)).filter((key) => key.includes('/binlogs/'));
    const size = (await bench.far.head(first))?.size ?? 0;
    await bench.far.put(first, Buffer.alloc(size, 'x'));
    await bench.far.put(`${target}binlogs/insert_log/99/stray`, Buffer.from('x'));
    await bench.far.put(`${target}meta/full_meta.json`, Buffer.from('{}'));
    await bench.open().copy(request);
    expect(await bench.content(bench.far, target)).toEqual(await bench.content(bench.near, source));
  });

  test.each([false, true])(
    'at any call (done by the store: %s) the list tells the truth and the next run makes it whole',
    async (done) => {
      const wanted = await (await makeCopyBench()).content((await makeCopyBench()).near, source);
      let failures = 0;
      for (let at = 1; ; at++) {
        const bench = await makeCopyBench();
        const outcome = await bench
          .open({ fault: { at, done } })
          .copy(request)
          .catch((error: unknown) => error);
        if (bench.calls() < at) break;
        const failed = outcome instanceof Error;
        if (failed) failures += 1;
        const names = await listed(bench);
        if (!failed) expect(names).toEqual(['b']);
        if (names.length > 0) expect(await bench.content(bench.far, target)).toEqual(wanted);
        const { copy } = await bench.open().copy(request);
        expect((copy?.objectsCopied ?? 0) + (copy?.objectsKept ?? 0)).toBe(12);
        expect(await listed(bench)).toEqual(['b']);
        expect(await bench.content(bench.far, target)).toEqual(wanted);
      }
      expect(failures).toBeGreaterThan(60);
    },
  );

  test('two runs cannot write one copy', async () => {
    const bench = await makeCopyBench();
    let proceed = (): void => {};
    const waiting = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    const first = bench.open({ onPut: (key) => (key.includes('/binlogs/') ? waiting : undefined) });
    const run = await first.startCopy({ ...request, id: 'one' });
    await expect.poll(() => bench.puts.some((key) => key.includes('/binlogs/'))).toBe(true);
    const pid = [...bench.host.alive][0] ?? 0;
    const second = bench.open();
    bench.host.alive.add(pid);
    const error = await thrownBy(() => second.copy(request));
    expect(error).toMatchObject({ code: 'BACKUP_IN_PROGRESS', details: { run: 'one' } });
    expect(await second.findCopy('one')).toMatchObject({ state: 'executing', kind: 'copy' });
    proceed();
    expect((await run.done()).state).toBe('success');
  });
});
