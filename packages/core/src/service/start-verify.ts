import { BackupError } from '../errors/index.js';
import { checkExistingBackupName } from '../layout/index.js';
import { backupMetaExists } from '../meta/index.js';
import type { VerifyHandle } from '../service-types.js';
import { assertBucket, rootOf } from '../stores.js';
import type { RunOptions } from '../task/types.js';
import { createChooser } from '../verify/subset.js';
import type { VerifyReport, VerifyRequest } from '../verify/types.js';
import { verifyBackup } from '../verify/verify-backup.js';
import { openPlace } from './open-place.js';
import type { CopyParts } from './start-copy.js';

/**
 * Refuses at once what can be, then goes on in the background.
 * @throws BackupError `INVALID_BACKUP_NAME`, `INVALID_ARGUMENT`, `BACKUP_NOT_FOUND`
 */
export async function startVerify(
  { deps, stores, runs }: CopyParts,
  request: VerifyRequest,
  options: RunOptions,
): Promise<VerifyHandle> {
  checkExistingBackupName(request.name);
  createChooser(request.subset, '');
  const config = deps.config.value;
  const { label, store } = await openPlace(request.from, config.storages, stores);
  const { signal } = options;
  await assertBucket(store, signal);
  const root = rootOf(store);
  if (!(await backupMetaExists(store.driver, root, request.name, { signal }))) throw notFound(request.name);
  const init = {
    id: request.id || deps.makeId(),
    kind: 'verify',
    backupName: request.name,
    options,
  } as const;
  let report: VerifyReport | undefined;
  const run = runs.start(init, async (context) => {
    const { tracker } = context;
    report = await verifyBackup({
      request,
      driver: store.driver,
      root,
      from: label,
      concurrency: config.transfer.concurrency,
      now: deps.identity.now,
      signal: context.signal,
      onStep: (step) => tracker.step(step),
      onProgress: (delta) => tracker.add(delta),
    });
    tracker.report({ verify: report });
    if (!report.ok) throw damaged(report);
  });
  return {
    ...run,
    async report() {
      await run.done().catch((error: unknown) => {
        if (report === undefined) throw error;
      });
      if (report === undefined) throw new BackupError({ code: 'INTERNAL', message: 'no report was made' });
      return report;
    },
  };
}

/** What a report with problems is as an error. */
export function damaged({ name, problems, problemsTotal }: VerifyReport): BackupError {
  const [first] = problems;
  const more = problemsTotal > 1 ? `, and ${problemsTotal - 1} more` : '';
  return new BackupError({
    code: 'VERIFY_FAILED',
    message: `backup ${name} is damaged: ${first?.key}: ${first?.message}${more}`,
    remedy: 'use another backup or another copy of this one, or take it again',
    details: { name, key: first?.key ?? null, problems: problemsTotal },
  });
}

function notFound(name: string): BackupError {
  return new BackupError({
    code: 'BACKUP_NOT_FOUND',
    message: `backup ${name} not found`,
    remedy: 'see the names with `list`; check the bucket and root path of the backup storage',
    details: { name },
  });
}
