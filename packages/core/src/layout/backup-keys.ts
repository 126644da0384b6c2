import { BackupError } from '../errors/index.js';
import { rootPrefix } from './root.js';

/** The peer's files under `meta/`. */
export const metaFileNames = [
  'backup_meta.json',
  'collection_meta.json',
  'partition_meta.json',
  'segment_meta.json',
  'full_meta.json',
] as const;
export type MetaFileName = (typeof metaFileNames)[number];

/** `root/NAME/`: everything of one backup starts with it. `root` is cleaned. */
export function backupPrefix(root: string, name: string): string {
  return `${rootPrefix(root)}${name}/`;
}

export function metaPrefix(root: string, name: string): string {
  return `${backupPrefix(root, name)}meta/`;
}

export function metaKey(root: string, name: string, file: MetaFileName): string {
  return metaPrefix(root, name) + file;
}

/** `root/NAME/meta/ts/`: files of our own, which the peer ignores and deletes with the rest. */
export function tsPrefix(root: string, name: string): string {
  return `${metaPrefix(root, name)}ts/`;
}

/** A file of our own: `root/NAME/meta/ts/part/…/part`. */
export function tsKey(root: string, name: string, ...parts: readonly [string, ...string[]]): string {
  return tsPrefix(root, name) + parts.join('/');
}

/** The folder a key or a listed prefix of the backup store belongs to; `null` outside `root` and for stray objects in it. */
export function backupNameOf(root: string, key: string): string | null {
  const prefix = rootPrefix(root);
  if (!key.startsWith(prefix)) return null;
  const end = key.indexOf('/', prefix.length);
  return end <= prefix.length ? null : key.slice(prefix.length, end);
}

/** What keys of staged objects begin with, at the root of Milvus's bucket. */
export const stagingStart = 'restore-temp-';

/** Folder of the probe objects of `check`: below the backup root, and with `restore-temp-` before it in Milvus's bucket. */
export const probeFolder = 'milvus_backup_check';

/**
 * `restore-temp-<taskID>-<db>-<collection>/` at the root of Milvus's bucket: where objects wait for their import.
 * @throws BackupError `INVALID_ARGUMENT` when one of the names holds a slash or a control character
 */
export function stagingPrefix(taskId: string, database: string, collection: string): string {
  const name = `${stagingStart}${taskId}-${database}-${collection}`;
  if (/[/\\\p{Cc}]/u.test(name)) {
    throw new BackupError({
      code: 'INVALID_ARGUMENT',
      message: `${JSON.stringify(name)} cannot name the temporary folder of a restore`,
      remedy: 'use an id, a database and a collection name of letters, digits, "_" and "-"',
    });
  }
  return `${name}/`;
}

/**
 * The key or folder of a backup with its `root/NAME/` replaced by a staging prefix.
 * @throws BackupError `INVALID_KEY` when the key lies outside that backup
 */
export function stagedKey(staging: string, root: string, name: string, key: string): string {
  const prefix = backupPrefix(root, name);
  if (!key.startsWith(prefix) || key.split('/').includes('..')) {
    throw new BackupError({
      code: 'INVALID_KEY',
      message: `${JSON.stringify(key)} is no key of backup ${name}`,
      details: { key, backup: name },
    });
  }
  return staging + key.slice(prefix.length);
}
