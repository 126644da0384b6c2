import { rmSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onExit } from './exit-cleanup.js';

export interface TempDir {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** Removes the folder with all in it; a second call does nothing. */
  remove(): Promise<void>;
}

/** A new empty folder that is gone at the end of the process at the latest. */
export async function tempDir(prefix = 'milvus-backup-'): Promise<TempDir> {
  const path = await mkdtemp(join(await realpath(tmpdir()), prefix));
  const forget = onExit(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
      forget();
    },
  };
}
