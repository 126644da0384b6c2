import { createSchema, type Schema } from './key-spec.js';
import type { Problem } from './problem.js';
import { schemaV2 } from './schema-v2.js';
import { type StoragePath, storageSpecs } from './schema-v2-storage.js';
import type { Setting, Settings } from './setting.js';

/** Where the further stores of a configuration stand: `storages.<name>`. */
export const namedStorages = 'storages';

/** What stands for the configured `backup.storage` wherever a store is named, so that no other may be called so. */
export const backupStorageName = 'backup';

/** What a store may be called: it becomes part of keys of this file and of names of environment variables. */
export const storageNamePattern = '^[A-Za-z][A-Za-z0-9_]*$';

const firstLevels = /^storages\.([^.]+)\./i;

/** Whether a path is the options block of a named store, which is taken whole. */
export function isNamedOptions(path: string): boolean {
  return /^storages\.[^.]+\.options$/i.test(path);
}

/** Schema v2 with the keys of every store that is named below `storages`, whatever the user calls it. */
export function withNamedStorages(schema: Schema, paths: Iterable<string>): Schema {
  if (schema.version !== 'v2') return schema;
  const names = new Map<string, string>();
  for (const path of paths) {
    const name = firstLevels.exec(path)?.[1];
    if (name !== undefined && !names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  }
  if (names.size === 0) return schema;
  const sections = [...names.values()].flatMap((name) => storageSpecs(`${namedStorages}.${name}`));
  return createSchema('v2', [...schemaV2.specs, ...sections]);
}

/** Paths of the named stores, in the order of the file. */
export function storagePathsOf(settings: Settings): readonly StoragePath[] {
  return [...settings.keys()].flatMap((key): StoragePath[] => {
    const name = /^storages\.([^.]+)\.provider$/.exec(key)?.[1];
    return name === undefined ? [] : [`${namedStorages}.${name}`];
  });
}

/** Names that could not be used: they would be taken for something else. */
export function checkStorageNames(settings: Settings): readonly Problem[] {
  return storagePathsOf(settings).flatMap((path): Problem[] => {
    const name = path.slice(namedStorages.length + 1);
    const reserved = name.toLowerCase() === backupStorageName;
    if (new RegExp(storageNamePattern).test(name) && !reserved) return [];
    const first = firstSetting(settings, path);
    return [
      {
        key: path,
        message: reserved ? 'this name stands for backup.storage' : 'is no name for a store',
        remedy: `call it by another name below ${namedStorages}, of letters, digits and "_", such as offsite`,
        ...(first === undefined ? {} : { origin: first }),
      },
    ];
  });
}

function firstSetting(settings: Settings, path: string): Setting | undefined {
  return [...settings.values()].find(
    ({ spec, source }) => spec.key.startsWith(`${path}.`) && source !== 'default',
  );
}
