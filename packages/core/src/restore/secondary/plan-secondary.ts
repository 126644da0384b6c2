import { defaultDatabase } from '../../filter/index.js';
import type { BackupExtras } from '../../meta/extras.js';
import type { BackupMeta, CollectionMeta, RbacMeta } from '../../meta/types.js';
import type { Wire } from '../../milvus/wire.js';
import { planLoad } from '../load-collections.js';
import { sourceName } from '../plan-targets.js';
import type { Broadcast } from './broadcast.js';
import type { FlushPoint } from './flush-points.js';
import { IdSource } from './ids.js';
import {
  commitMessage,
  type ImportContext,
  type ImportStep,
  importMessage,
  type UnitFacts,
} from './import-messages.js';
import { createPlanContext, type PlanContext } from './plan-context.js';
import {
  alterLoadConfig,
  createCollection,
  createDatabase,
  createIndex,
  restoreRbac,
} from './structure-messages.js';

/** Collections whose staged data may lie in Milvus's bucket at once. */
const collectionsOfWave = 16;

/** Imports that run side by side: all are asked for, then all are waited for, then all are made visible. */
export interface ImportBatch {
  readonly steps: readonly ImportStep[];
  /** By step; servers without two-phase imports are not sent them. */
  readonly commits: readonly Broadcast[];
}

/** Collections whose data comes at the same time. */
export interface Wave {
  readonly collections: readonly CollectionMeta[];
  /** Deletes of L0 segments in the last ones: they must find the rows. */
  readonly batches: readonly ImportBatch[];
  readonly loads: readonly Broadcast[];
}

/** Every message of a restore, in the order of its sending. */
export interface SecondaryPlan {
  /** Databases, then collections, then indexes: each needs those before it. */
  readonly structure: readonly (readonly Broadcast[])[];
  readonly waves: readonly Wave[];
  readonly rbac: Broadcast | null;
  /** Last: from there on the replication takes over. */
  readonly flushes: readonly FlushPoint[];
  /** Of the messages that are made here; flush messages have those of the source. */
  readonly lastTick: bigint;
}

export interface CollectionImports {
  readonly collection: CollectionMeta;
  readonly data: readonly UnitFacts[];
  readonly l0: readonly UnitFacts[];
}

export interface SecondaryInput {
  readonly meta: BackupMeta;
  readonly extras: BackupExtras;
  readonly codec: Pick<Wire, 'encode' | 'decode'>;
  /** Databases that the target has; the others are made. */
  readonly databases: ReadonlySet<string>;
  readonly imports: readonly CollectionImports[];
  readonly flushes: ReadonlyMap<string, FlushPoint>;
  readonly pathOf: ImportContext['pathOf'];
  /** Import jobs that the server may have at once. */
  readonly mostJobs: number;
  /** Milliseconds since 1970: what a restore that goes on has begun with. */
  readonly base: number;
}

/** The same for the same input. @throws BackupError `SOURCE_INCOMPLETE`, `META_UNREADABLE` */
export function planSecondary(input: SecondaryInput): SecondaryPlan {
  const { meta, extras, codec, flushes } = input;
  const ids = new IdSource(input.base);
  const context = createPlanContext({ meta, extras, codec, ids });
  const structure = [
    meta.database_backups
      .filter((one) => !input.databases.has(one.db_name || defaultDatabase))
      .map((database) => createDatabase(context, database)),
    meta.collection_backups.map((collection) => createCollection(context, collection)),
    meta.collection_backups.flatMap((collection) =>
      collection.index_infos.map((index) => createIndex(context, collection, index)),
    ),
  ];
  const importing: ImportContext = {
    context,
    flushes,
    pathOf: input.pathOf,
    ezkOf: (collection) => keyOf(meta, collection),
  };
  const waves = cutWaves(input).map((wave) => planWave(importing, wave, input.mostJobs));
  const rbac = meta.rbac_meta && hasRbac(meta.rbac_meta) ? restoreRbac(context, meta.rbac_meta) : null;
  const ordered = meta.physical_channel_names.map((channel) => flushes.get(channel));
  return {
    structure,
    waves,
    rbac,
    flushes: ordered.filter((one) => one !== undefined),
    lastTick: ids.tick() - 1n,
  };
}

function planWave(input: ImportContext, wave: readonly CollectionImports[], mostJobs: number): Wave {
  const { context } = input;
  const batch = (units: readonly (readonly [CollectionMeta, UnitFacts])[]): ImportBatch[] => {
    const batches: ImportBatch[] = [];
    for (let at = 0; at < units.length; at += mostJobs) {
      const steps = units
        .slice(at, at + mostJobs)
        .map(([collection, unit]) => importMessage(input, collection, unit));
      batches.push({ steps, commits: steps.map((step) => commitMessage(context, step)) });
    }
    return batches;
  };
  const pairs = (of: 'data' | 'l0'): (readonly [CollectionMeta, UnitFacts])[] =>
    wave.flatMap((one) => one[of].map((unit) => [one.collection, unit] as const));
  const batches = [...batch(pairs('data')), ...batch(pairs('l0'))];
  return {
    collections: wave.map((one) => one.collection),
    batches,
    loads: wave.flatMap(({ collection }) => planLoading(context, collection)),
  };
}

function planLoading(context: PlanContext, collection: CollectionMeta): Broadcast[] {
  const load = planLoad({ source: collection, at: sourceName(collection), shardNum: 0 }, context.extras);
  return load ? [alterLoadConfig(context, collection, load)] : [];
}

/** At least one collection each, and no more imports than may run at once where that is possible. */
function cutWaves({ imports, mostJobs }: SecondaryInput): CollectionImports[][] {
  const waves: CollectionImports[][] = [];
  let jobs = 0;
  for (const one of imports) {
    const wave = waves.at(-1);
    const fits = wave !== undefined && wave.length < collectionsOfWave && jobs + one.data.length <= mostJobs;
    if (fits) wave.push(one);
    else waves.push([one]);
    jobs = (fits ? jobs : 0) + one.data.length;
  }
  return waves;
}

function keyOf(meta: BackupMeta, collection: CollectionMeta): string {
  const database = collection.db_name || defaultDatabase;
  return meta.database_backups.find((one) => (one.db_name || defaultDatabase) === database)?.ezk ?? '';
}

const hasRbac = (rbac: RbacMeta): boolean => Object.values(rbac).some((list) => list.length > 0);
