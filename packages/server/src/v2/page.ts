import { InputError } from './input.js';

export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Gives the next page; `null` on the last. */
  readonly nextCursor: string | null;
}

/**
 * One page of a list that is in ascending order of `keyOf`. The cursor holds the last key, not a position, so nothing is skipped or
 * repeated when the list changes between two pages.
 * @throws InputError for a cursor that is none
 */
export function pageOf<T>(all: readonly T[], keyOf: (item: T) => string, query: PageQuery): Page<T> {
  const after = query.cursor === undefined ? null : readCursor(query.cursor);
  const rest = after === null ? all : all.filter((item) => keyOf(item) > after);
  const items = rest.slice(0, query.limit);
  const last = items.at(-1);
  const more = rest.length > items.length && last !== undefined;
  return { items, nextCursor: more ? Buffer.from(keyOf(last)).toString('base64url') : null };
}

function readCursor(cursor: string): string {
  const bytes = Buffer.from(cursor, 'base64url');
  if (cursor !== '' && bytes.toString('base64url') === cursor) return bytes.toString();
  throw new InputError('query', [{ pointer: '?cursor', detail: 'not from `nextCursor` of a reply' }]);
}
