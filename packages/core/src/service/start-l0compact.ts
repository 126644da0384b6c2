import { BackupError, isBackupError } from '../errors/index.js';
import { compactBackup } from '../l0compact/compact-backup.js';
import type { CompactRun } from '../l0compact/compact-run.js';
import { destinationNotEmpty, inspectDestination } from '../l0compact/destination.js';
import { planCompaction } from '../l0compact/plan.js';
import { checkBackupName } from '../layout/index.js';
import { readBackupMeta, requireBinlogFormat } from '../meta/index.js';
import type { L0CompactRequest } from '../requests.js';
import type { RunHandle } from '../service-types.js';
import { assertBucket, rootOf, type Stores } from '../stores.js';
import type { Runs } from '../task/runs.js';
import type { RunOptions } from '../task/types.js';
import { WriteFence } from '../task/write-fence.js';
import { createTransfer } from '../transfer/transfer.js';
import type { ServiceDeps } from './deps.js';

export interface L0CompactParts {
  readonly deps: ServiceDeps;
  readonly stores: Stores;
  readonly runs: Runs;
}

/** As the Go tool. */
const copiedAtOnce = 10;
/** About 50 MB with keys of 64 bits. */
const maxDeletes = 500_000;

/**
 * Refuses at once what can be, then goes on in the background.
 * @throws BackupError `INVALID_BACKUP_NAME`, `INVALID_ARGUMENT` for equal names, `BACKUP_NOT_FOUND`, `META_UNREADABLE`,
 * `FORMAT_UNSUPPORTED`, `BACKUP_EXISTS`, `BACKUP_IN_PROGRESS`
 */
export async function startL0Compact(
  { deps, stores, runs }: L0CompactParts,
  request: L0CompactRequest,
  options: RunOptions,
): Promise<RunHandle> {
  const { identity } = deps;
  const { signal } = options;
  const source = request.name;
  const output = request.output || `${source}_l0compacted`;
  // Both by the rule for new names, as the Go tool.
  checkBackupName(source);
  checkBackupName(output);
  if (output === source) throw sameName(source);
  const place = await stores.backup();
  await assertBucket(place, signal);
  const root = rootOf(place);
  const meta = await readBackupMeta(place.driver, root, source, { signal });
  requireBinlogFormat(meta);
  const plan = planCompaction(meta);
  const found = await inspectDestination(place.driver, root, output, identity, signal);
  const force = request.force === true;
  if (found === 'other' && !force) throw destinationNotEmpty(output);
  const id = request.id || deps.makeId();
  const logger = deps.logger.child({ run: id, backup: output });
  const fence = new WriteFence();
  const store = { ...place, driver: fence.around(place.driver) };
  const config = deps.config.value.transfer;
  const concurrency = Math.min(copiedAtOnce, config.concurrency);
  const transfer = createTransfer(place, store, { ...config, concurrency }, logger);
  const init = { id, kind: 'l0compact', backupName: output, options } as const;
  return runs.start(init, async ({ tracker, signal: stop }) => {
    const ends = { id, store, root, source, output, meta, plan, force, fence, transfer };
    const run: CompactRun = { ...ends, concurrency, maxDeletes, identity, logger, tracker };
    try {
      await compactBackup(run, stop);
    } catch (error) {
      throw isBackupError(error) && error.code === 'CANCELLED' ? cancelledRun(output, error) : error;
    }
  });
}

function sameName(name: string): BackupError {
  return new BackupError({
    code: 'INVALID_ARGUMENT',
    message: 'output must differ from source backup name',
    remedy: 'give the new backup another name with --output, or none: it is <name>_l0compacted then',
    details: { name },
  });
}

function cancelledRun(name: string, cause: BackupError): BackupError {
  return new BackupError({
    code: 'CANCELLED',
    message: `${cause.message}: ${name} is not whole and not listed`,
    remedy: 'run the same command again: it goes on where it stopped',
    cause,
    details: cause.details,
  });
}
