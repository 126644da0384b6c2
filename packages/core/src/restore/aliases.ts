import { nameKey } from '../filter/index.js';
import type { RestoreRequest } from '../requests.js';
import type { RestorePlan, RestoreTarget } from './plan-targets.js';
import type { RestoreRun } from './restore-run.js';
import { attempt, warn } from './warn.js';

/** Milvus 2.3 and newer: the alias is a collection's name, or another collection's alias. */
const conflictCodes = new Set<unknown>([1601, 1602]);

/**
 * The aliases that each target gets. An alias is one collection's: of several targets of one source the first takes it. One that
 * this restore needs as a collection's name is nobody's.
 */
export function planAliases(
  plan: RestorePlan,
  request: RestoreRequest,
): ReadonlyMap<RestoreTarget, readonly string[]> {
  const planned = new Map<RestoreTarget, readonly string[]>();
  if (request.compat || request.skipAliases) return planned;
  const names = new Set(plan.targets.map((one) => nameKey(one.at)));
  const taken = new Set<string>();
  for (const target of plan.targets) {
    const { database } = target.at;
    const free = target.source.aliases.filter((alias) => {
      const name = nameKey({ database, collection: alias });
      const source = `${target.source.db_name}\n${alias}`;
      if (names.has(name) || taken.has(name) || taken.has(source)) return false;
      taken.add(name).add(source);
      return true;
    });
    if (free.length > 0) planned.set(target, free);
  }
  return planned;
}

/**
 * Points aliases to a restored collection, each only where it is free: one that serves another collection is not taken from it.
 * @param aliases those of the backup, and those of the collection that this one has replaced
 */
export async function restoreAliases(
  run: RestoreRun,
  target: RestoreTarget,
  aliases: Iterable<string>,
  signal: AbortSignal,
): Promise<void> {
  const { at } = target;
  const held = new Set((await run.milvus.describeCollection(at, { signal })).aliases);
  for (const alias of aliases) {
    if (held.has(alias)) continue;
    await attempt(
      run,
      signal,
      () => run.milvus.createAlias(at, alias, { signal }),
      (error) =>
        conflictCodes.has(error.details.milvusCode)
          ? [
              `alias ${alias} was not given to ${nameKey(at)}: the name is taken (${error.message})`,
              `when ${nameKey(at)} is to take over, move the alias with AlterAlias`,
            ]
          : [`alias ${alias} of ${nameKey(at)} could not be made: ${error.message}`, 'make it by hand'],
    );
  }
}

/** Tells of aliases that the plan leaves to nobody, or to the first of several targets. */
export function warnOfAliases(
  run: RestoreRun,
  plan: RestorePlan,
  planned: ReadonlyMap<RestoreTarget, readonly string[]>,
): void {
  if (run.request.compat || run.request.skipAliases) return;
  for (const target of plan.targets) {
    const got = planned.get(target) ?? [];
    for (const alias of target.source.aliases.filter((one) => !got.includes(one))) {
      warn(
        run,
        `alias ${alias} is not given to ${nameKey(target.at)}: another target of this restore has the name`,
        'move it with AlterAlias afterwards if it is wanted there',
      );
    }
  }
}
