import { runAll } from '../transfer/run-all.js';
import { readCommitText, readMetaText } from './commit-text.js';
import { findManifestDifference, isManifest } from './copy-manifest.js';
import type { CopyRun } from './copy-run.js';
import { commitFiles, isCommitFile, listPart, listParts } from './folder.js';
import { isSameContent } from './same-content.js';

/** How the metadata that makes both ends backups differs; `null` when it does not. Tells most differences at once. */
export async function findMetaDifference(run: CopyRun, signal: AbortSignal): Promise<string | null> {
  for (const file of commitFiles) {
    const wanted = await readCommitText(run, file, signal);
    if ((await readMetaText(run.to, file, signal)) !== wanted) return `its ${file} is not that of the source`;
  }
  return null;
}

/** How the backup at the target differs from the one at the source; `null` when all of it is equal. */
export async function findDifference(run: CopyRun, signal: AbortSignal): Promise<string | null> {
  const { from, to, concurrency, tracker } = run;
  const inMeta = await findMetaDifference(run, signal);
  if (inMeta !== null) return inMeta;
  for (const part of await listParts([from, to], signal)) {
    const [wanted, found] = await Promise.all([listPart(from, part, signal), listPart(to, part, signal)]);
    for (const key of found.keys()) if (!wanted.has(key)) return `${key} is not in the source`;
    for (const [key, info] of wanted) {
      const size = found.get(key)?.size;
      if (size === undefined) return `${key} is missing`;
      if (size !== info.size && !isMadeAnew(key)) return `${key} has ${size} bytes instead of ${info.size}`;
    }
    let other: string | null = null;
    await runAll(
      wanted,
      concurrency,
      async ([key, info], inner) => {
        const held = found.get(key);
        if (other !== null || held === undefined) return;
        const same =
          isMadeAnew(key) ||
          (await isSameContent({ driver: from.driver, info }, { driver: to.driver, info: held }, inner));
        if (same) tracker.add({ objectsDone: 1, bytesDone: info.size });
        else other = `${key} has other content`;
      },
      signal,
    );
    if (other !== null) return other;
  }
  return await findManifestDifference(run, signal);
}

/** What is compared by what it says. */
const isMadeAnew = (key: string): boolean => isCommitFile(key) || isManifest(key);
