import { defaultDatabase } from './names.js';
import type { CollectionFilter, CollectionName } from './types.js';

/** Whether the filter takes this collection. An empty database name is the default one. */
export function selects(filter: CollectionFilter, name: CollectionName): boolean {
  const chosen = filter.databases.get(name.database || defaultDatabase);
  return chosen === 'all' || (chosen?.has(name.collection) ?? false);
}

/** Whether the filter names the database, be it without any collection. */
export function selectsDatabase(filter: CollectionFilter, database: string): boolean {
  return filter.databases.has(database || defaultDatabase);
}

type Chosen = 'all' | Set<string>;

/** Gathers rules into a filter, left to right. */
export class FilterBuilder {
  readonly #databases = new Map<string, Chosen>();

  /** Replaces what was said about this database before. */
  setAll(database: string): void {
    this.#databases.set(database || defaultDatabase, 'all');
  }

  /** The database alone; replaces what was said about it before. */
  setEmpty(database: string): void {
    this.#databases.set(database || defaultDatabase, new Set());
  }

  /** One more collection. Where all were chosen, all stay chosen. */
  add(name: CollectionName): void {
    const database = name.database || defaultDatabase;
    const chosen = this.#databases.get(database);
    if (chosen === 'all') return;
    if (chosen) chosen.add(name.collection);
    else this.#databases.set(database, new Set([name.collection]));
  }

  build(): CollectionFilter {
    return { databases: this.#databases };
  }
}
