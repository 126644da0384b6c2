/** Which collections of which databases; names are exact. */
export interface CollectionFilter {
  /**
   * By database: `all` collections, or those named; an empty set stands for the database alone.
   * A database that is not a key is left out altogether.
   */
  readonly databases: ReadonlyMap<string, 'all' | ReadonlySet<string>>;
}

/** How names of the backup become names of the target. */
export interface RenameRules {
  /** `db.collection` to `db.collection`. */
  readonly collections: ReadonlyMap<string, CollectionName>;
  /** Database to database, for collections without a rule of their own. */
  readonly databases: ReadonlyMap<string, string>;
}

export interface CollectionName {
  readonly database: string;
  readonly collection: string;
}
