import { bundleFolder } from '../backup/snapshot/metadata-path.js';
import type { ListEntry, ObjectInfo } from '../driver/driver.js';
import { backupPrefix, type MetaFileName, tsPrefix } from '../layout/index.js';
import type { CopyEnd } from './copy-run.js';

/** A part of a backup's folder whose listing is small enough to be held: at most the inserts, or the deletes, of one collection. */
export interface FolderPart {
  /** Below the backup's folder, with a trailing slash; empty for the folder itself. */
  readonly folder: string;
  /** Whether what lies in folders below belongs to it. */
  readonly deep: boolean;
}

/** Objects by their keys below the backup's folder. */
export type PartObjects = ReadonlyMap<string, ObjectInfo>;

/** Folders that are taken apart; whatever lies in them alone is a part, too. */
const branches = ['', 'meta/', 'meta/ts/', 'binlogs/', 'binlogs/insert_log/', 'binlogs/delta_log/'];

/** The same of what Milvus wrote, whose layout is Milvus's: so many folders down. */
const bundleDepth = 5;

/** @param folder below the backup's folder */
function isBundleBranch(folder: string): boolean {
  return folder.startsWith(`${bundleFolder}/`) && folder.split('/').length <= bundleDepth;
}

/** Files of ours that tell of the backup itself, by keys that hold in any store. */
const describing: ReadonlySet<string> = new Set(['manifest.ndjson', 'extras.json']);

/**
 * What belongs to the backup, whichever tool wrote it: all but our own files under `meta/ts/` that tell of runs in one store,
 * and the empty objects that some stores keep for folders.
 */
function isContent(entry: ListEntry, base: string, own: string): entry is ListEntry & { type: 'object' } {
  if (entry.type !== 'object' || entry.key === base) return false;
  if (entry.key.startsWith(own)) return describing.has(entry.key.slice(own.length));
  return !(entry.size === 0 && entry.key.endsWith('/'));
}

/** The parts of the folders at both ends together; one that only one end has is listed as empty at the other. */
export async function listParts(ends: readonly CopyEnd[], signal: AbortSignal): Promise<FolderPart[]> {
  const parts = new Map<string, FolderPart>(branches.map((folder) => [folder, { folder, deep: false }]));
  for (const { driver, root, name } of ends) {
    const base = backupPrefix(root, name);
    const own = tsPrefix(root, name);
    // Grows while it is gone through.
    const left = [...branches];
    for (const branch of left) {
      for await (const entry of driver.list(base + branch, { delimiter: '/', signal })) {
        if (entry.type !== 'prefix' || entry.prefix === own) continue;
        const folder = entry.prefix.slice(base.length);
        const taken = isBundleBranch(folder);
        if (taken) left.push(folder);
        if (!parts.has(folder)) parts.set(folder, { folder, deep: !taken });
      }
    }
  }
  return [...parts.values()];
}

export async function listPart(
  { driver, root, name }: CopyEnd,
  { folder, deep }: FolderPart,
  signal: AbortSignal,
): Promise<PartObjects> {
  const base = backupPrefix(root, name);
  const own = tsPrefix(root, name);
  const objects = new Map<string, ObjectInfo>();
  const options = deep ? { signal } : ({ delimiter: '/', signal } as const);
  for await (const entry of driver.list(base + folder, options)) {
    if (isContent(entry, base, own)) objects.set(entry.key.slice(base.length), entry);
  }
  return objects;
}

/** What makes a folder a backup, and so is written last, in this order. */
export const commitFiles = ['full_meta.json', 'backup_meta.json'] as const satisfies readonly MetaFileName[];
const commitKeys: ReadonlySet<string> = new Set(commitFiles.map((file) => `meta/${file}`));

/** @param key below the backup's folder */
export const isCommitFile = (key: string): boolean => commitKeys.has(key);

export interface FolderTotals {
  readonly objects: number;
  readonly bytes: number;
}

/** Counts what belongs to a backup, without holding it: the files that commit it apart from the others. */
export async function measureFolder(
  { driver, root, name }: CopyEnd,
  signal: AbortSignal,
): Promise<{ readonly data: FolderTotals; readonly commit: FolderTotals }> {
  const base = backupPrefix(root, name);
  const own = tsPrefix(root, name);
  const data = { objects: 0, bytes: 0 };
  const commit = { objects: 0, bytes: 0 };
  for await (const entry of driver.list(base, { signal })) {
    if (!isContent(entry, base, own)) continue;
    const totals = isCommitFile(entry.key.slice(base.length)) ? commit : data;
    totals.objects += 1;
    totals.bytes += entry.size;
  }
  return { data, commit };
}

/** Whether anything lies in the folder, our own files not counted. */
export async function holdsContent({ driver, root, name }: CopyEnd, signal?: AbortSignal): Promise<boolean> {
  const base = backupPrefix(root, name);
  const own = tsPrefix(root, name);
  for await (const entry of driver.list(base, { signal })) if (isContent(entry, base, own)) return true;
  return false;
}
