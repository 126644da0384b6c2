import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareKeys, type ListEntry, throwIfAborted } from '@milvus-backup/core/driver';
import { errnoOf } from './errors.js';
import { infoOf } from './etag.js';
import { isTemporary } from './paths.js';

/** Files whose facts are read at once. */
const statsAtOnce = 64;

export interface Walk {
  /** Folder on disk, and the start of the keys in it: empty, or ending with a slash. */
  readonly folder: string;
  readonly start: string;
  /** Only keys that begin with this. */
  readonly prefix: string;
  readonly delimiter: boolean;
  readonly startAfter: string;
  readonly signal: AbortSignal | undefined;
}

interface Step {
  /** Key of a file, or of a folder with its slash: in this form neighbours sort as the keys below them do. */
  readonly key: string;
  readonly path: string;
  readonly isFolder: boolean;
}

/** Keys in byte order, holding one folder of each level at a time. Links and unfinished files do not appear. */
export async function* walk(job: Walk): AsyncGenerator<ListEntry> {
  let files: Step[] = [];
  for (const step of await stepsOf(job)) {
    throwIfAborted(job.signal);
    if (!step.isFolder) {
      files.push(step);
      if (files.length < statsAtOnce) continue;
    }
    yield* await entriesOf(files);
    files = [];
    if (step.isFolder) yield* walkFolder(step, job);
  }
  yield* await entriesOf(files);
}

async function* walkFolder(step: Step, job: Walk): AsyncGenerator<ListEntry> {
  const inside = walk({ ...job, folder: step.path, start: step.key, delimiter: false });
  if (!job.delimiter || !step.key.startsWith(job.prefix)) {
    yield* job.delimiter ? walk({ ...job, folder: step.path, start: step.key }) : inside;
    return;
  }
  // A folder without objects is none to an object store.
  for await (const _first of inside) {
    yield { type: 'prefix', prefix: step.key };
    return;
  }
}

async function stepsOf(job: Walk): Promise<readonly Step[]> {
  const entries = await readdir(job.folder, { withFileTypes: true }).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw error;
  });
  return entries
    .filter((entry) => (entry.isFile() || entry.isDirectory()) && !isTemporary(entry.name))
    .map((entry) => toStep(entry, job))
    .filter((step) => isWanted(step, job))
    .sort((left, right) => compareKeys(left.key, right.key));
}

function toStep(entry: Dirent, job: Walk): Step {
  const isFolder = entry.isDirectory();
  return {
    key: `${job.start}${entry.name}${isFolder ? '/' : ''}`,
    path: join(job.folder, entry.name),
    isFolder,
  };
}

function isWanted({ key, isFolder }: Step, { prefix, startAfter }: Walk): boolean {
  if (!key.startsWith(prefix) && !(isFolder && prefix.startsWith(key))) return false;
  return compareKeys(key, startAfter) > 0 || (isFolder && startAfter.startsWith(key));
}

async function entriesOf(files: readonly Step[]): Promise<readonly ListEntry[]> {
  const found = await Promise.all(files.map(entryOf));
  return found.filter((entry) => entry !== null);
}

async function entryOf({ key, path }: Step): Promise<ListEntry | null> {
  try {
    return { type: 'object', ...infoOf(key, await lstat(path, { bigint: true })) };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}
