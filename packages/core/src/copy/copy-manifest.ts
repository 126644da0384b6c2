import { bundleFolder } from '../backup/snapshot/metadata-path.js';
import type { ObjectInfo } from '../driver/driver.js';
import { BackupError, isBackupError } from '../errors/index.js';
import { backupPrefix, collectionFolder } from '../layout/index.js';
import {
  describeFile,
  encodeManifest,
  groupByFolder,
  type ManifestItem,
  type ManifestObject,
  manifestKey,
  openManifest,
} from '../manifest/index.js';
import { readCommitText } from './commit-text.js';
import type { CopyRun } from './copy-run.js';
import { commitFiles, listPart } from './folder.js';

/** Below the backup's folder. */
const bundleStart = `${bundleFolder}/`;
const manifestPath = 'meta/ts/manifest.ndjson';

/** Whether a key below the backup's folder is the manifest, which is made anew for each store. */
export const isManifest = (path: string): boolean => path === manifestPath;

/**
 * Writes the manifest of the copy: that of the source, with the etags of the target's store and with the files that got
 * another name in them. Called when the objects are there. Does nothing for a backup without manifest.
 * @returns bytes; `null` when there is none
 * @throws BackupError `META_UNREADABLE` when that of the source is damaged, `VERIFY_FAILED` when it tells of what was not copied
 */
export async function copyManifest(run: CopyRun, signal: AbortSignal): Promise<number | null> {
  const { from, to, meta } = run;
  const items = await openManifest(from.driver, manifestKey(from.root, from.name), signal);
  if (items === null) return null;
  const key = manifestKey(to.root, to.name);
  const stored = await to.driver.put(key, encodeManifest(meta.id, rewrite(run, items, signal)), { signal });
  return stored.size;
}

interface Folder {
  readonly collection: string;
  /** By whole key. */
  readonly listed: ReadonlyMap<string, ObjectInfo>;
}

async function* rewrite(
  run: CopyRun,
  items: AsyncIterable<ManifestItem>,
  signal: AbortSignal,
): AsyncGenerator<ManifestItem> {
  const base = backupPrefix(run.to.root, run.to.name);
  let folder = null as Folder | null;
  for await (const item of items) {
    if (item.type === 'segment') {
      yield item;
      continue;
    }
    if (item.key.startsWith(bundleStart)) continue;
    const file = commitFiles.find((name) => item.key === `meta/${name}`);
    if (file) {
      const text = await readCommitText(run, file, signal);
      if (text === null) throw notCopied(run, item);
      yield describeFile(item.key, Buffer.from(text));
      continue;
    }
    const { etag: _etag, ...rest } = item;
    const collection = /^binlogs\/(?:insert|delta)_log\/(\d+)\//.exec(item.key)?.[1];
    if (collection === undefined) {
      yield rest;
      continue;
    }
    if (folder?.collection !== collection)
      folder = { collection, listed: await list(run, collection, signal) };
    const info = folder.listed.get(base + item.key);
    if (info?.size !== item.size) throw notCopied(run, item);
    yield info.etag === undefined ? rest : { ...rest, etag: info.etag };
  }
  yield* rewriteBundle(run, signal);
}

/** What Milvus wrote stands behind all else. */
async function* rewriteBundle(run: CopyRun, signal: AbortSignal): AsyncGenerator<ManifestItem> {
  const { from, to, meta } = run;
  if (meta.format !== 'snapshot') return;
  const items = await openManifest(from.driver, manifestKey(from.root, from.name), signal);
  for await (const { folder, deep, objects } of groupByFolder(items ?? none(), bundleStart)) {
    const listed = await listPart(to, { folder, deep }, signal);
    for (const item of objects.values()) {
      const { etag: _etag, ...rest } = item;
      const info = listed.get(item.key);
      if (info?.size !== item.size) throw notCopied(run, item);
      yield info.etag === undefined ? rest : { ...rest, etag: info.etag };
    }
  }
}

async function* none(): AsyncGenerator<ManifestItem> {}

/** What the target holds of one collection: as much as planning the copy holds, too. */
async function list(
  { to }: CopyRun,
  collection: string,
  signal: AbortSignal,
): Promise<Map<string, ObjectInfo>> {
  const found = new Map<string, ObjectInfo>();
  for (const kind of ['insert', 'delta'] as const) {
    const folder = collectionFolder(backupPrefix(to.root, to.name), kind, BigInt(collection));
    for await (const entry of to.driver.list(folder, { signal })) {
      if (entry.type === 'object') found.set(entry.key, entry);
    }
  }
  return found;
}

/**
 * How the manifest at the target differs from what a copy would write there, etags left out; `null` when it does not. Both
 * ends have one.
 * @throws BackupError `META_UNREADABLE` when that of the source is damaged
 */
export async function findManifestDifference(run: CopyRun, signal: AbortSignal): Promise<string | null> {
  const { from, to } = run;
  const open = (end: CopyRun['from']) => openManifest(end.driver, manifestKey(end.root, end.name), signal);
  const [wanted, found] = [await open(from), await open(to)];
  if (!wanted || !found) return null;
  try {
    for await (const item of wanted) {
      const other = await nextOf(found, to.label);
      if (typeof other === 'string') return other;
      if (other === null || describe(item) !== describe(other))
        return `${manifestPath} tells of other objects`;
    }
    const more = await nextOf(found, to.label);
    return more === null ? null : `${manifestPath} tells of more objects`;
  } finally {
    await found.return(undefined);
  }
}

async function nextOf(
  items: AsyncGenerator<ManifestItem>,
  label: string,
): Promise<ManifestItem | string | null> {
  try {
    const { value, done } = await items.next();
    return done ? null : value;
  } catch (error) {
    if (!isBackupError(error) || error.code !== 'META_UNREADABLE') throw error;
    return `${manifestPath} in ${label} is damaged`;
  }
}

/** What has to be equal: not the etags, and not the files with the name of the backup in them. */
function describe(item: ManifestItem): string {
  if (item.type === 'segment') return JSON.stringify(item);
  const renamed = commitFiles.some((name) => item.key === `meta/${name}`);
  return JSON.stringify([item.key, ...(renamed ? [] : [item.size, item.checksum, item.from])]);
}

function notCopied({ from }: CopyRun, { key }: ManifestObject): BackupError {
  return new BackupError({
    code: 'VERIFY_FAILED',
    message: `backup ${from.name} in ${from.label} is not whole: its manifest tells of ${key}, which is missing or has another size`,
    remedy: 'see all damage with `verify`; copy another backup, or take this one again',
    details: { name: from.name, key },
  });
}
