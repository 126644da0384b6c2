import { BackupError } from '../errors/index.js';
import { defaultDatabase, nameKey, selects } from '../filter/index.js';
import type { CollectionFilter, CollectionName } from '../filter/types.js';
import type { BackupMeta } from '../meta/types.js';
import type { RestoreRequest } from '../requests.js';
import { planTargets, type RestorePlan, sourceName } from './plan-targets.js';

/** Names told in one sentence. */
const namesTold = 5;

/**
 * A restore that would do nothing is more often a wrong name than a wish.
 * @throws BackupError `INVALID_ARGUMENT` when filters, or a plan, choose no collection and no database
 */
export function assertSomethingChosen(meta: BackupMeta, request: RestoreRequest, plan: RestorePlan): void {
  const { sourceFilter, targetFilter } = request;
  if (request.compat || plan.targets.length > 0) return;
  if (!sourceFilter && !targetFilter && !request.plan) return;
  if (choosesDatabase(meta, request, plan)) return;
  const without = { ...request, sourceFilter: undefined, targetFilter: undefined };
  const names = planTargets(meta, without).targets.map(({ source, at }) =>
    nameKey(targetFilter ? at : sourceName(source)),
  );
  const more = names.length > namesTold ? ` and ${names.length - namesTold} more` : '';
  const choice = names.length === 0 ? 'nothing' : `${names.slice(0, namesTold).join(', ')}${more}`;
  const empty = (targetFilter ?? sourceFilter)?.databases.size === 0;
  throw new BackupError({
    code: 'INVALID_ARGUMENT',
    message: empty
      ? `nothing would be restored: ${request.plan ? 'restorePlan has no filter, or an empty one' : 'the filter is empty'}`
      : `nothing would be restored: the filters choose no collection of backup ${meta.name}`,
    remedy: `${
      empty
        ? 'name what to restore, such as "filter": {"default": {"colls": ["*"]}}'
        : `correct the filters; ${targetFilter ? 'by target names' : 'by the names in it'} there is ${choice}`
    }; --compat ("compat": true) takes nothing for a success, as the Go tool`,
    details: { backup: meta.name },
  });
}

/** A database by itself is something, but for the default one, which every Milvus has. */
function choosesDatabase(meta: BackupMeta, request: RestoreRequest, plan: RestorePlan): boolean {
  const filter = request.targetFilter ?? request.sourceFilter;
  const names = request.targetFilter ? plan.databases : meta.database_backups.map((one) => one.db_name);
  return names.some((name) => {
    if ((name || defaultDatabase) === defaultDatabase) return false;
    const chosen = filter?.databases.get(name);
    return filter === undefined || chosen === 'all' || chosen?.size === 0;
  });
}

/** Rules of the filters that choose nothing, while others do. */
export function findIdleRules(meta: BackupMeta, request: RestoreRequest, plan: RestorePlan): string[] {
  const { sourceFilter, targetFilter } = request;
  return [
    ...idleRules(sourceFilter, meta.collection_backups.map(sourceName)),
    ...idleRules(
      targetFilter,
      plan.targets.map((one) => one.at),
    ),
  ];
}

function idleRules(filter: CollectionFilter | undefined, names: readonly CollectionName[]): string[] {
  if (!filter) return [];
  const found = new Set(names.filter((one) => selects(filter, one)).map(nameKey));
  return [...filter.databases].flatMap(([database, chosen]) =>
    chosen === 'all'
      ? []
      : [...chosen].map((collection) => nameKey({ database, collection })).filter((name) => !found.has(name)),
  );
}
