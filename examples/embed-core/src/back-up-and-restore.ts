import type { BackupService, TaskView } from '@milvus-backup/core';
import { parseCollectionNames } from '@milvus-backup/core';

export interface BackUpAndRestoreOptions {
  /** Opened, and closed, by the caller. */
  readonly service: BackupService;
  /** `coll`, or `db.coll` when it is not in the database `default`. */
  readonly collection: string;
  readonly backupName: string;
  /** The restored collection has the old name with this behind it. */
  readonly suffix: string;
  /** Takes the lines to show. */
  readonly print: (line: string) => void;
  /** Ends the run that is under way, which cleans up behind itself. */
  readonly signal: AbortSignal;
}

/**
 * Backs up one collection, lists the backups, and restores the collection beside the original.
 * @throws BackupError what went wrong, as `code`, `message` and `remedy`; `CANCELLED` after the signal
 */
export async function backUpAndRestore(options: BackUpAndRestoreOptions): Promise<void> {
  const { service, collection, backupName, suffix, print, signal } = options;
  const onProgress = createProgressPrinter(print);

  print(`Backing up ${collection} as ${backupName}`);
  const filter = parseCollectionNames([collection]);
  const backup = await service.create({ name: backupName, filter }, { signal, onProgress });
  print(`Backed up ${backup.progress.bytesDone} bytes in ${secondsOf(backup)} s`);

  for (const { name, size, milvusVersion } of await service.list({ signal })) {
    print(`In the store: ${name}, ${size} bytes, from Milvus ${milvusVersion}`);
  }

  print(`Restoring with the suffix ${suffix}`);
  const restore = await service.restore(
    { name: backupName, suffix, rebuildIndex: true },
    { signal, onProgress },
  );
  for (const { database, collection: name } of restore.collections) print(`Restored ${database}.${name}`);
  print(`Restored in ${secondsOf(restore)} s`);
}

/** A line for each change; several values a second come in. */
function createProgressPrinter(print: (line: string) => void): (view: TaskView) => void {
  let last = '';
  return ({ kind, progress }) => {
    const line = `  ${kind}: ${Math.trunc(progress.percent)} %, ${progress.step}`;
    if (line !== last) print(line);
    last = line;
  };
}

const secondsOf = ({ startedAt, endedAt }: TaskView): string => ((endedAt - startedAt) / 1000).toFixed(1);
