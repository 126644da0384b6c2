import type { CollectionFilter, RenameRules } from '@milvus-backup/core';
import { FlagError } from './flag-error.js';

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

/**
 * For `restore`, where the Go tool refuses what `create` settles by precedence.
 * @throws FlagError when more than one selector is given
 */
export function refuseTwoSelectors(selectors: BackupSelectors): void {
  const given = [
    { name: 'filter', value: selectors.filter },
    { name: 'collection_names', value: selectors.collections },
    { name: 'databases', value: selectors.databases },
    { name: 'database_collections', value: selectors.databaseCollections },
  ].filter(({ value }) => value !== '');
  const [first, second] = given;
  if (!first || !second) return;
  throw new FlagError(
    `${first.name} and ${second.name} cannot be set at the same time`,
    'say all of it in one --filter',
  );
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
