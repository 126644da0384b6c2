import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import type { Bucket } from './buckets.js';

/**
 * The records of restores that ended, which belong to no backup's content: a server tells of them after a restart. So
 * does the head of a restore's journal, which names no target; the notes on targets beside it do belong here.
 */
const restoreRecord = /\/meta\/ts\/(?:restore\/[^/]+\.json|restore-journal\/[^/]+\/head\.json)$/;

/** Everything that a refused command could have changed. */
export interface Snapshot {
  readonly objects: readonly string[];
  readonly collections: readonly string[];
}

/** Sizes stand for contents: no object is ever rewritten. What Milvus writes by itself is left out. */
export async function takeSnapshot(
  client: MilvusClient,
  buckets: readonly { readonly bucket: Bucket; readonly prefix: string }[],
): Promise<Snapshot> {
  const objects: string[] = [];
  for (const { bucket, prefix } of buckets) {
    for (const [key, size] of await bucket.list(prefix)) {
      if (!restoreRecord.test(key)) objects.push(`${bucket.name}/${key} ${size}`);
    }
  }
  return { objects, collections: await listAllCollections(client) };
}

export async function listAllCollections(client: MilvusClient): Promise<string[]> {
  const { db_names: databases } = await client.listDatabases();
  const found: string[] = [];
  for (const database of databases) {
    const { data } = await client.showCollections({ db_name: database });
    found.push(...data.map(({ name }) => `${database}.${name}`));
  }
  return [...databases, ...found.sort()];
}
