import { describe, expect, test } from 'vitest';
import { readDeletes } from '../../src/binlog/index.js';
import type { CompactRun } from '../../src/l0compact/compact-run.js';
import { foldDeletes } from '../../src/l0compact/fold-deletes.js';
import { planCompaction } from '../../src/l0compact/plan.js';
import { ScopedDeletes } from '../../src/l0compact/scoped-deletes.js';
import { silentLogger } from '../../src/log.js';
import { readBackupMeta } from '../../src/meta/index.js';
import { listBackupLogs } from '../../src/restore/backup-logs.js';
import { collectionId, makeBench } from './bench.js';

const rows = Array.from({ length: 40 }, (_, index) => [BigInt(index), 10n] as const);
const deletes = Array.from({ length: 20 }, (_, index) => ({
  pk: BigInt(index * 3),
  ts: 11n + BigInt(index),
}));

/** What is folded with so many deletes held at once: keys of the new logs, and all their records. */
async function fold(maxDeletes: number): Promise<{ logs: number; records: object[] }> {
  const bench = await makeBench(
    [{ id: 1n, partition: 50n, channel: 'a', rows }],
    [{ id: 7n, partition: -1n, channel: 'a', deletes }],
  );
  const meta = await readBackupMeta(bench.driver, 'backup', 'b');
  const plan = planCompaction(meta);
  const [collection] = plan.collections;
  if (!collection) throw new Error('no collection');
  const signal = new AbortController().signal;
  const known = await listBackupLogs(bench.driver, 'backup', 'b', collectionId, signal);
  const store = { driver: bench.driver };
  const run = { store, root: 'backup', output: 'flat', maxDeletes, logger: silentLogger } as CompactRun;
  let next = plan.firstLog;
  const made = new Map<string, string>();
  const added = await foldDeletes(run, collection, known, { nextLog: () => next++, made }, signal);
  const logs = [...added.values()].flat();
  expect(logs.map(({ log_path }) => log_path)).toEqual([...made.keys()]);
  const records: object[] = [];
  for (const { log_path } of logs) {
    const { body } = await bench.driver.get(log_path);
    records.push(...(await readDeletes(Buffer.concat(await body.toArray()))));
  }
  return { logs: logs.length, records };
}

describe('foldDeletes', () => {
  test('holds no more deletes than it may, in passes that come to the same', async () => {
    const once = await fold(1000);
    const passes = await fold(3);
    expect(once.logs).toBe(1);
    expect(passes.logs).toBe(5);
    expect(once.records).toEqual(deletes.filter(({ pk }) => pk < 40n));
    expect(passes.records).toEqual(once.records);
  });
});

describe('ScopedDeletes', () => {
  test('tells newer deletes of a key, by partition and of all', () => {
    const all = new ScopedDeletes();
    all.add(-1n, { pk: 1n, ts: 5n });
    all.add(2n, { pk: 1n, ts: 7n });
    all.add(2n, { pk: 1n, ts: 7n });
    all.add(3n, { pk: 1n, ts: 9n });
    all.add(-1n, { pk: '1', ts: 90n });
    expect(all.size).toBe(5);
    expect(all.hits(2n, 1n, 4n)).toEqual([5n, 7n]);
    expect(all.hits(2n, 1n, 5n)).toEqual([7n]);
    expect(all.hits(3n, 1n, 5n)).toEqual([9n]);
    expect(all.hits(4n, 2n, 0n)).toEqual([]);
  });
});
