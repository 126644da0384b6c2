import { invalidInput } from './names.js';
import { FilterBuilder } from './select.js';
import type { CollectionFilter } from './types.js';

const rulePattern = /^(?:(?<database>\w+)\.)?(?<collection>\w+|\*)?$/;

/**
 * The grammar of `--filter`: comma-separated `db.*`, `db.coll`, `coll` and `db.` without spaces.
 * @returns undefined for an empty text: everything
 * @throws BackupError `INVALID_ARGUMENT` naming the first rule that is none
 */
export function parseFilter(text: string): CollectionFilter | undefined {
  if (text === '') return undefined;
  const builder = new FilterBuilder();
  for (const rule of text.split(',')) addRule(builder, rule);
  return builder.build();
}

function addRule(builder: FilterBuilder, rule: string): void {
  const { database, collection } = rulePattern.exec(rule)?.groups ?? {};
  if (collection === '*' && database !== undefined) builder.setAll(database);
  else if (collection !== undefined && collection !== '*')
    builder.add({ database: database ?? '', collection });
  else if (collection === undefined && database !== undefined) builder.setEmpty(database);
  else {
    throw invalidInput(
      `filter: invalid filter rule: ${rule}`,
      'separate rules by commas without spaces; each is "db.*", "db.collection", "collection" (of the default database) or "db." (the database alone), of letters, digits and underscores',
      { rule },
    );
  }
}
