import { BackupError } from '../errors/index.js';
import type { CollectionFilter, CollectionName } from '../filter/types.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import { runAll } from '../transfer/run-all.js';

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
    const names =
      wanted === 'all' ? (await milvus.listCollections(database, { signal })).toSorted() : [...wanted];
    if (wanted !== 'all') await assertPresent(milvus, database, names, signal);
    for (const collection of names) collections.push({ database, collection });
  }
  return { databases, collections };
}

const askedAtOnce = 16;

/** Asked one by one, as the Go tool does: a user may see some collections of a database, and not be allowed to list them. */
async function assertPresent(
  milvus: MilvusGateway,
  database: string,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  await runAll(
    names,
    askedAtOnce,
    async (collection, inner) => {
      const at = { database, collection };
      if (!(await milvus.hasCollection(at, { signal: inner }))) throw unknownCollection(database, collection);
    },
    signal,
  );
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
