import { BackupError } from '../errors/index.js';
import type { CollectionFilter, CollectionName } from '../filter/types.js';
import type { MilvusGateway } from '../milvus/gateway.js';

export interface Selection {
  /** Databases to record; sorted, since Milvus tells them in another order each time. */
  readonly databases: readonly string[];
  readonly collections: readonly CollectionName[];
}

/**
 * What a backup covers: everything, or what the filter names.
 * @throws BackupError `DATABASE_NOT_FOUND`, `COLLECTION_NOT_FOUND` for a filtered name that Milvus does not have
 */
export async function selectCollections(
  milvus: MilvusGateway,
  filter: CollectionFilter | undefined,
  signal?: AbortSignal,
): Promise<Selection> {
  const known = await milvus.listDatabases({ signal });
  const databases = filter ? [...filter.databases.keys()] : known.toSorted();
  const missing = databases.find((name) => !known.includes(name));
  if (missing !== undefined) {
    throw new BackupError({
      code: 'DATABASE_NOT_FOUND',
      message: `filter database ${missing} not found in milvus`,
      remedy: `correct the filter; this Milvus has ${known.join(', ')}`,
      details: { database: missing },
    });
  }
  const collections: CollectionName[] = [];
  for (const database of databases) {
    const wanted = filter?.databases.get(database) ?? 'all';
    if (wanted !== 'all' && wanted.size === 0) continue;
    const present = await milvus.listCollections(database, { signal });
    const names = wanted === 'all' ? present.toSorted() : [...wanted];
    for (const collection of names) {
      if (!present.includes(collection)) throw unknownCollection(database, collection);
      collections.push({ database, collection });
    }
  }
  return { databases, collections };
}

function unknownCollection(database: string, collection: string): BackupError {
  return new BackupError({
    code: 'COLLECTION_NOT_FOUND',
    message: `filter collection ${database}.${collection} not found in milvus`,
    remedy:
      'correct the name; aliases are not names, and a collection outside `default` is written db.collection',
    details: { database, collection },
  });
}

/**
 * A filter that names nothing is more often an empty variable than a wish.
 * @throws BackupError `INVALID_ARGUMENT`
 */
export function assertSomethingNamed(filter: CollectionFilter | undefined): void {
  if (filter === undefined || filter.databases.size > 0) return;
  throw new BackupError({
    code: 'INVALID_ARGUMENT',
    message: 'the filter is empty: the backup would hold nothing',
    remedy:
      'leave the filter out for everything, or name what to back up, such as {"default": {"colls": ["*"]}}; ' +
      'compat makes the empty backup, as the Go tool',
    details: { field: 'filter' },
  });
}
