import type { ObjectInfo } from '../driver/driver.js';
import type { ManifestObject } from '../manifest/index.js';
import type { ObjectCopy } from '../transfer/transfer.js';

/** What is there of a collection, as an earlier run left it. */
export interface Found {
  /** By key relative to the backup's folder. */
  readonly journal: ReadonlyMap<string, ManifestObject>;
  /** By whole key. */
  readonly stored: ReadonlyMap<string, Pick<ObjectInfo, 'size' | 'etag'>>;
}

/**
 * Parts what has still to be copied from what an earlier run has copied: noted then, of the same source as it is now, and
 * lying in the store as the store told when it was written. Anything less is copied again.
 */
export function splitCopied(
  copies: readonly ObjectCopy[],
  base: string,
  { journal, stored }: Found,
): { readonly todo: ObjectCopy[]; readonly kept: ManifestObject[] } {
  const todo: ObjectCopy[] = [];
  const kept: ManifestObject[] = [];
  for (const copy of copies) {
    const noted = journal.get(copy.targetKey.slice(base.length));
    const there = stored.get(copy.targetKey);
    const same =
      noted?.etag !== undefined &&
      noted.from?.etag !== undefined &&
      there?.etag === noted.etag &&
      there.size === copy.size &&
      noted.size === copy.size &&
      noted.from.key === copy.sourceKey &&
      noted.from.etag === copy.etag;
    if (same) kept.push(noted);
    else todo.push(copy);
  }
  return { todo, kept };
}
