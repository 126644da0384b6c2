import { type MetaFileName, metaKey } from '../layout/index.js';
import { maxMetaFileSize } from '../meta/index.js';
import { readText } from '../transfer/read-text.js';
import type { CopyEnd, CopyRun } from './copy-run.js';
import { renameMeta } from './rename-meta.js';

/** A metadata file as it is to stand at the target; `null` when the source has none. */
export async function readCommitText(
  { from, to }: CopyRun,
  file: MetaFileName,
  signal: AbortSignal,
): Promise<string | null> {
  const text = await readMetaText(from, file, signal);
  return text === null || from.name === to.name ? text : renameMeta(text, file, to.name);
}

export async function readMetaText(
  { driver, root, name }: CopyEnd,
  file: MetaFileName,
  signal: AbortSignal,
): Promise<string | null> {
  return await readText(driver, metaKey(root, name, file), maxMetaFileSize, signal);
}
