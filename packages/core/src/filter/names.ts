import { BackupError } from '../errors/index.js';
import type { CollectionName } from './types.js';

/** What an empty database name stands for; servers without databases have only this one. */
export const defaultDatabase = 'default';

/** `db.collection`: the key of {@link CollectionName} in maps and sets. */
export function nameKey(name: CollectionName): string {
  return `${name.database || defaultDatabase}.${name.collection}`;
}

/**
 * `coll` in the default database, or `db.coll`.
 * @throws BackupError `INVALID_ARGUMENT` for an empty name or more than one dot
 */
export function parseCollectionName(text: string): CollectionName {
  const [first = '', second, ...more] = text.split('.');
  const collection = second ?? first;
  if (collection === '' || more.length > 0) {
    throw invalidInput(
      `invalid collection name ${text}: namespace format is invalid`,
      'write "collection" for one of the default database, or "database.collection"',
      { name: text },
    );
  }
  return { database: (second === undefined ? '' : first) || defaultDatabase, collection };
}

/**
 * The rule for a suffix that becomes part of collection names.
 * @throws BackupError `INVALID_ARGUMENT`
 */
export function checkSuffix(suffix: string): void {
  if (/^\w*$/.test(suffix)) return;
  throw invalidInput(
    'only alphanumeric characters and underscores are allowed in collection suffix',
    'use a suffix such as "_recover"',
    { suffix },
  );
}

export function invalidInput(
  message: string,
  remedy: string,
  details?: Readonly<Record<string, string>>,
): BackupError {
  return new BackupError({ code: 'INVALID_ARGUMENT', message, remedy, details });
}
