import { compareKeys, type ListEntry, throwIfAborted } from '@milvus-backup/core/driver';
import type { FileEntryWithStats } from 'ssh2';
import type { Session } from './connection.js';
import { status, statusOf } from './errors.js';
import { infoOf, isTemporary } from './paths.js';
import { look } from './write.js';

export interface Walk {
  readonly session: Session;
  /** Folder on the server, and the start of the keys in it: empty, or ending with a slash. */
  readonly folder: string;
  readonly start: string;
  readonly prefix: string;
  readonly delimiter: boolean;
  readonly startAfter: string;
  readonly signal: AbortSignal | undefined;
}

/** Keys in byte order, holding one folder of each level. A folder that went meanwhile is an empty one. */
export async function* walk(job: Walk): AsyncGenerator<ListEntry> {
  for (const { key, entry } of await stepsOf(job)) {
    throwIfAborted(job.signal);
    if (!entry.attrs.isDirectory()) {
      yield { type: 'object', ...infoOf(key, entry.attrs) };
      continue;
    }
    const inside = { ...job, folder: `${job.folder}/${entry.filename}`, start: key };
    if (!job.delimiter || !key.startsWith(job.prefix)) {
      yield* walk(inside);
    } else if (await holdsObject({ ...inside, delimiter: false })) {
      yield { type: 'prefix', prefix: key };
    }
  }
}

interface Step {
  /** Of a folder with its slash: in this form neighbours sort as the keys below them do. */
  readonly key: string;
  readonly entry: FileEntryWithStats;
}

async function stepsOf(job: Walk): Promise<readonly Step[]> {
  return (await readFolder(job))
    .filter(({ filename, attrs }) => (attrs.isFile() || attrs.isDirectory()) && !isTemporary(filename))
    .map((entry) => ({ key: `${job.start}${entry.filename}${entry.attrs.isDirectory() ? '/' : ''}`, entry }))
    .filter((step) => isWanted(step, job))
    .sort((left, right) => compareKeys(left.key, right.key));
}

async function readFolder({ session, folder }: Walk): Promise<readonly FileEntryWithStats[]> {
  try {
    return await session.ask<FileEntryWithStats[]>((sftp, done) => sftp.readdir(folder, done));
  } catch (error) {
    if (statusOf(error) === status.noSuchFile) return [];
    if (statusOf(error) === status.failure && !(await look(session, folder))?.isDirectory()) return [];
    throw error;
  }
}

function isWanted({ key }: Step, { prefix, startAfter }: Walk): boolean {
  const isFolder = key.endsWith('/');
  if (!key.startsWith(prefix) && !(isFolder && prefix.startsWith(key))) return false;
  return compareKeys(key, startAfter) > 0 || (isFolder && startAfter.startsWith(key));
}

async function holdsObject(job: Walk): Promise<boolean> {
  for await (const _first of walk(job)) return true;
  return false;
}
