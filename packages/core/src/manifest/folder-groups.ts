import type { ManifestItem, ManifestObject } from './types.js';

/** Objects of one folder, as they stand together in a manifest. */
export interface FolderGroup {
  /** Below the backup's folder, with a slash at its end. */
  readonly folder: string;
  /** Whether objects in folders below belong to it. */
  readonly deep: boolean;
  /** By key below the backup's folder. */
  readonly objects: ReadonlyMap<string, ManifestObject>;
}

/** Parts of a key that make a folder whose objects are few enough to be held: down to a partition of a collection, as Milvus lays them. */
const depth = 6;
/** Objects of one group: a folder that holds more comes in several. */
const most = 50_000;

/**
 * The objects of a manifest below a folder, in groups that a listing each can be held against. The manifest has them in the order of
 * a listing, so that those of a folder stand together.
 */
export async function* groupByFolder(
  items: AsyncIterable<ManifestItem>,
  start: string,
): AsyncGenerator<FolderGroup> {
  let group = null as { folder: string; deep: boolean; objects: Map<string, ManifestObject> } | null;
  for await (const item of items) {
    if (item.type !== 'object' || !item.key.startsWith(start)) continue;
    const { folder, deep } = folderOf(item.key);
    if (group?.folder !== folder || group.deep !== deep || group.objects.size >= most) {
      if (group) yield group;
      group = { folder, deep, objects: new Map() };
    }
    group.objects.set(item.key, item);
  }
  if (group) yield group;
}

function folderOf(key: string): Pick<FolderGroup, 'folder' | 'deep'> {
  const parts = key.split('/').slice(0, -1);
  return { folder: `${parts.slice(0, depth).join('/')}/`, deep: parts.length >= depth };
}
