import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../environment.js';
import { isProcessAlive, systemErrorCode } from '../node-errors.js';

const temporaryName = /^\.tmp-(\d+)-/;
const running = new Map<string, Promise<string>>();

/**
 * The folder `name` in the cache, made by `build` when it is not there yet. The work is done in a folder
 * beside it that is renamed at the end, so a killed download never looks like a finished one; when two
 * processes build the same thing, the first rename wins and the other uses that result.
 * @param name holds the version, because a finished folder is never touched again
 * @param build fills the empty folder that it is given
 */
export function installOnce(name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const target = join(cacheFolder(), name);
  const known = running.get(target);
  if (known) return known;
  const started = install(target, build);
  running.set(target, started);
  started.catch(() => running.delete(target));
  return started;
}

async function install(target: string, build: (folder: string) => Promise<void>): Promise<string> {
  if (await exists(target)) return target;
  const cache = cacheFolder();
  await mkdir(cache, { recursive: true });
  await removeLeftovers(cache);
  const temporary = join(cache, `.tmp-${process.pid}-${randomBytes(4).toString('hex')}`);
  await mkdir(temporary);
  try {
    await build(temporary);
    await renameOrYield(temporary, target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return target;
}

async function renameOrYield(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const lostTheRace = ['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(systemErrorCode(error) ?? '');
    if (!lostTheRace || !(await exists(to))) throw error;
  }
}

/** Folders of processes that were killed in the middle of a download. */
async function removeLeftovers(cache: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    const pid = temporaryName.exec(entry)?.[1];
    if (pid !== undefined && !isProcessAlive(Number(pid))) {
      await rm(join(cache, entry), { recursive: true, force: true });
    }
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
