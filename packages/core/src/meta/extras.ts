import { z } from 'zod';
import type { StorageDriver } from '../driver/driver.js';
import { BackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import { tsKey } from '../layout/index.js';
import { readText } from '../transfer/read-text.js';
import type { MetaCallOptions } from './read.js';
import { parseShallowJson } from './wide-json.js';

/** Bytes. Three thousand collections with all of their thousand partitions named. */
export const maxExtrasSize = 64 * 1024 * 1024;

const name = z.string().min(1).max(1024);

const loadExtras = z.object({
  database: name,
  collection: name,
  /** Partitions in memory; absent: all of them. */
  partitions: z.array(name).min(1).max(65_536).optional(),
  /** The resource group of each replica. */
  replicas: z.array(name).max(4096),
});

const schemaExtras = z.object({
  database: name,
  collection: name,
  /** schemapb.CollectionSchema as base64. */
  schema: z.base64().min(1),
});

const extrasSchema = z.object({
  version: z.literal(1),
  loaded: z.array(loadExtras),
  /** Backups made before it have none. */
  schemas: z.array(schemaExtras).optional(),
});

/** The whole schema of a collection, where the Go tool's files lose a part of it, such as the clustering key. */
export type SchemaExtras = z.infer<typeof schemaExtras>;

/** How a collection was loaded: the Go tool's files say only whether. */
export type LoadExtras = z.infer<typeof loadExtras>;

/** What we know of a backup beyond the Go tool's files, by `database.collection`. */
export interface BackupExtras {
  readonly loaded: ReadonlyMap<string, LoadExtras>;
  readonly schemas?: ReadonlyMap<string, SchemaExtras>;
}

export const noExtras: BackupExtras = { loaded: new Map() };

/**
 * `meta/ts/extras.json`: unlike our other files there it belongs to the backup itself and not to a run, so that whoever copies
 * the backup copies it.
 */
export const extrasKey = (root: string, backup: string): string => tsKey(root, backup, 'extras.json');

/** Written before the commit, and only when it says something; what a run cut short has left there goes. */
export async function writeExtras(
  driver: StorageDriver,
  root: string,
  backup: string,
  extras: BackupExtras,
  options: MetaCallOptions = {},
): Promise<void> {
  const key = extrasKey(root, backup);
  const bytes = encodeExtras(extras);
  if (bytes === null) return await driver.delete([key], options);
  await driver.put(key, bytes, { ...options, size: bytes.byteLength });
}

/** The bytes of the file; `null` when it has nothing to say and is not written. */
export function encodeExtras(extras: BackupExtras): Uint8Array | null {
  const schemas = [...(extras.schemas?.values() ?? [])];
  if (extras.loaded.size === 0 && schemas.length === 0) return null;
  const file: z.infer<typeof extrasSchema> = {
    version: 1,
    loaded: [...extras.loaded.values()],
    ...(schemas.length === 0 ? {} : { schemas }),
  };
  return Buffer.from(JSON.stringify(file));
}

/**
 * Empty for backups of the Go tool, and of ours when nothing was loaded.
 * @throws BackupError `META_UNREADABLE` when the file is not what this version writes
 */
export async function readExtras(
  driver: StorageDriver,
  root: string,
  backup: string,
  options: MetaCallOptions = {},
): Promise<BackupExtras> {
  const key = extrasKey(root, backup);
  const text = await readText(driver, key, maxExtrasSize, options.signal);
  if (text === null) return noExtras;
  try {
    const { loaded, schemas = [] } = extrasSchema.parse(parseShallowJson(text));
    return {
      loaded: new Map(loaded.map((one) => [nameKey(one), one])),
      ...(schemas.length === 0 ? {} : { schemas: new Map(schemas.map((one) => [nameKey(one), one])) }),
    };
  } catch (cause) {
    throw new BackupError({
      code: 'META_UNREADABLE',
      message: `${key} cannot be read: it should tell how the collections of the backup were loaded, and their whole schemas`,
      remedy:
        'restore without it: --skip_load (skipLoad over REST), or with the version that made the backup',
      cause,
      details: { key },
    });
  }
}
