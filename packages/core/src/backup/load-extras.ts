import { isBackupError, throwIfAborted, toBackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionName } from '../filter/types.js';
import type { Logger } from '../log.js';
import type { BackupExtras, LoadExtras } from '../meta/extras.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import { runAll } from '../transfer/run-all.js';

const collectionsAtOnce = 16;
const partitionsAtOnce = 8;

/**
 * How the collections are loaded: which partitions, how many replicas, in which resource groups. Never fails for what Milvus
 * refuses to tell: the rows are what a backup is for.
 * @throws BackupError `CANCELLED`
 */
export async function readLoadExtras(
  milvus: MilvusGateway,
  collections: readonly CollectionName[],
  logger: Logger,
  signal: AbortSignal,
): Promise<BackupExtras> {
  const loaded = new Map<string, LoadExtras>();
  await runAll(
    collections,
    collectionsAtOnce,
    async (at, inner) => {
      try {
        const found = await describeLoad(milvus, at, inner);
        if (found) loaded.set(nameKey(at), found);
      } catch (error) {
        throwIfAborted(inner);
        // Dropped meanwhile: the backup itself will say so.
        if (isBackupError(error) && error.code === 'COLLECTION_NOT_FOUND') return;
        logger.warn(
          { ...at, reason: toBackupError(error).message },
          'Milvus does not tell how this collection is loaded: a restore will load all of it, in one replica',
        );
      }
    },
    signal,
  );
  const inOrder = collections.flatMap((at) => loaded.get(nameKey(at)) ?? []);
  return { loaded: new Map(inOrder.map((one) => [nameKey(one), one])) };
}

/** `null`: not loaded. */
async function describeLoad(
  milvus: MilvusGateway,
  at: CollectionName,
  signal: AbortSignal,
): Promise<LoadExtras | null> {
  if ((await milvus.loadState(at, { signal })) === 'NotLoad') return null;
  const { collectionId } = await milvus.describeCollection(at, { signal });
  const [all, replicas] = await Promise.all([
    milvus.listPartitions(at, { signal }),
    milvus.listReplicas(at, collectionId, { signal }),
  ]);
  const inMemory = new Set<string>();
  await runAll(
    all,
    partitionsAtOnce,
    async ({ name }, inner) => {
      const state = await milvus.partitionLoadState(at, name, { signal: inner });
      if (state !== 'NotLoad') inMemory.add(name);
    },
    signal,
  );
  const partitions = all.map((one) => one.name).filter((name) => inMemory.has(name));
  const some = partitions.length > 0 && partitions.length < all.length;
  return { ...at, replicas: [...replicas], ...(some ? { partitions } : {}) };
}
