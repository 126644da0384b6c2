import { type CollectionRef, callRaw, readRows } from '@milvus-backup/test-support';
import type { Client } from './describe-target.js';
import type { ExpectedRow, ExpectedRows } from './golden-rows.js';
import type { GoldenCollection } from './meta-shapes.js';

/**
 * Reads every field of every row from Milvus and compares it with the rows decoded from the golden logs.
 * @returns what differs, in words; empty when all rows are equal
 */
export async function compareRows(
  client: Client,
  target: CollectionRef,
  collection: GoldenCollection,
  expected: ExpectedRows,
): Promise<string[]> {
  // Milvus refuses to search one partition of a collection whose partitions come from a key.
  const byKey = collection.schema.fields.some((field) => field.is_partition_key);
  if (byKey) {
    const all = new Map([...expected.partitions.values()].flatMap((rows) => [...rows]));
    const counts = await compareCounts(client, target, expected);
    return [...counts, ...(await compareIn(client, target, undefined, all))];
  }
  const differences: string[] = [];
  for (const [partition, rows] of expected.partitions) {
    differences.push(...(await compareIn(client, target, partition, rows)));
  }
  return differences;
}

async function compareIn(
  client: Client,
  target: CollectionRef,
  partition: string | undefined,
  expected: ReadonlyMap<string, ExpectedRow>,
): Promise<string[]> {
  const where = `${target.db}.${target.collection}/${partition ?? '*'}`;
  const differences: string[] = [];
  const missing = new Set(expected.keys());
  const keyName = await primaryKeyOf(client, target);
  for await (const row of readRows(client, target, { partition })) {
    const key = String(row[keyName]);
    const want = expected.get(key);
    missing.delete(key);
    const difference = want === undefined ? 'is not in the backup' : differenceOf(want, row);
    if (difference !== undefined) differences.push(`${where} row ${key}: ${difference}`);
  }
  if (missing.size > 0)
    differences.push(`${where}: ${missing.size} rows are missing, one is ${[...missing][0]}`);
  return differences.slice(0, 20);
}

function differenceOf(want: ExpectedRow, got: Readonly<Record<string, unknown>>): string | undefined {
  const names = new Set([...Object.keys(want), ...Object.keys(got)]);
  for (const name of names) {
    const [one, other] = [JSON.stringify(want[name]), JSON.stringify(got[name])];
    if (one !== other) return `${name} is ${other}, in the backup ${one}`;
  }
  return undefined;
}

async function primaryKeyOf(client: Client, target: CollectionRef): Promise<string> {
  const { schema } = await client.describeCollection({
    db_name: target.db ?? 'default',
    collection_name: target.collection,
  });
  const key = schema.fields.find((field) => field.is_primary_key);
  if (key === undefined) throw new Error(`${target.collection} has no primary key`);
  return key.name;
}

interface StatisticsAnswer {
  readonly stats: readonly { readonly key: string; readonly value: string }[];
}

async function compareCounts(
  client: Client,
  target: CollectionRef,
  expected: ExpectedRows,
): Promise<string[]> {
  const differences: string[] = [];
  for (const [partition, rows] of expected.partitions) {
    const { stats } = await callRaw<StatisticsAnswer>(client, 'GetPartitionStatistics', {
      db_name: target.db ?? 'default',
      collection_name: target.collection,
      partition_name: partition,
    });
    const count = stats.find((one) => one.key === 'row_count')?.value;
    if (count !== String(rows.size)) {
      differences.push(`${target.collection}/${partition} has ${count} rows, the backup ${rows.size}`);
    }
  }
  return differences;
}
