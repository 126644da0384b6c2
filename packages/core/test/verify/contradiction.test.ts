import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { assertUndamaged } from '../../src/verify/verify-backup.js';
import { makeServiceBench, type ServiceBench } from '../service/bench.js';
import { settleFast } from '../task/settle.js';

const meta = 'backup/b/meta/';

/** A backup as the Go tool leaves it: nothing but its metadata files tells what belongs to it. */
async function makeBackup(): Promise<ServiceBench> {
  const bench = await makeServiceBench();
  await bench.milvus.add('books', 3, 4);
  await bench.open().create({ name: 'b' });
  await bench.driver('backups').delete([`${meta}ts/manifest.ndjson`]);
  return bench;
}

async function change(bench: ServiceBench, file: string, edit: (text: string) => string): Promise<void> {
  const driver = bench.driver('backups');
  const parts: Uint8Array[] = [];
  for await (const part of (await driver.get(meta + file)).body) parts.push(part as Uint8Array);
  const text = Buffer.concat(parts).toString('utf8');
  const edited = edit(text);
  expect(edited).not.toBe(text);
  await driver.put(meta + file, Buffer.from(edited));
}

test.each<[string, (text: string) => string, string]>([
  ['rows', (text) => text.replace(/"num_of_rows":\d/, '"num_of_rows":9'), 'segment_meta.json'],
  ['no collections', () => '{}', 'collection_meta.json'],
  ['a collection without a name', (text) => text.replaceAll('"books"', 'null'), 'collection_meta.json'],
])(
  'a restore refuses a full_meta.json with %s that the other files do not tell of, before it changes Milvus',
  async (_what, edit, blamed) => {
    const bench = await makeBackup();
    await change(bench, 'full_meta.json', edit);
    const before = [...bench.milvus.collections.keys()];
    await expect(bench.open(8).restore({ name: 'b', suffix: '_r' })).rejects.toMatchObject({
      code: 'VERIFY_FAILED',
      details: { key: `meta/${blamed}` },
    });
    expect([...bench.milvus.collections.keys()]).toEqual(before);
  },
);

test.each<[string, (text: string) => string]>([
  ['partition_meta.json', (text) => text.slice(0, 20)],
  ['backup_meta.json', (text) => text.replace('"v2.3.5"', '"v2.3.4"')],
])('a restore does without %s, which it does not read', async (file, edit) => {
  const bench = await makeBackup();
  await change(bench, file, edit);
  await settleFast(() => bench.open(8).restore({ name: 'b', suffix: '_r' }));
  expect(bench.milvus.collections.get('books_r')?.imported).toBe(7);
});

const golden = new URL('../fixtures/golden/', import.meta.url);

test.each([
  'go-0.4.30-milvus-2.3.5/old4',
  'go-0.5.16-milvus-2.3.5/b1',
  'go-0.5.16-milvus-2.3.5/e1',
  'go-0.5.16-milvus-2.3.5/mo',
])('the files of %s contradict one another nowhere', async (folder) => {
  const driver = createMemoryDriver();
  const from = new URL(`${folder}/meta/`, golden);
  for (const file of await readdir(from)) await driver.put(meta + file, await readFile(new URL(file, from)));
  const input = { driver, root: 'backup', name: 'b', concurrency: 2, signal: new AbortController().signal };
  await assertUndamaged(input, [], 'meta');
});
