import { chooseSample } from '../drill/plan-drill.js';
import type { DrillReport, DrillRequest } from '../drill/types.js';
import { BackupError } from '../errors/index.js';
import { checkExistingBackupName } from '../layout/index.js';
import { readBackupMeta, requireBinlogFormat } from '../meta/index.js';
import { TargetReservations } from '../restore/target-reservations.js';
import type { DrillHandle } from '../service-types.js';
import { assertBucket, rootOf, Stores } from '../stores.js';
import type { RunOptions } from '../task/types.js';
import { runDrill } from './run-drill.js';
import type { RestoreParts } from './start-restore.js';

/** What a database may be called in every Milvus. */
const databaseName = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;

/**
 * Refuses at once what can be, then restores into a scratch database in the background, compares, drops it, and notes the outcome
 * beside the backup.
 * @throws BackupError `INVALID_BACKUP_NAME`, `INVALID_ARGUMENT`, `BACKUP_NOT_FOUND`, `META_UNREADABLE`, `FORMAT_UNSUPPORTED`
 */
export async function startDrill(
  here: RestoreParts,
  request: DrillRequest,
  options: RunOptions,
): Promise<DrillHandle> {
  const { name } = request;
  checkExistingBackupName(name);
  if (request.into && !databaseName.test(request.into)) throw badDatabase(request.into);
  const { parts, close } = request.milvus
    ? elsewhere(here, request.milvus)
    : { parts: here, close: async () => {} };
  try {
    const source = await parts.stores.backup();
    await assertBucket(source, options.signal);
    const meta = await readBackupMeta(source.driver, rootOf(source), name, { signal: options.signal });
    requireBinlogFormat(meta);
    const id = request.id || parts.deps.makeId();
    chooseSample(meta.collection_backups, request.sample, id);
    let report: DrillReport | undefined;
    const run = here.runs.start({ id, kind: 'drill', backupName: name, options }, async (context) => {
      try {
        report = await runDrill(parts, request, { id, meta, source }, context);
        context.tracker.report({ drill: report });
      } finally {
        await close();
      }
    });
    return {
      ...run,
      async report() {
        await run.done();
        if (report) return report;
        throw new BackupError({ code: 'INTERNAL', message: 'no report was made' });
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * The same service with another Milvus, and its storage, behind it; the backup is where it was. Its runs are among those of this
 * service, which cancels them when it ends.
 */
function elsewhere(
  here: RestoreParts,
  milvus: NonNullable<DrillRequest['milvus']>,
): { readonly parts: RestoreParts; readonly close: () => Promise<void> } {
  const { deps } = here;
  const value = { ...deps.config.value, milvus };
  const stores = new Stores(value, deps.openDriver);
  const gateway = deps.openMilvus(milvus);
  return {
    parts: {
      ...here,
      deps: { ...deps, config: { ...deps.config, value } },
      stores,
      milvus: () => gateway,
      reservations: new TargetReservations(),
    },
    close: async () => void (await Promise.all([gateway.close(), stores.close()])),
  };
}

function badDatabase(name: string): BackupError {
  return new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `${JSON.stringify(name.slice(0, 64))} cannot name a database`,
    remedy: 'use letters, digits and underscores, not starting with a digit',
  });
}
