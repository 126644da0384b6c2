import { throwIfAborted, toBackupError } from '../errors/index.js';
import { listAll } from '../inspect/list-all.js';
import { rootOf } from '../stores.js';
import type { Candidate, CleanRun } from './clean-run.js';
import { findFolders } from './find-folders.js';
import { findLeftovers } from './find-leftovers.js';
import { findProbes } from './find-probes.js';
import { findScratch } from './find-scratch.js';
import { findStaging } from './find-staging.js';
import { findUploads } from './find-uploads.js';
import type { CleanupItem, CleanupOptions, CleanupReport } from './types.js';

/**
 * Finds what dead runs have left, and removes it when told to: nothing that a live run owns, nothing outside the backup root and
 * the folders of restores in Milvus's bucket. What is found is looked at again right before it goes. It can be interrupted at any
 * point and run again.
 * @throws BackupError of the stores while it looks; what cannot be removed is an item with its error
 */
export async function cleanup(
  run: CleanRun,
  { apply = false, onItem }: CleanupOptions,
): Promise<CleanupReport> {
  const { identity, signal } = run;
  const items: CleanupItem[] = [];
  const tell = (item: CleanupItem): void => {
    items.push(item);
    onItem?.(item);
  };
  const take = async (candidates: AsyncIterable<Candidate>): Promise<void> => {
    for await (const candidate of candidates) {
      throwIfAborted(signal);
      tell(apply ? await remove(run, candidate) : { ...candidate.item, outcome: 'found', error: '' });
    }
  };
  const told = new Set<string>();
  // Milvus's own storage is looked at once, with the first store.
  const areas: CleanRun[] = [
    run,
    ...run.more.map(({ label, store }) => ({ ...run, backups: store, label, milvus: null })),
  ];
  for (const area of areas) {
    const { backups } = area;
    const folders = await listAll({ driver: backups.driver, root: rootOf(backups), identity, signal });
    await take(findFolders(area, folders));
    await take(findLeftovers(area, folders));
    await take(findScratch(area, folders, (sentence) => told.add(sentence)));
    await take(findStaging(area));
    await take(findUploads(area));
    await take(findProbes(area));
  }
  const notes = [...told, ...notesOf(run)];
  return { applied: apply, olderThan: run.olderThan, items, notes };
}

async function remove({ signal, logger }: CleanRun, { item, remove }: Candidate): Promise<CleanupItem> {
  try {
    const outcome = (await remove()) ? 'removed' : 'changed';
    logger.info({ kind: item.kind, path: item.path, outcome }, 'cleanup');
    return { ...item, outcome, error: '' };
  } catch (error) {
    throwIfAborted(signal);
    const { message } = toBackupError(error);
    logger.warn({ kind: item.kind, path: item.path, reason: message }, 'cleanup: it could not be removed');
    return { ...item, outcome: 'failed', error: message };
  }
}

function notesOf({ milvus, backups, more }: CleanRun): string[] {
  const notes = milvus
    ? []
    : ['the store of Milvus could not be reached: what restores have left there was not looked for'];
  const expiring = new Set(
    [backups, milvus, ...more.map(({ store }) => store)].flatMap((store) =>
      store && !store.driver.uploads ? [store.driver.name] : [],
    ),
  );
  for (const name of expiring)
    notes.push(
      `${name}: unfinished uploads cannot be listed; the store removes them by itself after about a week`,
    );
  return notes;
}
