import { setTimeout } from 'node:timers/promises';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';

export interface ChurnReport {
  /** How often the collection was made anew. */
  readonly rounds: number;
}

/** Somebody who goes on making and dropping one collection, and compacts another. */
export interface Churn {
  /** Ends after the calls under way; the collection is gone then. */
  stop(): Promise<ChurnReport>;
}

/** Milliseconds: a compaction is planned, not done, when the call is answered. */
const compactEvery = 100;

/** Rows of a round; flushed, so that there are files that go with the collection. */
const rows = 50;

/** Resolves when the collection has been made for the first time and has files. */
export async function startChurn(client: MilvusClient, churned: string, compacted: string): Promise<Churn> {
  const where = { collection_name: churned };
  let rounds = 0;
  const make = async (): Promise<void> => {
    await client.createCollection({
      ...where,
      fields: [
        { name: 'id', data_type: 'Int64', is_primary_key: true },
        { name: 'vector', data_type: 'FloatVector', dim: 4 },
      ],
    });
    const data = Array.from({ length: rows }, (_, id) => ({ id: String(id), vector: [id, 1, 2, 3] }));
    await client.insert({ ...where, data });
    await client.flush({ collection_names: [churned] });
    rounds += 1;
  };
  let stopped = false;
  const remake = async (): Promise<void> => {
    while (!stopped) {
      await client.dropCollection(where);
      await make();
    }
    await client.dropCollection(where);
  };
  const compact = async (): Promise<void> => {
    while (!stopped) {
      await client.compact({ collection_name: compacted });
      await setTimeout(compactEvery);
    }
  };
  await make();
  const loops = Promise.all([remake(), compact()]);
  return {
    async stop() {
      stopped = true;
      await loops;
      return { rounds };
    },
  };
}
