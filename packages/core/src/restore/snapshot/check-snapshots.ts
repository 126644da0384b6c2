import { BackupError } from '../../errors/index.js';
import { nameKey } from '../../filter/index.js';
import { backupPrefix } from '../../layout/index.js';
import { runAll } from '../../transfer/run-all.js';
import { assertUndamaged } from '../../verify/verify-backup.js';
import { alreadyThere } from '../check-targets.js';
import type { RestorePlan, RestoreTarget } from '../plan-targets.js';
import type { RestoreRun } from '../restore-run.js';
import type { Resume } from '../resume-targets.js';
import { warn } from '../warn.js';
import { ignoredOptions } from './check-request.js';

const checkedAtOnce = 16;

/** Tells what is asked for and not done. */
export function warnIgnored(run: RestoreRun): void {
  const ignored = ignoredOptions(run.request);
  if (ignored.length === 0) return;
  warn(
    run,
    `${ignored.join(', ')} ${ignored.length === 1 ? 'has' : 'have'} no effect on a backup in the snapshot format`,
    'Milvus restores the indexes as they were',
  );
}

/** As for binlogs: all targets are looked at before any is touched. @throws BackupError `TARGET_EXISTS` */
export async function checkSnapshotTargets(
  { milvus, request, signal }: RestoreRun,
  plan: RestorePlan,
  present: readonly string[],
  begun: ReadonlyMap<RestoreTarget, Resume>,
): Promise<void> {
  await runAll(
    plan.targets,
    checkedAtOnce,
    async (target, inner) => {
      const { at } = target;
      if (begun.has(target) || request.dropExistCollection || !present.includes(at.database)) return;
      if (await milvus.hasCollection(at, { signal: inner })) throw alreadyThere(at);
    },
    signal,
  );
}

/**
 * Looks for what Milvus is to read: the metadata of each snapshot, and with a manifest all of the bundle.
 * @throws BackupError `VERIFY_FAILED`
 */
export async function checkSnapshotFiles(run: RestoreRun, plan: RestorePlan): Promise<void> {
  const { source, sourceRoot, request, config, signal } = run;
  const { driver } = source;
  const collections = new Set(plan.targets.map((target) => target.source));
  await runAll(
    collections,
    checkedAtOnce,
    async (collection, inner) => {
      const path = collection.snapshot_backup?.metadata_path ?? '';
      const key = backupPrefix(sourceRoot, request.name) + path;
      if ((await driver.head(key, { signal: inner })) === null) throw missing(collection, path);
    },
    signal,
  );
  const { concurrency } = config.transfer;
  await assertUndamaged(
    { driver, root: sourceRoot, name: request.name, concurrency, signal },
    collections,
    'checksum',
  );
}

function missing(
  { db_name, collection_name }: { readonly db_name: string; readonly collection_name: string },
  path: string,
): BackupError {
  const name = nameKey({ database: db_name || 'default', collection: collection_name });
  return new BackupError({
    code: 'VERIFY_FAILED',
    message: `the snapshot of ${name} is missing from the backup: ${path}`,
    remedy: 'see all damage with `verify`, and restore another backup; nothing was changed in Milvus',
    details: { key: path },
  });
}
