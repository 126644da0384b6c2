import { BackupError } from '../errors/index.js';
import {
  applyRename,
  checkSuffix,
  defaultDatabase,
  nameKey,
  selects,
  selectsDatabase,
} from '../filter/index.js';
import type { CollectionFilter, CollectionName } from '../filter/types.js';
import type { BackupMeta, CollectionMeta, DatabaseMeta } from '../meta/types.js';
import type { RestoreMapping, RestoreRequest } from '../requests.js';

/** One collection of the backup and where it goes. */
export interface RestoreTarget {
  readonly source: CollectionMeta;
  readonly at: CollectionName;
  /** 0: as in the backup. */
  readonly shardNum: number;
  /** Absent: as in the backup. */
  readonly description?: string | undefined;
}

export interface RestorePlan {
  /** Databases to make where they are absent. */
  readonly databases: readonly string[];
  readonly targets: readonly RestoreTarget[];
}

/**
 * Which collections go where: source filter, then renaming (plan, rename rules or suffix), then target filter.
 * @throws BackupError `INVALID_ARGUMENT` when options exclude each other, a suffix is none or two collections get one name
 */
export function planTargets(meta: BackupMeta, request: RestoreRequest): RestorePlan {
  assertCompatible(request);
  checkSuffix(request.suffix ?? '');
  const chosen = meta.collection_backups.filter((one) => isSelected(request.sourceFilter, sourceName(one)));
  const targets = chosen
    .flatMap((source) => mapCollection(source, request))
    .filter((target) => isSelected(request.targetFilter, target.at));
  assertDistinct(targets);
  const needed = targets.map((target) => target.at.database);
  const recorded = meta.database_backups
    .filter((one) => !request.sourceFilter || selectsDatabase(request.sourceFilter, one.db_name))
    .flatMap((one) => mapDatabase(one, request))
    .filter((name) => !request.targetFilter || request.targetFilter.databases.has(name));
  return { databases: [...new Set([...recorded, ...needed])], targets };
}

export function sourceName(collection: CollectionMeta): CollectionName {
  return { database: collection.db_name || defaultDatabase, collection: collection.collection_name };
}

const isSelected = (filter: CollectionFilter | undefined, at: CollectionName): boolean =>
  filter === undefined || selects(filter, at);

function mapCollection(source: CollectionMeta, request: RestoreRequest): RestoreTarget[] {
  const from = sourceName(source);
  if (request.plan) return mapByPlan(source, from, request.plan);
  const at = request.rename
    ? applyRename(request.rename, from)
    : { ...from, collection: from.collection + (request.suffix ?? '') };
  return [{ source, at, shardNum: 0 }];
}

/**
 * Only collections that the plan lists move. All others keep database and name, those of a mapped database too: such a
 * mapping alone decides which databases are made, as with the Go tool. Moving what nobody has listed could replace
 * collections of the target database that only happen to have the same names.
 */
function mapByPlan(
  source: CollectionMeta,
  from: CollectionName,
  plan: readonly RestoreMapping[],
): RestoreTarget[] {
  const listed = plan
    .filter((mapping) => (mapping.source || defaultDatabase) === from.database)
    .flatMap((mapping) =>
      mapping.collections
        .filter((one) => one.source === from.collection)
        .map((one) => ({
          source,
          at: { database: mapping.target || defaultDatabase, collection: one.target },
          shardNum: one.shardNum ?? 0,
          description: one.description,
        })),
    );
  return listed.length > 0 ? listed : [{ source, at: from, shardNum: 0 }];
}

/** What becomes of a database of the backup. */
export function mapDatabase(database: DatabaseMeta, request: RestoreRequest): string[] {
  const name = database.db_name || defaultDatabase;
  const mapped = (request.plan ?? [])
    .filter((one) => (one.source || defaultDatabase) === name)
    .map((one) => one.target || defaultDatabase);
  if (mapped.length > 0) return mapped;
  return [request.rename?.databases.get(name) ?? name];
}

function assertCompatible(request: RestoreRequest): void {
  if (request.dropExistCollection && request.skipCreateCollection) {
    throw invalid(
      'drop_exist_collection and skip_create_collection cannot be true at the same time',
      'choose one: drop the target and make it anew, or import into it as it is',
    );
  }
  if (request.plan && request.suffix) {
    throw invalid(
      'restore plan and collection suffix cannot be set at the same time',
      'leave one of them out',
    );
  }
  if (request.plan && request.rename) {
    throw invalid(
      'restore plan and collection renames cannot be set at the same time',
      'leave one of them out',
    );
  }
}

function assertDistinct(targets: readonly RestoreTarget[]): void {
  const seen = new Map<string, RestoreTarget>();
  for (const target of targets) {
    const name = nameKey(target.at);
    const other = seen.get(name);
    if (other) {
      const [a, b] = [other, target].map((one) => nameKey(sourceName(one.source)));
      throw invalid(`${a} and ${b} would both be restored as ${name}`, 'give them different names');
    }
    seen.set(name, target);
  }
}

function invalid(message: string, remedy: string): BackupError {
  return new BackupError({ code: 'INVALID_ARGUMENT', message, remedy });
}
