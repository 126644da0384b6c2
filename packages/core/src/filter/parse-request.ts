import { invalidInput, parseCollectionName } from './names.js';
import { FilterBuilder } from './select.js';
import type { CollectionFilter } from './types.js';

/**
 * The deprecated `collection_names` and `-c`: `coll` or `db.coll` each.
 * @returns undefined for an empty list: everything
 * @throws BackupError `INVALID_ARGUMENT`
 */
export function parseCollectionNames(names: readonly string[]): CollectionFilter | undefined {
  if (names.length === 0) return undefined;
  const builder = new FilterBuilder();
  for (const name of names) builder.add(parseCollectionName(asText(name, 'collection_names')));
  return builder.build();
}

/**
 * The deprecated `-d`: whole databases.
 * @returns undefined for an empty list: everything
 * @throws BackupError `INVALID_ARGUMENT` for an empty name
 */
export function parseDatabaseNames(names: readonly string[]): CollectionFilter | undefined {
  if (names.length === 0) return undefined;
  const builder = new FilterBuilder();
  for (const name of names) {
    if (asText(name, 'databases') === '') {
      throw invalidInput('databases: a database name is empty', 'remove the stray comma', {
        field: 'databases',
      });
    }
    builder.setAll(name);
  }
  return builder.build();
}

/**
 * The deprecated `db_collections` and `-a`: `{"db":["coll"]}`, as an object or as its JSON text. An empty list is the whole
 * database, an empty database name the default one.
 * @returns undefined for an empty text or object, null and undefined: everything
 * @throws BackupError `INVALID_ARGUMENT` for any other type, where the peer would silently back up everything
 */
export function parseDbCollections(input: unknown, field = 'db_collections'): CollectionFilter | undefined {
  const value = typeof input === 'string' && input !== '' ? parseText(input, field) : input;
  if (value === undefined || value === null || value === '') return undefined;
  const entries = entriesOf(value, field);
  if (entries.length === 0) return undefined;
  const builder = new FilterBuilder();
  for (const [database, list] of entries) {
    const names = namesOf(list, `${field}.${database}`);
    if (names.length === 0) builder.setAll(database);
    for (const collection of names) builder.add({ database, collection });
  }
  return builder.build();
}

/**
 * The REST `filter`: `{db: {"colls": [...]}}`. `["*"]` is the whole database, an empty list the database alone.
 * @returns undefined only when there is no filter; `{}` selects nothing, as with the peer
 * @throws BackupError `INVALID_ARGUMENT`
 */
export function filterFromRequest(input: unknown, field = 'filter'): CollectionFilter | undefined {
  if (input === undefined || input === null) return undefined;
  const builder = new FilterBuilder();
  for (const [database, entry] of entriesOf(input, field)) {
    const place = `${field}.${database}`;
    const rules = entry === null ? [] : entriesOf(entry, place);
    const names = namesOf(rules.find(([key]) => key.toLowerCase() === 'colls')?.[1], `${place}.colls`);
    if (names.includes('*')) builder.setAll(database);
    else builder.setEmpty(database);
    for (const collection of names) builder.add({ database, collection });
  }
  return builder.build();
}

function parseText(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw expected(field, 'JSON text such as {"db":["collection"]}');
  }
}

function namesOf(list: unknown, field: string): readonly string[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw expected(field, 'a list of collection names');
  return list.map((name: unknown) => {
    if (asText(name, field) === '') throw expected(field, 'a list of collection names, none of them empty');
    return asText(name, field);
  });
}

function asText(value: unknown, field: string): string {
  if (typeof value !== 'string') throw expected(field, 'a list of strings');
  return value;
}

function entriesOf(value: unknown, field: string): readonly [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw expected(field, 'an object with database names as keys');
  }
  return Object.entries(value);
}

function expected(field: string, shape: string): Error {
  return invalidInput(`${field}: expected ${shape}`, `give ${field} as ${shape}, or leave it out`, { field });
}
