import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';

export interface TempDir {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** Removes the folder with all in it; a second call does nothing. */
  remove(): Promise<void>;
}

/**
 * Collects folders from its input and removes them when the input ends, which is when this process ends. An
 * exit handler would not do: vitest ends its workers without running any.
 */
const removerProgram = 'while read -r folder; do set -- "$@" "$folder"; done; rm -rf -- "$@"';
let remover: ChildProcessByStdio<Writable, null, null> | undefined;

/** A new empty folder that is gone after the end of the process at the latest. */
export async function tempDir(prefix = 'milvus-backup-'): Promise<TempDir> {
  const path = await mkdtemp(join(await realpath(tmpdir()), prefix));
  removeAtTheEnd(path);
  return {
    path,
    remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}

function removeAtTheEnd(path: string): void {
  if (remover === undefined) {
    remover = spawn('/bin/sh', ['-c', removerProgram, 'remover'], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    remover.unref();
    // A pipe is a handle of its own that would keep the process alive.
    if ('unref' in remover.stdin && typeof remover.stdin.unref === 'function') remover.stdin.unref();
  }
  remover.stdin.write(`${path}\n`);
}
