import type { CollectionFilter, RenameRules } from '@milvus-backup/core';

/** The flags that say which collections a backup takes. Empty means not given. */
export interface BackupSelectors {
  readonly filter: string;
  readonly collections: string;
  readonly databases: string;
  readonly databaseCollections: string;
}

export interface RestoreSelectors extends BackupSelectors {
  readonly rename: string;
}

/**
 * The first one given counts, in the Go tool's order: `--filter`, `-a`, `-c`, `-d`.
 * @throws BackupError `INVALID_ARGUMENT` for a rule or a name that cannot be read
 */
export async function readBackupSelection(selectors: BackupSelectors): Promise<CollectionFilter | undefined> {
  const { parseFilter } = await import('@milvus-backup/core');
  return parseFilter(selectors.filter) ?? (await readOldSelectors(selectors));
}

/**
 * `--filter` by names after renaming, the old flags by names in the backup.
 * @throws BackupError `INVALID_ARGUMENT` for a rule or a name that cannot be read
 */
export async function readRestoreSelection(selectors: RestoreSelectors): Promise<{
  readonly sourceFilter: CollectionFilter | undefined;
  readonly targetFilter: CollectionFilter | undefined;
  readonly rename: RenameRules | undefined;
}> {
  const { parseFilter, parseRename } = await import('@milvus-backup/core');
  return {
    sourceFilter: await readOldSelectors(selectors),
    targetFilter: parseFilter(selectors.filter),
    rename: selectors.rename === '' ? undefined : parseRename(selectors.rename),
  };
}

async function readOldSelectors(selectors: BackupSelectors): Promise<CollectionFilter | undefined> {
  const { parseCollectionNames, parseDatabaseNames, parseDbCollections } = await import(
    '@milvus-backup/core'
  );
  return (
    parseDbCollections(selectors.databaseCollections, 'database_collections') ??
    parseCollectionNames(splitList(selectors.collections)) ??
    parseDatabaseNames(splitList(selectors.databases))
  );
}

function splitList(text: string): string[] {
  return text === '' ? [] : text.split(',');
}
