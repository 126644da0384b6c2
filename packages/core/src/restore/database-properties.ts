import { defaultDatabase } from '../filter/index.js';
import type { BackupMeta, KeyValue } from '../meta/types.js';
import type { RestoreRequest } from '../requests.js';
import { portable } from './collection-properties.js';
import { mapDatabase, type RestorePlan } from './plan-targets.js';
import type { RestoreRun } from './restore-run.js';
import { attempt, warn } from './warn.js';

export interface DatabaseProperties {
  readonly properties: readonly KeyValue[];
  /** Also where the database is in use. */
  readonly always: boolean;
}

/** What each database gets, by its name in the target. Of two that become one, the first counts. */
export function planDatabaseProperties(
  meta: BackupMeta,
  request: RestoreRequest,
): ReadonlyMap<string, DatabaseProperties> {
  const planned = new Map<string, DatabaseProperties>();
  if (request.compat || request.skipProperties) return planned;
  for (const database of meta.database_backups) {
    const properties = portable(database.properties);
    if (properties.length === 0) continue;
    const name = database.db_name || defaultDatabase;
    for (const target of mapDatabase(database, request)) {
      const always = (request.plan ?? []).some(
        (one) =>
          one.withProperties === true &&
          (one.source || defaultDatabase) === name &&
          (one.target || defaultDatabase) === target,
      );
      if (!planned.has(target)) planned.set(target, { properties, always });
    }
  }
  return planned;
}

/**
 * Makes the databases that are absent and gives them their properties. One that is there gets those that it does not have while
 * it is empty; in use it keeps its own, unless the plan says `withProp`: limits and denials would meet what others have in it.
 * @param present databases that Milvus has
 */
export async function prepareDatabases(
  run: RestoreRun,
  plan: RestorePlan,
  present: readonly string[],
): Promise<void> {
  const { milvus, signal } = run;
  const wanted = planDatabaseProperties(run.meta, run.request);
  for (const database of plan.databases) {
    const isNew = !present.includes(database);
    if (isNew) await milvus.createDatabase(database, { signal });
    const want = wanted.get(database);
    if (!want) continue;
    await attempt(
      run,
      signal,
      () => setProperties(run, database, want, isNew),
      (error) => [
        `properties of database ${database} could not be set: ${error.message}`,
        `set them by hand (AlterDatabase): ${list(want.properties)}`,
      ],
    );
  }
}

async function setProperties(
  run: RestoreRun,
  database: string,
  { properties, always }: DatabaseProperties,
  isNew: boolean,
): Promise<void> {
  const { milvus, signal } = run;
  const { version, features } = await milvus.serverInfo({ signal });
  if (!features.describeDatabase) {
    return warn(
      run,
      `Milvus ${version} keeps no properties of databases; database ${database} had ${list(properties)}`,
      'use Milvus 2.4.3 or newer, or leave them out with --skip_properties (skipProperties)',
    );
  }
  const held = new Map(
    (await milvus.describeDatabase(database, { signal })).properties.map(({ key, value }) => [key, value]),
  );
  const differing = properties.filter(({ key, value }) => held.get(key) !== value);
  const inUse = !isNew && (await milvus.listCollections(database, { signal })).length > 0;
  const set = always ? differing : inUse ? [] : differing.filter(({ key }) => isNew || !held.has(key));
  if (set.length > 0) await milvus.alterDatabase(database, set, { signal });
  const left = differing.filter((one) => !set.includes(one));
  if (left.length === 0) return;
  warn(
    run,
    `database ${database} was there already and keeps its own properties; in the backup it has ${list(left)}`,
    'set them with AlterDatabase if they are wanted, or restore with a plan whose mapping has "withProp": true',
  );
}

const list = (properties: readonly KeyValue[]): string =>
  properties.map(({ key, value }) => `${key}=${value}`).join(', ');
