import { runAll } from '../transfer/run-all.js';
import { assertUndamaged } from '../verify/verify-backup.js';
import { listBackupLogs, sortLogs } from './backup-logs.js';
import type { RestorePlan } from './plan-targets.js';
import type { RestoreRun } from './restore-run.js';

const checkedAtOnce = 8;

/** What a damaged file looks like is told by the store: nothing is read but what has changed since the backup. */
async function checkDamage(run: RestoreRun, plan: RestorePlan): Promise<void> {
  const { source, sourceRoot, request, config, signal } = run;
  await assertUndamaged(
    {
      driver: source.driver,
      root: sourceRoot,
      name: request.name,
      concurrency: config.transfer.concurrency,
      signal,
    },
    new Set(plan.targets.map((target) => target.source)),
    request.metaOnly ? 'meta' : 'checksum',
  );
}

/**
 * Looks for every file of every collection that is asked for, before any target is touched: a backup with a hole must not
 * leave some collections restored, and none may be dropped for it. The listings are not kept, since a backup may hold millions
 * of files.
 * @throws BackupError `VERIFY_FAILED` naming the first file that is missing, has another size or is not what the backup wrote
 */
export async function checkFiles(run: RestoreRun, plan: RestorePlan): Promise<void> {
  const { source, sourceRoot, request, signal } = run;
  if (request.metaOnly) return await checkDamage(run, plan);
  await runAll(
    new Set(plan.targets.map((target) => target.source)),
    checkedAtOnce,
    async (collection, inner) => {
      const id = collection.collection_id;
      sortLogs(collection, await listBackupLogs(source.driver, sourceRoot, request.name, id, inner));
    },
    signal,
  );
  await checkDamage(run, plan);
}
