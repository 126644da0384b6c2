import { nameKey } from '../filter/index.js';
import { proveCollection } from '../prove/prove-collection.js';
import type { RestoreTarget } from './plan-targets.js';
import type { RestoreRun } from './restore-run.js';

/**
 * Compares every row of the restored collections with the backup, one collection at a time: each has to be in Milvus's memory.
 * @throws BackupError `PROOF_FAILED`; what was restored stays, since looking at it may tell what went wrong
 */
export async function proveTargets(run: RestoreRun, targets: readonly RestoreTarget[]): Promise<void> {
  const { request, tracker, milvus, source, sourceRoot, signal, logger } = run;
  if (request.prove !== 'full' || request.metaOnly) return;
  for (const { source: collection, at } of targets) {
    tracker.step(`comparing ${nameKey(at)} with the backup, row by row`);
    const proof = await proveCollection({
      milvus,
      driver: source.driver,
      root: sourceRoot,
      name: request.name,
      collection,
      at,
      // An existing target may hold rows of others.
      exact: request.skipCreateCollection !== true,
      signal,
    });
    const { rows, skipped } = proof;
    if (skipped.length > 0) {
      logger.warn({ ...at, fields: skipped }, 'fields of these types are not compared with the backup');
    }
    logger.info({ ...at, rows, fields: proof.fields.length }, 'every row is as in the backup');
  }
}
