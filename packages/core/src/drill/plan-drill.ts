import { createHash } from 'node:crypto';
import { BackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionMeta } from '../meta/types.js';
import type { RestoreMapping, RestoreRequest } from '../requests.js';
import { sourceName } from '../restore/plan-targets.js';

/**
 * The collections that a drill restores: the same for the same seed.
 * @param sample a number, a percentage (at least one collection), or absent for all
 * @throws BackupError `INVALID_ARGUMENT`
 */
export function chooseSample(
  collections: readonly CollectionMeta[],
  sample: string | undefined,
  seed: string,
): CollectionMeta[] {
  if (sample === undefined) return [...collections];
  const percent = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(sample)?.[1];
  const wanted =
    percent === undefined
      ? Number(/^\d{1,9}$/.exec(sample)?.[0] ?? 0)
      : Math.ceil((collections.length * Math.min(Number(percent), 100)) / 100);
  if (wanted === 0) {
    throw new BackupError({
      code: 'INVALID_ARGUMENT',
      message: `${JSON.stringify(sample.slice(0, 32))} names no part of a backup`,
      remedy: 'give a number of collections such as 3, or a percentage such as 5%',
    });
  }
  const rank = (one: CollectionMeta): string =>
    createHash('sha256').update(`${seed}\0${one.collection_id}`).digest('hex');
  return [...collections].sort((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, wanted);
}

/** Restores collections of any databases into one, under names that do not meet. */
export function planDrill(
  chosen: readonly CollectionMeta[],
  database: string,
): Pick<RestoreRequest, 'plan' | 'sourceFilter'> {
  const plan = new Map<
    string,
    RestoreMapping & { readonly collections: { source: string; target: string }[] }
  >();
  const filter = new Map<string, Set<string>>();
  const taken = new Set<string>();
  for (const [index, one] of chosen.entries()) {
    const { database: source, collection } = sourceName(one);
    const target = taken.has(collection) ? `drill_${index}_${one.collection_id}` : collection;
    taken.add(target);
    const mapping = plan.get(source) ?? { source, target: database, collections: [] };
    mapping.collections.push({ source: collection, target });
    plan.set(source, mapping);
    filter.set(source, (filter.get(source) ?? new Set()).add(collection));
  }
  return { plan: [...plan.values()], sourceFilter: { databases: filter } };
}

export const namesOf = (chosen: readonly CollectionMeta[]): string[] =>
  chosen.map((one) => nameKey(sourceName(one)));
