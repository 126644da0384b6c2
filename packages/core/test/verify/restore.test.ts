import { expect, test } from 'vitest';
import { makeServiceBench } from '../service/bench.js';

const base = 'backup/b/meta/';

test.each([
  'full_meta.json',
  'segment_meta.json',
  'partition_meta.json',
  'collection_meta.json',
  'ts/manifest.ndjson',
])('a restore refuses a changed %s before it changes Milvus', async (file) => {
  const bench = await makeServiceBench();
  await bench.milvus.add('books', 3, 4);
  await bench.open().create({ name: 'b' });
  const driver = bench.driver('backups');
  const { body } = await driver.get(base + file);
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part as Uint8Array);
  const text = Buffer.concat(parts).toString('utf8');
  // Rows, so that all files stay readable; the manifest tells them, too.
  const changed = text.replace(/("num_of_rows"|"rows"|"size"):(\d)/, '$1:9$2');
  expect(changed).not.toBe(text);
  await driver.put(base + file, Buffer.from(changed));
  const before = [...bench.milvus.collections.keys()];
  await expect(bench.open(8).restore({ name: 'b', suffix: '_r', metaOnly: true })).rejects.toMatchObject({
    code: 'VERIFY_FAILED',
    details: { key: `meta/${file}` },
  });
  await expect(bench.open(9).restore({ name: 'b', suffix: '_r' })).rejects.toMatchObject({
    code: 'VERIFY_FAILED',
  });
  expect([...bench.milvus.collections.keys()]).toEqual(before);
  expect(await bench.open(10).verify({ name: 'b' })).toMatchObject({ ok: false });
});

test('a backup as it was made is verified by the service, and its manifest vouches for every object', async () => {
  const bench = await makeServiceBench();
  await bench.milvus.add('books', 3, 4);
  const service = bench.open();
  await service.create({ name: 'b' });
  const handle = await service.startVerify({ name: 'b' });
  const report = await handle.report();
  expect(report).toMatchObject({
    ok: true,
    manifest: 'present',
    warnings: [],
    counts: { collections: 1, segments: 2, rows: 7, objects: 4, checksums: 4 },
  });
  expect(handle.view()).toMatchObject({ kind: 'verify', state: 'success' });
  await expect(service.startVerify({ name: 'c' })).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
  await expect(service.verify({ name: 'b', from: 'nowhere' })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
  await expect(service.verify({ name: 'b', level: 'read', subset: '7' })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});

test('damage ends the run of a verification, and is in its report', async () => {
  const bench = await makeServiceBench();
  await bench.milvus.add('books', 3);
  const service = bench.open();
  await service.create({ name: 'b' });
  const keys = (await bench.keys('backups')) ?? [];
  const lost = keys.find((key) => key.includes('insert_log')) ?? '';
  await bench.driver('backups').delete([lost]);
  const handle = await service.startVerify({ name: 'b' });
  await expect(handle.done()).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
  const path = lost.slice('backup/b/'.length);
  expect((await handle.report()).problems).toMatchObject([{ kind: 'missing', key: path }]);
  expect(await service.verify({ name: 'b', level: 'meta' })).toMatchObject({ ok: true });
});
