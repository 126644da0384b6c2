import { join } from 'node:path';
import {
  connectMilvus,
  ensurePython,
  flushCollection,
  freePort,
  type MilvusServer,
  startMilvus,
} from '@milvus-backup/test-support';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';

const folder = join(import.meta.dirname, '..');
let python: string;
let milvus: MilvusServer;

beforeAll(async () => {
  python = await ensurePython(join(folder, 'requirements.txt'));
  milvus = await startMilvus({ storage: { local: true }, authorization: true });
});
afterAll(() => milvus?.stop());

const run = (program: string, ...args: string[]) =>
  execa(python, [join(folder, program), ...args], { reject: false, stdin: 'ignore', all: true });

/** With the host, port, user and password of the server. */
const runThere = (program: string, ...args: string[]) =>
  run(
    program,
    ...['--host', milvus.address, '--port', String(milvus.port)],
    ...['--user', milvus.user ?? '', '--password', milvus.password ?? ''],
    ...args,
  );

it('makes collections, finds them equal, and drops them', async () => {
  const prepared = await runThere('prepare_data.py');
  expect([prepared.exitCode, prepared.stdout], prepared.all).toEqual([
    0,
    'hello_milvus: 3000 rows inserted, flushed and indexed\nhello_milvus2: 3000 rows inserted, flushed and indexed',
  ]);

  const again = await runThere('prepare_data.py');
  expect(again.exitCode).toBe(1);
  expect(again.stderr).toContain('hello_milvus, hello_milvus2: there already; run clean_data.py first');
  expect(await runThere('prepare_data.py', '--replace', '--rows', '1200')).toMatchObject({ exitCode: 0 });

  const verified = await runThere('verify_data.py', '--suffix', '', '--rows', '1200');
  expect([verified.exitCode, verified.stdout], verified.all).toEqual([
    0,
    'hello_milvus: 1200 rows, every one equal; 10 searches right\n' +
      'hello_milvus2: 1200 rows, every one equal; 10 searches right',
  ]);

  const unknown = await runThere('clean_data.py', '--suffix', '_recover');
  expect([unknown.exitCode, unknown.stdout]).toEqual([
    0,
    'hello_milvus_recover: not there\nhello_milvus2_recover: not there',
  ]);
  const cleaned = await runThere('clean_data.py');
  expect([cleaned.exitCode, cleaned.stdout]).toEqual([0, 'hello_milvus: dropped\nhello_milvus2: dropped']);
});

it('notices a row that is missing, one that is different, and one too many', async () => {
  expect(await runThere('prepare_data.py', '--rows', '100')).toMatchObject({ exitCode: 0 });
  const vector = [1, 2, 3, 4, 5, 6, 7, 8];
  const client = await connectMilvus(milvus);
  try {
    const named = { collection_name: 'hello_milvus' };
    expect(await client.delete({ ...named, filter: 'pk in [7, 41]' })).toMatchObject({ err_index: [] });
    const fields_data = [
      { pk: '41', random: 0.5, embeddings: vector },
      { pk: '100', random: 0.5, embeddings: vector },
    ];
    expect(await client.insert({ ...named, fields_data })).toMatchObject({ insert_cnt: '2' });
    await flushCollection(client, { collection: 'hello_milvus' });
  } finally {
    await client.closeConnection();
  }

  const verified = await runThere('verify_data.py', '--suffix', '', '--rows', '100');
  expect(verified.exitCode, verified.all).toBe(1);
  expect(verified.stderr).toContain('hello_milvus: DIFFERENT: row 7 is missing');
  expect(verified.stderr).toContain('hello_milvus: DIFFERENT: row 41 is Row(pk=41, random=0.5,');
  expect(verified.stderr).toContain('hello_milvus: DIFFERENT: row 100 was never inserted');
  expect(verified.stdout).toBe('hello_milvus2: 100 rows, every one equal; 10 searches right');

  const restored = await runThere('verify_data.py');
  expect(restored.exitCode).toBe(1);
  expect(restored.stderr).toContain('hello_milvus2_recover: DIFFERENT: the collection is not there');
});

it('ends with 2 when Milvus is not there or refuses the user', async () => {
  const port = await freePort();
  const [refused, ...nowhere] = await Promise.all([
    runThere('verify_data.py', '--password', 'wrong'),
    ...['prepare_data.py', 'clean_data.py', 'verify_data.py'].map((name) =>
      run(name, '--port', String(port)),
    ),
  ]);
  for (const { exitCode, stderr } of nowhere) {
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('cannot connect to Milvus at 127.0.0.1:'),
    ]);
  }
  expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('auth check failure')]);
});
