import type { BackupService } from '@milvus-backup/core';
import {
  connectMilvus,
  createFixture,
  documentsFixture,
  type Fixture,
  readRows,
  type Stack,
  scalarsFixture,
  startStack,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Churn, startChurn } from './harness/churn.js';
import { openFrom } from './harness/open.js';
import { startTraffic, type Traffic } from './harness/traffic.js';

/** Rows are written, deleted, queried and searched all the while; only what was there before is compared. */
describe('a Milvus in use', () => {
  let dir: TempDir;
  let stack: Stack;
  let client: MilvusClient;
  let service: BackupService;
  let traffic: Traffic;
  const size = { rows: 2_000, seed: 31 };
  const live: Fixture = scalarsFixture(size);
  const quiet: Fixture[] = [
    documentsFixture(size),
    { ...scalarsFixture(size), collection: 'quiet', aliases: [] },
  ];
  let churn: Churn;
  let before: Map<string, string>;

  beforeAll(async () => {
    dir = await tempDir();
    stack = await startStack();
    client = await connectMilvus(stack.milvus);
    for (const fixture of [live, ...quiet]) await createFixture(client, fixture);
    await client.loadCollectionSync({ collection_name: live.collection });
    before = await rowsOf(live.collection);
    service = await openFrom(await writeBackupYaml(dir.path, stack));
  });

  afterAll(async () => {
    await traffic?.stop();
    await churn?.stop();
    await service?.close();
    await client?.closeConnection();
    await stack?.stop();
    await dir?.remove();
  });

  async function rowsOf(collection: string): Promise<Map<string, string>> {
    const rows = new Map<string, string>();
    for await (const row of readRows(client, { collection })) rows.set(String(row.id), JSON.stringify(row));
    return rows;
  }

  it('answers every call during a backup', async () => {
    traffic = await startTraffic(client, live);
    const view = await service.create({ name: 'hot' });
    const calls = await traffic.stop();
    expect(view.state).toBe('success');
    expect(calls.failures).toEqual([]);
    // All four kinds went on while the backup ran.
    for (const kind of ['insert', 'delete', 'query', 'search'] as const) {
      expect(calls.counts[kind], kind).toBeGreaterThan(0);
    }
  });

  it('answers every call during a restore, and all rows from before the backup are restored', async () => {
    traffic = await startTraffic(client, live);
    const view = await service.restore({ name: 'hot', suffix: '_cold', rebuildIndex: true });
    const calls = await traffic.stop();
    expect(view.state).toBe('success');
    expect(calls.failures).toEqual([]);
    for (const kind of ['insert', 'delete', 'query', 'search'] as const) {
      expect(calls.counts[kind], kind).toBeGreaterThan(0);
    }
    const restored = await rowsOf(`${live.collection}_cold`);
    const missing = [...before].filter(([key, row]) => restored.get(key) !== row);
    expect(missing).toEqual([]);
    expect(restored.size).toBeGreaterThanOrEqual(before.size);
  });

  it('with a collection that comes and goes and compactions is backed up, and told as it was', async () => {
    const name = 'churned';
    [traffic, churn] = await Promise.all([
      startTraffic(client, live),
      startChurn(client, 'churned', live.collection),
    ]);
    const view = await service.create({ name, keepGoing: true }).finally(async () => {
      await Promise.all([traffic.stop(), churn.stop()]);
    });
    const outcomes = new Map(view.collections.map((one) => [one.collection, one.outcome]));
    for (const { collection } of [live, ...quiet]) expect(outcomes.get(collection), collection).toBe('done');
    const all = [...outcomes.values()].every((outcome) => outcome === 'done');
    expect(view.state).toBe(all ? 'success' : 'partial');
    const { meta } = await service.get({ name });
    const kept = meta.collection_backups.map((one) => one.collection_name).sort();
    expect(kept).toEqual([...outcomes].flatMap(([one, outcome]) => (outcome === 'done' ? [one] : [])).sort());
    expect((await service.verify({ name })).problems).toEqual([]);
    const suffix = '_churned';
    const chosen = { databases: new Map([['default', new Set([live.collection, 'quiet'])]]) };
    await service.restore({ name, suffix, sourceFilter: chosen });
    for (const [collection, wanted] of [
      [live.collection, before],
      ['quiet', await rowsOf('quiet')],
    ] as const) {
      const restored = await rowsOf(`${collection}${suffix}`);
      expect([...wanted].filter(([key, row]) => restored.get(key) !== row)).toEqual([]);
    }
  });

  it('lost nothing of its own', async () => {
    const now = await rowsOf(live.collection);
    expect([...before].filter(([key, row]) => now.get(key) !== row)).toEqual([]);
  });
});
