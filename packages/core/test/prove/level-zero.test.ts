import { describe, expect, test } from 'vitest';
import { readBackupMeta } from '../../src/meta/index.js';
import type { MilvusGateway, QueriedRows } from '../../src/milvus/gateway.js';
import { proveCollection } from '../../src/prove/prove-collection.js';
import {
  type Bench,
  collectionId,
  type DataSegment,
  type LevelZeroSegment,
  makeBench,
} from '../l0compact/bench.js';

const signal = new AbortController().signal;

const data: readonly DataSegment[] = [
  { id: 1n, partition: 50n, channel: 'a', rows: [1n, 2n, 3n].map((key) => [key, 10n]) },
  { id: 2n, partition: 51n, channel: 'a', rows: [4n, 5n].map((key) => [key, 10n]) },
];
const l0: readonly LevelZeroSegment[] = [
  // 5 lies in another partition, and 3 is newer than its delete.
  {
    id: 7n,
    partition: 50n,
    channel: 'a',
    deletes: [
      { pk: 1n, ts: 20n },
      { pk: 5n, ts: 20n },
      { pk: 3n, ts: 9n },
    ],
  },
  { id: 8n, partition: -1n, channel: 'a', deletes: [{ pk: 4n, ts: 20n }] },
];
const live = [2n, 3n, 5n];

/** A Milvus that holds these keys, in memory. */
function milvusWith(keys: readonly bigint[]): MilvusGateway {
  const answer = (name: string, values: readonly bigint[]): QueriedRows => ({
    rows: values.length,
    columns: new Map([[name, values]]),
  });
  return {
    loadState: async () => 'Loaded',
    listPartitions: async () => [],
    loadProgress: async () => 100,
    query: async (
      _at: unknown,
      { expression, fields }: { expression: string; fields: readonly string[] },
    ) => {
      if (fields[0] === 'count(*)') return answer('count(*)', [BigInt(keys.length)]);
      const asked = JSON.parse(/\[.*\]/.exec(expression)?.[0] ?? '[]') as number[];
      return answer(
        'pk',
        asked.map(BigInt).filter((key) => keys.includes(key)),
      );
    },
  } as unknown as MilvusGateway;
}

async function prove(bench: Bench, name: string, keys: readonly bigint[]) {
  const meta = await readBackupMeta(bench.driver, 'backup', name);
  const collection = meta.collection_backups.find((one) => one.collection_id === collectionId);
  if (!collection) throw new Error('no collection');
  const at = { database: 'default', collection: 'books' };
  const milvus = milvusWith(keys);
  return await proveCollection({
    milvus,
    driver: bench.driver,
    root: 'backup',
    name,
    collection,
    at,
    exact: true,
    signal,
  });
}

describe.each(['b', 'b_l0compacted'])('a proof of %s, whose deletes came from L0 segments', (name) => {
  async function open(): Promise<Bench> {
    const bench = await makeBench(data, l0);
    await (await bench.open()).l0compact({ name: 'b' });
    return bench;
  }

  test('finds the rows that no delete removes', async () => {
    expect(await prove(await open(), name, live)).toEqual({ rows: 3, fields: ['pk'], skipped: [] });
  });

  test('tells a row that should be gone', async () => {
    await expect(prove(await open(), name, [...live, 4n])).rejects.toMatchObject({
      code: 'PROOF_FAILED',
      details: expect.objectContaining({ keys: '4' }),
    });
  });

  test('tells a row that lacks', async () => {
    await expect(prove(await open(), name, [2n, 3n])).rejects.toMatchObject({
      code: 'PROOF_FAILED',
      details: expect.objectContaining({ keys: '5' }),
    });
  });
});

test('rows of StorageV3 are named as what cannot be proven', async () => {
  const bench = await makeBench(
    data.map((one) => ({ ...one, storageVersion: 3n })),
    l0,
  );
  await expect(prove(bench, 'b', live)).rejects.toMatchObject({
    code: 'FORMAT_UNSUPPORTED',
    message: expect.stringContaining('StorageV3'),
  });
  const report = await (await bench.open()).verify({ name: 'b', level: 'decode' });
  expect(report.ok).toBe(true);
  expect(report.warnings.join()).toContain('StorageV3');
});
