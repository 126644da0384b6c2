import { BackupError, sleep } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionName } from '../filter/types.js';
import type { CreateIndexInput, MilvusGateway } from '../milvus/gateway.js';

const pollEvery = 250;
/** Polls without progress, ten minutes. */
const patience = (10 * 60 * 1000) / pollEvery;
const firstVector = 100;

/** Exact and quick to make: nothing is built for it. */
const plainIndexes: Readonly<Record<number, { readonly type: string; readonly metric: string }>> = {
  100: { type: 'BIN_FLAT', metric: 'HAMMING' },
  104: { type: 'SPARSE_INVERTED_INDEX', metric: 'IP' },
};

/**
 * Has a collection in memory while `use` runs, and leaves it as it was found: what was not loaded is released, indexes that were
 * made because Milvus loads nothing without are dropped.
 * @throws BackupError of Milvus
 */
export async function holdLoaded<T>(
  milvus: MilvusGateway,
  at: CollectionName,
  signal: AbortSignal,
  use: () => Promise<T>,
): Promise<T> {
  const undo: (() => Promise<void>)[] = [];
  try {
    if ((await milvus.loadState(at, { signal })) === 'NotLoad') {
      await addIndexes(milvus, at, signal, undo);
      undo.push(() => milvus.release(at, []));
      await load(milvus, at, [], signal);
    } else {
      const missing: string[] = [];
      for (const { name } of await milvus.listPartitions(at, { signal })) {
        if ((await milvus.partitionLoadState(at, name, { signal })) === 'NotLoad') missing.push(name);
      }
      if (missing.length > 0) {
        undo.push(() => milvus.release(at, missing));
        await load(milvus, at, missing, signal);
      } else await wait(milvus, at, [], signal);
    }
    return await use();
  } finally {
    // Without the signal: it is to be as it was found also after a stop.
    for (const step of undo.reverse()) await step();
  }
}

async function addIndexes(
  milvus: MilvusGateway,
  at: CollectionName,
  signal: AbortSignal,
  undo: (() => Promise<void>)[],
): Promise<void> {
  const indexed = new Set((await milvus.listIndexes(at, { signal })).map((one) => one.field_name));
  const { schema } = await milvus.describeCollection(at, { signal });
  for (const field of schema.fields) {
    if (field.data_type < firstVector || indexed.has(field.name)) continue;
    const { type, metric } = plainIndexes[field.data_type] ?? { type: 'FLAT', metric: 'L2' };
    const indexName = `proof_${field.fieldID}`;
    const params = { index_type: type, metric_type: metric, params: '{}' };
    const index: CreateIndexInput = { fieldName: field.name, indexName, params };
    undo.push(() => milvus.dropIndex(at, field.name, indexName));
    await milvus.createIndex(at, index, { signal });
  }
}

async function load(
  milvus: MilvusGateway,
  at: CollectionName,
  partitions: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await milvus.load(at, { partitions, replicas: 0, resourceGroups: [] }, { signal });
  await wait(milvus, at, partitions, signal);
}

async function wait(
  milvus: MilvusGateway,
  at: CollectionName,
  partitions: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  let best = -1;
  for (let idle = 0; idle < patience; idle += 1) {
    const percent = await milvus.loadProgress(at, partitions, { signal });
    if (percent >= 100) return;
    if (percent > best) idle = 0;
    best = Math.max(best, percent);
    await sleep(pollEvery, signal);
  }
  throw new BackupError({
    code: 'MILVUS_ERROR',
    message: `Milvus does not get on with loading ${nameKey(at)}, ${best} % after ten minutes`,
    remedy: 'look at its query nodes and their memory, then prove again',
  });
}
