import { runAll } from '../transfer/run-all.js';
import { listBackupLogs, sortLogs } from './backup-logs.js';
import type { RestorePlan } from './plan-targets.js';
import type { RestoreRun } from './restore-run.js';

const checkedAtOnce = 8;

/**
 * Looks for every file of every collection that is asked for, before any target is touched: a backup with a hole must not
 * leave some collections restored, and none may be dropped for it. The listings are not kept, since a backup may hold millions
 * of files.
 * @throws BackupError `VERIFY_FAILED` naming the first file that is missing or has another size
 */
export async function checkFiles(run: RestoreRun, plan: RestorePlan): Promise<void> {
  const { source, sourceRoot, request, signal } = run;
  if (request.metaOnly) return;
  await runAll(
    new Set(plan.targets.map((target) => target.source)),
    checkedAtOnce,
    async (collection, inner) => {
      const id = collection.collection_id;
      sortLogs(collection, await listBackupLogs(source.driver, sourceRoot, request.name, id, inner));
    },
    signal,
  );
}
