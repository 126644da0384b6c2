import { homedir } from 'node:os';
import { join } from 'node:path';

/** All that this package reads from the environment, in one place. */
export interface SupportEnvironment {
  /** Folder for everything that is downloaded. */
  readonly cacheFolder: string;
  /** A Python that the user names, tried before `python3` and `python`. */
  readonly python: string | undefined;
  /** Whether nobody is there to read a warning, so that what cannot run must fail. */
  readonly ci: boolean;
}

/** Reads `MILVUS_BACKUP_CACHE`, `XDG_CACHE_HOME`, `MILVUS_BACKUP_PYTHON` and `CI`. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): SupportEnvironment {
  const own = env.MILVUS_BACKUP_CACHE;
  const base = env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return {
    cacheFolder: own ? own : join(base, 'milvus-backup'),
    python: env.MILVUS_BACKUP_PYTHON || undefined,
    ci: !['', '0', 'false', undefined].includes(env.CI),
  };
}

/** The folder where downloads are kept: `MILVUS_BACKUP_CACHE`, else `milvus-backup` in the user's cache folder. */
export function cacheFolder(): string {
  return readEnvironment().cacheFolder;
}
