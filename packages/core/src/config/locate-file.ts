import { basename, join, resolve } from 'node:path';
import { BackupError } from '../errors/index.js';
import { hasErrorCode } from './node-error.js';
import { readBounded } from './read-bounded.js';

/** No set-up needs a hundredth of it. */
const maxConfigBytes = 1_048_576;

/** What is read when the user names no file. */
export const defaultConfigFile = 'backup.yaml';

export interface LocatedFile {
  /** Absolute path. */
  readonly path: string;
  readonly text: string;
  readonly warnings: readonly string[];
}

/**
 * Finds and reads the file: as given from the working directory, else by its base name in `$MILVUSCONF` and
 * in `./configs`. Finding a named file elsewhere is told, since it may be a mistyped path.
 * @throws BackupError `CONFIG_NOT_FOUND` naming the places tried, or the file that cannot be read;
 *   `CONFIG_INVALID` for one that is no text, or endless
 */
export async function locateFile(input: {
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}): Promise<LocatedFile> {
  const { path, env, cwd } = input;
  const name = basename(path);
  const places = [resolve(cwd, path)];
  if (env.MILVUSCONF) places.push(resolve(cwd, env.MILVUSCONF, name));
  places.push(join(cwd, 'configs', name));
  const tried = [...new Set(places)];
  for (const place of tried) {
    const text = await readIfThere(place);
    if (text === null) continue;
    const fallback = place !== tried[0] && path !== defaultConfigFile;
    return {
      path: place,
      text,
      warnings: fallback ? [`config file "${path}" does not exist, ${place} is used instead`] : [],
    };
  }
  throw new BackupError({
    code: 'CONFIG_NOT_FOUND',
    message: `cfg: cannot locate config file "${path}" (tried: ${tried.join(', ')})`,
    remedy: 'give the path with --config, or --config "" to go without a file',
    details: { file: path },
  });
}

async function readIfThere(path: string): Promise<string | null> {
  let bytes: Buffer | null;
  try {
    bytes = await readBounded(path, maxConfigBytes);
  } catch (cause) {
    // a folder of that name is as good as nothing: the Go tool goes on to the next place too
    if (hasErrorCode(cause, 'ENOENT', 'ENOTDIR', 'EISDIR')) return null;
    throw new BackupError({
      code: 'CONFIG_NOT_FOUND',
      message: `cfg: cannot read config file ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      remedy: 'let the user that runs this program read the file, or give another one with --config',
      cause,
      details: { file: path },
    });
  }
  if (bytes === null)
    throw unreadable(path, `has more than ${maxConfigBytes} bytes`, 'give the file with the settings');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable(path, 'is no UTF-8 text', 'save it as UTF-8');
  }
}

const unreadable = (path: string, fault: string, remedy: string): BackupError =>
  new BackupError({
    code: 'CONFIG_INVALID',
    message: `cfg: the config file ${path} ${fault}`,
    remedy,
    details: { file: path },
  });
