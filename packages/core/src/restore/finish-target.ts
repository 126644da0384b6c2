import { nameKey } from '../filter/index.js';
import { restoreAliases } from './aliases.js';
import { planProperties } from './collection-properties.js';
import type { RestoreTarget } from './plan-targets.js';
import type { RestoreLanes } from './restore-collection.js';
import type { RestoreRun } from './restore-run.js';
import { attempt } from './warn.js';

/** What comes when the data is proven, and whose failure is a warning: late properties, aliases, loading. */
export async function finishTarget(
  run: RestoreRun,
  target: RestoreTarget,
  replaced: Iterable<string>,
  { aliases, loads, signal }: RestoreLanes,
): Promise<void> {
  const { milvus, request } = run;
  const { at, source } = target;
  const { afterProof } = planProperties(source, request);
  // A snapshot is restored with all of its properties.
  if (!request.skipCreateCollection && !run.bundle && afterProof.length > 0) {
    await attempt(
      run,
      signal,
      () => milvus.alterCollection(at, afterProof, { signal }),
      (error) => [
        `properties of ${nameKey(at)} could not be set: ${error.message}`,
        `set them by hand: ${afterProof.map(({ key, value }) => `${key}=${value}`).join(', ')}`,
      ],
    );
  }
  const wanted = new Set([...(aliases.get(target) ?? []), ...replaced]);
  if (wanted.size > 0) {
    await attempt(
      run,
      signal,
      () => restoreAliases(run, target, wanted, signal),
      (error) => [
        `aliases of ${nameKey(at)} could not be made: ${error.message}`,
        `make them by hand: ${[...wanted].join(', ')}`,
      ],
    );
  }
  await loads.start(target, signal);
}
