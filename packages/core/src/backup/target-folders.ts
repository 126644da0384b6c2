import { removeFolder } from '../delete/remove-folder.js';
import { BackupError } from '../errors/index.js';
import { backupPrefix, collectionFolder } from '../layout/index.js';
import type { CollectionMeta } from '../meta/types.js';
import type { ObjectCopy } from '../transfer/transfer.js';
import type { BackupRun } from './backup-run.js';

/**
 * Every object is there with its size, and, after an earlier try, no other: what that one copied of segments that were
 * compacted since would be restored with the rest by a tool that goes by folders.
 * @throws BackupError `VERIFY_FAILED`
 */
export async function verifyArrived(
  run: BackupRun,
  collection: CollectionMeta,
  copies: readonly ObjectCopy[],
  again: boolean,
  signal: AbortSignal,
): Promise<void> {
  const missing = new Map(copies.map((copy) => [copy.targetKey, copy.size]));
  const folders = foldersOf(run, collection).filter(
    (folder) => again || copies.some((copy) => copy.targetKey.startsWith(folder)),
  );
  const { driver } = run.target;
  for (const folder of folders) {
    const stale: string[] = [];
    for await (const entry of driver.list(folder, { signal })) {
      if (entry.type !== 'object') continue;
      const want = missing.get(entry.key);
      if (want === undefined) {
        stale.push(entry.key);
        continue;
      }
      if (want !== entry.size) {
        throw notVerified(`size mismatch, key=${entry.key} want=${want} got=${entry.size}`, entry.key);
      }
      missing.delete(entry.key);
    }
    if (again && stale.length > 0) await driver.delete(stale, { signal });
  }
  const [first] = missing.keys();
  if (first !== undefined) throw notVerified(`${missing.size} objects missing, one is ${first}`, first);
}

/** The folders of one collection in the backup. */
export function foldersOf(run: BackupRun, collection: CollectionMeta): string[] {
  const base = backupPrefix(run.targetRoot, run.name);
  const kinds = ['insert', 'delta'] as const;
  return kinds.map((kind) => collectionFolder(base, kind, collection.collection_id));
}

/** Removes what an earlier try has copied of collections that are not in the backup. */
export async function removeOtherCollections(
  run: BackupRun,
  collections: readonly CollectionMeta[],
): Promise<void> {
  const { driver } = run.target;
  const { signal } = run;
  const kept = new Set(collections.flatMap((collection) => foldersOf(run, collection)));
  const base = backupPrefix(run.targetRoot, run.name);
  for (const kind of ['insert', 'delta'] as const) {
    const parent = collectionFolder(base, kind, 0n).replace(/0\/$/, '');
    for await (const entry of driver.list(parent, { delimiter: '/', signal })) {
      if (entry.type !== 'prefix' || kept.has(entry.prefix)) continue;
      await removeFolder(driver, entry.prefix, { signal });
    }
  }
}

function notVerified(message: string, key: string): BackupError {
  return new BackupError({
    code: 'VERIFY_FAILED',
    message,
    remedy: 'run the command again; when it stays so, the backup store loses objects',
    details: { key },
  });
}
