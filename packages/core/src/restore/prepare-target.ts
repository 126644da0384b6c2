import type { CollectionRef, MilvusGateway } from '../milvus/gateway.js';
import { runAll } from '../transfer/run-all.js';
import { assertSameFields } from './check-fields.js';
import { alreadyThere } from './check-targets.js';
import { planAddedFields, planCollectionInput } from './collection-input.js';
import { restoreFunctionCheck, withoutFunctionCheck } from './function-check.js';
import { planIndexes } from './index-inputs.js';
import type { Leftovers } from './leftovers.js';
import type { RestoreTarget } from './plan-targets.js';
import type { TargetState } from './restore-journal.js';
import type { RestoreRun } from './restore-run.js';
import type { Resume } from './resume-targets.js';

const partitionsAtOnce = 4;

/** A target that is ready for data. */
export interface PreparedTarget {
  /** Of the collection that was dropped for it. */
  readonly aliases: readonly string[];
  readonly state: TargetState;
}

/**
 * Makes the target ready for data: drop, create, indexes, partitions, each as asked; what an earlier try has made is kept or
 * made again, as `resume` says.
 * @throws BackupError `TARGET_EXISTS` when somebody has made it since it was checked, `TARGET_MISMATCH` when its fields are not
 * those of the backup
 */
export async function prepareTarget(
  run: Pick<RestoreRun, 'milvus' | 'request' | 'journal' | 'extras'>,
  target: RestoreTarget,
  resume: Resume | undefined,
  leftovers: Leftovers,
  signal: AbortSignal,
): Promise<PreparedTarget> {
  const { milvus, request, journal, extras } = run;
  const { at, source } = target;
  const goesOn = resume?.kind === 'go-on';
  let aliases: readonly string[] = [];
  const making: TargetState = {
    version: 1,
    ...at,
    state: 'making',
    collectionId: '',
    made: !request.skipCreateCollection,
    rows: 0,
    jobs: goesOn ? resume.state.jobs : {},
  };
  if (!request.skipCreateCollection && !goesOn) {
    if (await milvus.hasCollection(at, { signal })) {
      // Milvus takes the creation of an equal collection for done, and the import would double its rows.
      if (!request.dropExistCollection && resume?.kind !== 'again') throw alreadyThere(at);
      if (!request.compat) aliases = await dropAliases(milvus, at, signal);
      await milvus.dropCollection(at, { signal });
      leftovers.dropped(target);
    }
    await journal.save(making);
    const planned = planCollectionInput(target, request, extras);
    const input = await withoutFunctionCheck(milvus, target, planned, signal);
    await milvus.createCollection(at, input, { signal });
    leftovers.made(target);
    const { fullSchema } = planned;
    for (const field of planAddedFields(target, request))
      await milvus.addField(at, field, { signal, fullSchema });
  }
  if (goesOn && making.made) leftovers.made(target);
  const { collectionId } = await assertSameFields(milvus, target, signal);
  const state: TargetState = { ...making, state: 'filling', collectionId: String(collectionId) };
  if (!goesOn) await journal.save(state);
  await restoreFunctionCheck(milvus, target, signal);
  await prepareIndexes(run, target, goesOn, signal);
  await runAll(
    source.partition_backups,
    partitionsAtOnce,
    async ({ partition_name: name }, inner) => {
      if (await milvus.hasPartition(at, name, { signal: inner })) return;
      await milvus.createPartition(at, name, { signal: inner });
    },
    signal,
  );
  return { aliases, state };
}

async function prepareIndexes(
  { milvus, request }: Pick<RestoreRun, 'milvus' | 'request'>,
  { at, source }: RestoreTarget,
  goesOn: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (request.dropExistIndex && !goesOn) {
    for (const index of await milvus.listIndexes(at, { signal })) {
      await milvus.dropIndex(at, index.field_name, index.index_name, { signal });
    }
  }
  if (!request.rebuildIndex) return;
  const skipped = request.skipParams?.indexParams ?? [];
  const inputs = planIndexes(source.schema, source.index_infos, request.useAutoIndex ?? false, skipped);
  const present = goesOn ? (await milvus.listIndexes(at, { signal })).map((one) => one.field_name) : [];
  for (const input of inputs) {
    if (!present.includes(input.fieldName)) await milvus.createIndex(at, input, { signal });
  }
}

/** Milvus 2.4 and newer drop no collection that has aliases. */
export async function dropAliases(
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
