import { defaultDatabase, invalidInput, nameKey } from './names.js';
import type { CollectionName, RenameRules } from './types.js';

/** One side of a rule: a collection, all collections of a database, or the database alone. */
type Side =
  | { readonly shape: 'collection' | 'qualified'; readonly name: CollectionName }
  | { readonly shape: 'all' | 'database'; readonly database: string };

/**
 * The grammar of `--rename` (`old:new,…`) and of the REST `collection_renames` map. Both sides of a rule have one shape: `coll`,
 * `db.coll`, `db.*` or `db.`, the last of which the peer accepts without effect. Of two rules for one source the last wins.
 * @throws BackupError `INVALID_ARGUMENT` naming the rule
 */
export function parseRename(input: string | Readonly<Record<string, string>>): RenameRules {
  const collections = new Map<string, CollectionName>();
  const databases = new Map<string, string>();
  for (const [from, to] of pairsOf(input)) {
    const source = parseSide(from);
    const target = parseSide(to);
    if (!source || !target || source.shape !== target.shape) throw invalidRule(from, to);
    if ('name' in source && 'name' in target) collections.set(nameKey(source.name), target.name);
    else if ('database' in source && 'database' in target && source.shape === 'all') {
      databases.set(source.database, target.database);
    }
  }
  return { collections, databases };
}

/** The name after renaming: the rule for the collection, else that for its database, else unchanged. */
export function applyRename(rules: RenameRules, name: CollectionName): CollectionName {
  const from = { database: name.database || defaultDatabase, collection: name.collection };
  const exact = rules.collections.get(nameKey(from));
  if (exact) return exact;
  return { ...from, database: rules.databases.get(from.database) ?? from.database };
}

function pairsOf(input: string | Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  if (typeof input !== 'string') return Object.entries(input);
  if (input === '') return [];
  return input.split(',').map((rule) => {
    // the peer takes what stands before a second colon and ignores the rest
    const [from = '', to] = rule.split(':');
    if (to === undefined) {
      throw invalidInput(
        `rename collection format error: ${rule}`,
        'write each rule as "old:new", such as "coll:coll_new" or "db1.*:db2.*"',
        { rule },
      );
    }
    return [from, to];
  });
}

function parseSide(text: unknown): Side | null {
  if (typeof text !== 'string') return null;
  const match = /^(?:(?<database>\w+)\.)?(?<rest>\w+|\*)?$/.exec(text);
  if (!match) return null;
  const { database, rest } = match.groups ?? {};
  if (database === undefined) {
    const plain = rest !== undefined && rest !== '*';
    return plain ? { shape: 'collection', name: { database: defaultDatabase, collection: rest } } : null;
  }
  if (rest === '*') return { shape: 'all', database };
  if (rest === undefined) return { shape: 'database', database };
  return { shape: 'qualified', name: { database, collection: rest } };
}

function invalidRule(from: string, to: string): Error {
  return invalidInput(
    `filter: invalid mapper rule: ${from} -> ${to}`,
    'give both sides the same shape: "coll:coll", "db.coll:db.coll" or "db.*:db.*", of letters, digits and underscores',
    { from, to: String(to) },
  );
}
