import type { CollectionRef, MilvusGateway } from '../milvus/gateway.js';
import type { RestoreRequest } from '../requests.js';
import { runAll } from '../transfer/run-all.js';
import { assertSameFields } from './check-fields.js';
import { alreadyThere } from './check-targets.js';
import { planCollectionInput } from './collection-input.js';
import { planIndexes } from './index-inputs.js';
import type { Leftovers } from './leftovers.js';
import type { RestoreTarget } from './plan-targets.js';

const partitionsAtOnce = 4;

/**
 * Makes the target ready for data: drop, create, indexes, partitions, each as asked.
 * @throws BackupError `TARGET_EXISTS` when somebody has made it since it was checked, `TARGET_MISMATCH` when its fields are not
 * those of the backup
 * @returns the aliases of the collection that was dropped
 */
export async function prepareTarget(
  milvus: MilvusGateway,
  target: RestoreTarget,
  request: RestoreRequest,
  leftovers: Leftovers,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { at, source } = target;
  let aliases: readonly string[] = [];
  if (!request.skipCreateCollection) {
    if (await milvus.hasCollection(at, { signal })) {
      // Milvus takes the creation of an equal collection for done, and the import would double its rows.
      if (!request.dropExistCollection) throw alreadyThere(at);
      if (!request.compat) aliases = await dropAliases(milvus, at, signal);
      await milvus.dropCollection(at, { signal });
      leftovers.dropped(target);
    }
    await milvus.createCollection(at, planCollectionInput(target, request), { signal });
    leftovers.made(target);
  }
  await assertSameFields(milvus, target, signal);
  if (request.dropExistIndex) {
    for (const index of await milvus.listIndexes(at, { signal })) {
      await milvus.dropIndex(at, index.field_name, index.index_name, { signal });
    }
  }
  if (request.rebuildIndex) {
    const skipped = request.skipParams?.indexParams ?? [];
    const inputs = planIndexes(source.schema, source.index_infos, request.useAutoIndex ?? false, skipped);
    for (const input of inputs) await milvus.createIndex(at, input, { signal });
  }
  const present = new Set((await milvus.listPartitions(at, { signal })).map((one) => one.name));
  const missing = source.partition_backups
    .map((one) => one.partition_name)
    .filter((name) => !present.has(name));
  await runAll(
    missing,
    partitionsAtOnce,
    (name, inner) => milvus.createPartition(at, name, { signal: inner }),
    signal,
  );
  return aliases;
}

/** Milvus 2.4 and newer drop no collection that has aliases. */
async function dropAliases(
  milvus: MilvusGateway,
  at: CollectionRef,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { name, aliases } = await milvus.describeCollection(at, { signal });
  // Asked by an alias: the collection behind it is not the one to drop, and Milvus says so.
  if (name !== at.collection) return [];
  for (const alias of aliases) await milvus.dropAlias(at.database, alias, { signal });
  return aliases;
}
