import {
  BackupError,
  type CollectionFilter,
  filterFromRequest,
  parseCollectionNames,
  parseDbCollections,
  parseRename,
  type RestoreMapping,
  type RestoreRequest,
} from '@milvus-backup/core';
import type { RestoreBody, RestorePlanBody } from './schemas/restore.js';
import { badCollectionName, withPrefix } from './with-prefix.js';

const planPrefix = 'server: create restore plan: restore: ';

/** What the Go tool refuses before it looks for the backup, in its order and words; `null` when all is well. */
export function findBadParameter(body: RestoreBody): string | null {
  if (!body.backup_name) return 'backup name is required';
  if (body.restorePlan && body.collection_suffix) {
    return 'restore plan and collection suffix cannot be set at the same time';
  }
  if (body.restorePlan && Object.keys(body.collection_renames ?? {}).length > 0) {
    return 'restore plan and collection renames cannot be set at the same time';
  }
  if (!/^\w*$/.test(body.collection_suffix ?? '')) {
    return 'only alphanumeric characters and underscores are allowed in collection suffix';
  }
  if (body.dropExistCollection && body.skipCreateCollection) {
    return 'drop_exist_collection and skip_create_collection cannot be true at the same time';
  }
  return null;
}

/** @throws BackupError with the texts of the Go tool */
export function buildRestoreRequest(body: RestoreBody): RestoreRequest {
  const { restorePlan, collection_renames: renames = {} } = body;
  const hasRenames = Object.keys(renames).length > 0;
  return {
    id: body.id || undefined,
    name: body.backup_name ?? '',
    sourceFilter: withPrefix(planPrefix, () => sourceFilter(body), rephrase),
    targetFilter: withPrefix(planPrefix, () => targetFilter(body), rephrase),
    plan: restorePlan && buildMappings(restorePlan),
    rename: hasRenames
      ? withPrefix(`${planPrefix}create coll mapper: restore: create map renamer `, () =>
          parseRename(renames),
        )
      : undefined,
    // The Go tool takes the renames when both are given
    suffix: hasRenames ? undefined : body.collection_suffix || undefined,
    rebuildIndex: body.restoreIndex,
    useAutoIndex: body.useAutoIndex,
    dropExistCollection: body.dropExistCollection,
    dropExistIndex: body.dropExistIndex,
    skipCreateCollection: body.skipCreateCollection,
    metaOnly: body.metaOnly,
    rbac: body.rbac,
    maxShardNum: body.maxShardNum,
    skipParams: body.skipParams,
    skipProperties: body.skipProperties,
    skipAliases: body.skipAliases,
    skipLoad: body.skipLoad,
    compat: body.compat,
    resume: body.resume,
    keepGoing: body.keepGoing,
    // `false` is what clients of the Go tool send without a thought.
    useV2Restore: body.useV2Restore || undefined,
    truncateBinlogByTs: body.truncateBinlogByTs || undefined,
    ezkMapping: Object.keys(body.ezkMapping ?? {}).length > 0 ? body.ezkMapping : undefined,
    allowOlderMilvus: body.allowOlderMilvus || undefined,
    bucketName: body.bucket_name || undefined,
    rootPath: body.path || undefined,
  };
}

function sourceFilter(body: RestoreBody): CollectionFilter | undefined {
  return parseDbCollections(body.db_collections) ?? parseCollectionNames(body.collection_names ?? []);
}

function rephrase(error: BackupError): string | null {
  const name = badCollectionName(error);
  return name === null ? null : `parse namespace ${name}: namespace format is invalid`;
}

/** A plan without a filter selects nothing: the Go tool's way, which core refuses unless `compat` is asked for. */
function targetFilter(body: RestoreBody): CollectionFilter | undefined {
  if (body.restorePlan) return filterFromRequest(body.restorePlan.filter ?? {}, 'restorePlan.filter');
  return parseDbCollections(body.db_collections_after_rename, 'db_collections_after_rename');
}

function buildMappings(plan: RestorePlanBody): readonly RestoreMapping[] {
  return (plan.mapping ?? []).map(({ source, target, withProp, colls = [] }) => {
    const databases = `${planPrefix}create db mapper: restore: `;
    return {
      source: required(source, `${databases}source database name is empty`),
      target: required(target, `${databases}target database name is empty`),
      withProperties: withProp,
      collections: colls.map((one) => {
        const collections = `${planPrefix}create coll mapper: restore: `;
        return {
          source: required(one.source, `${collections}source collection name is empty`),
          target: required(one.target, `${collections}target collection name is empty`),
          shardNum: one.override?.shardNum,
          description: one.override?.description,
        };
      }),
    };
  });
}

function required(name: string | undefined, message: string): string {
  if (name) return name;
  throw new BackupError({ code: 'INVALID_ARGUMENT', message });
}
